"""Health: is the process alive, and can it answer; open to everyone."""

from typing import Any

from flask import Response

from .area import Answer, Area
from .context import readiness
from .problem import Problem
from .status_schema import AliveSchema, ReadySchema

area = Area("health", "For supervisors and load balancers; open")


@area.endpoint(
    "GET",
    "/healthz",
    role=None,
    answer=Answer(AliveSchema, example={"status": "alive"}),
)
def alive() -> dict[str, str]:
    """Say that the process is alive."""
    return {"status": "alive"}


@area.endpoint(
    "GET",
    "/readyz",
    role=None,
    answer=Answer(
        ReadySchema,
        example={"status": "ready", "parts": ["database", "ledger", "redis"]},
    ),
    errors=(503,),
)
def ready() -> dict[str, Any] | Response:
    """Say whether database, ledger and Redis answer; within 2 s either way."""
    parts = readiness()
    missing = sorted(parts.missing())
    if not missing:
        return {"status": "ready", "parts": parts.names}
    detail = f"not answering: {', '.join(missing)}"
    return Problem(503, "unavailable", detail).response()
