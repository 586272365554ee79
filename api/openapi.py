"""What the OpenAPI document says of every operation."""

import json
from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask_smorest import Api

from airq_cron import __version__

from .openapi_parts import PARAMETERS, RESPONSES
from .problem import ProblemSchema

BEARER = "bearer"
ABOUT = """\
airq-cron keeps an air-quality record complete and shows what ran, what did not,
why, and whether the data are fresh.

Every address but `/healthz` and `/readyz` needs `Authorization: Bearer <token>`, or
the session of a browser that has logged in at `/login`.
The roles viewer, operator and admin each contain the one before; `x-role` names
the one an operation needs. Errors are problem details (RFC 9457). Instants are
RFC 3339 in UTC, concentrations are rounded half up to four decimals, and what is
not known is null. Lists are cut into pages: pass `next_cursor` as `cursor`.
Every answer has an `X-Request-ID`, yours when you sent one (1 to 64 letters,
digits and `._:-`); the log knows it.
"""


def make_api(app: Flask) -> Api:
    """Return the collector of the endpoints' descriptions for *app*."""
    app.config.update(
        API_TITLE="airq-cron",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={"info": {"description": ABOUT}},
    )
    api = Api()
    api.DEFAULT_ERROR_RESPONSE_NAME = None
    api.ERROR_SCHEMA = ProblemSchema
    api.init_app(app)
    return api


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add to *document* what holds for every operation: tokens, roles, errors."""
    for path, item in document["paths"].items():
        _describe(item.get("parameters", ()))
        for method, operation in item.items():
            if method != "parameters":
                _complete(path, operation)
    components = document["components"]
    components["responses"] = RESPONSES
    # flask-smorest describes its own paging, which we do not use.
    components["schemas"].pop("PaginationMetadata", None)
    components["securitySchemes"] = {BEARER: {"type": "http", "scheme": "bearer"}}
    document["security"] = [{BEARER: []}]
    return document


def _complete(path: str, operation: dict[str, Any]) -> None:
    public = operation["x-role"] == "public"
    operation["security"] = [] if public else [{BEARER: []}]
    _describe(operation.get("parameters", ()))
    statuses = {*operation.pop("x-errors"), *_statuses(path, operation, public=public)}
    responses = {
        name: answer
        for name, answer in operation["responses"].items()
        if not name.startswith(("4", "5"))
    }
    for kind, example in operation.pop("x-forms").items():
        (good,) = responses.values()
        content = good.setdefault("content", {})
        content[kind] = {"schema": {"type": "string"}, "example": example}
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    operation["responses"] = responses


def _describe(parameters: Iterable[dict[str, Any]]) -> None:
    for one in parameters:
        if one["name"] in PARAMETERS:
            one.setdefault("description", PARAMETERS[one["name"]])


def _statuses(path: str, operation: dict[str, Any], *, public: bool) -> set[int]:
    statuses = {414, 421, 431, 500}
    if not public:
        statuses |= {401, 403, 429, 503}
    if "requestBody" in operation:
        statuses |= {400, 413, 415, 422}
    if any(one.get("in") == "query" for one in operation.get("parameters", ())):
        statuses.add(422)
    if "{" in path:
        statuses.add(404)
    if "{date}" in path:
        statuses.add(422)
    return statuses


def as_text(document: dict[str, Any]) -> str:
    """Return *document* as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
