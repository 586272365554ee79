"""What the OpenAPI document says of every operation."""

import json
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask_smorest import Api

from airq_cron import __version__

from .problem import MEDIA_TYPE, Problem, ProblemSchema, title_of

BEARER = "bearer"
ABOUT = """\
airq-cron keeps an air-quality record complete and shows what ran, what did not,
why, and whether the data are fresh.

Every address but `/healthz` and `/readyz` needs `Authorization: Bearer <token>`.
The roles viewer, operator and admin each contain the one before; `x-role` names
the one an operation needs. Errors are problem details (RFC 9457). Instants are
RFC 3339 in UTC, concentrations are rounded half up to four decimals, and what is
not known is null. Lists are cut into pages: pass `next_cursor` as `cursor`.
"""
SAMPLES = {
    400: Problem(400, "bad-request", "the body is not JSON: Expecting value"),
    401: Problem(401, "not-authenticated", "send a token"),
    403: Problem(403, "not-allowed", "this needs the role operator"),
    404: Problem(404, "not-found", "unknown job: fetch-rome"),
    409: Problem(409, "conflict", "the request does not fit the present state"),
    412: Problem(412, "stale", "it was changed in the meantime: it is version 4"),
    413: Problem(413, "too-large", "the body is larger than 1 MiB"),
    415: Problem(415, "wrong-content-type", "send Content-Type: application/json"),
    421: Problem(421, "wrong-host", "this host name is not served here"),
    422: Problem(
        422,
        "bad-field",
        "enabled: Must be true or false.",
        (("enabled", "Must be true or false."),),
    ),
    428: Problem(
        428, "precondition-required", "send If-Match with the ETag that GET gave"
    ),
    500: Problem(500, "internal", "something went wrong here"),
    503: Problem(503, "unavailable", "the database does not answer; try again"),
}


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
    for operation in _operations(document):
        public = operation["x-role"] == "public"
        operation["security"] = [] if public else [{BEARER: []}]
        statuses = {*operation.pop("x-errors"), *_statuses(operation, public=public)}
        responses = {
            name: answer
            for name, answer in operation["responses"].items()
            if not name.startswith(("4", "5"))
        }
        for status in sorted(statuses):
            responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
        operation["responses"] = responses
    components = document["components"]
    components["responses"] = {str(status): _shared(status) for status in SAMPLES}
    # flask-smorest describes its own paging, which we do not use.
    components["schemas"].pop("PaginationMetadata", None)
    components["securitySchemes"] = {BEARER: {"type": "http", "scheme": "bearer"}}
    document["security"] = [{BEARER: []}]
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                operation["x-path"] = path
                yield operation


def _statuses(operation: dict[str, Any], *, public: bool) -> set[int]:
    statuses = {421, 500}
    if not public:
        statuses |= {401, 403, 503}
    if "requestBody" in operation:
        statuses |= {400, 413, 415, 422}
    if any(one.get("in") == "query" for one in operation.get("parameters", ())):
        statuses.add(422)
    if "{" in operation.pop("x-path"):
        statuses.add(404)
    return statuses


def _shared(status: int) -> dict[str, Any]:
    return {
        "description": title_of(status),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": SAMPLES[status].body(),
            }
        },
    }


def as_text(document: dict[str, Any]) -> str:
    """Return *document* as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
