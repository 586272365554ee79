"""Backfills: past fire times, run again on purpose."""

from typing import Any

from airq_cron.domain.backfill import Progress
from airq_cron.domain.idempotency import Operation
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.services.backfill import start_backfill
from airq_cron.services.cancel_backfill import cancel_backfill
from airq_cron.services.read_backfills import find_backfills, read_backfill

from . import examples
from .area import Answer, Area, Takes
from .auth import caller
from .backfill_schema import (
    BackfillPageSchema,
    BackfillQuery,
    BackfillSchema,
    NewBackfillSchema,
)
from .context import present, the_system
from .idempotency import CreateHeaders, key_of

Started = tuple[Progress, int, dict[str, str]]
area = Area("backfills", "Past fire times, run again on purpose")


@area.endpoint(
    "POST",
    "/cron/backfills",
    role=Role.OPERATOR,
    takes=Takes(headers=CreateHeaders, body=(NewBackfillSchema, examples.NEW_BACKFILL)),
    answer=Answer(
        BackfillSchema,
        202,
        example=examples.BACKFILL,
        headers={"Location": {"schema": {"type": "string"}}},
    ),
    errors=(404, 409),
)
def start(headers: dict[str, Any], body: dict[str, Any]) -> Started:
    """Run a job again for its fire times on past days."""
    system, job = the_system(), body.pop("job")
    how = body | {"key": key_of(Operation.START_BACKFILL, headers)}
    started = start_backfill(
        system.store, system.dispatcher, job, at=present(), by=caller(), **how
    )
    found = read_backfill(system.store, started.id)
    return found, 202, {"Location": f"/cron/backfills/{started.id}"}


@area.endpoint(
    "GET",
    "/cron/backfills",
    role=Role.VIEWER,
    takes=Takes(query=BackfillQuery),
    answer=Answer(BackfillPageSchema, example=examples.BACKFILL_PAGE),
)
def find(query: dict[str, Any]) -> Page[Progress]:
    """List backfills, newest first."""
    return find_backfills(
        the_system().store,
        job=query.get("job"),
        limit=query["limit"],
        after=query.get("cursor"),
    )


@area.endpoint(
    "GET",
    "/cron/backfills/<backfill:id>",
    role=Role.VIEWER,
    answer=Answer(BackfillSchema, example=examples.BACKFILL),
)
def show(id: str) -> Progress:  # noqa: A002 - the name in the address
    """Give one backfill and how far it is."""
    return read_backfill(the_system().store, id)


@area.endpoint(
    "POST",
    "/cron/backfills/<backfill:id>/cancel",
    role=Role.OPERATOR,
    answer=Answer(BackfillSchema, example=examples.BACKFILL),
)
def cancel(id: str) -> Progress:  # noqa: A002
    """Cancel what has not ended of a backfill; one that is over stays as it is."""
    store = the_system().store
    cancel_backfill(store, id, by=caller())
    return read_backfill(store, id)
