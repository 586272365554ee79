"""One handler for every error, whoever raised it."""

import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    TooManyRequests,
    Unauthorized,
)

from airq_cron.errors import (
    AirqError,
    ConfigError,
    ConflictError,
    InvalidError,
    JobBusyError,
    NotFoundError,
    StaleError,
    StoreError,
    UnreachableError,
    without_password,
)

from .login_page import form_page
from .preconditions import etag_of
from .problem import Problem

LOG = logging.getLogger("airq.api")
RETRY_AFTER_S = "5"
SLUGS = {
    400: "bad-request",
    401: "not-authenticated",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    412: "stale",
    413: "too-large",
    415: "wrong-content-type",
    421: "wrong-host",
    422: "bad-field",
    428: "precondition-required",
    429: "too-many-failures",
}

# What a message without a field is about.
PARTS = {"json": "body"}


def register_errors(app: Flask) -> None:
    """Answer every error of *app*, ours, Flask's and unforeseen, in one shape."""
    app.register_error_handler(HTTPException, answer_error)
    app.register_error_handler(Exception, answer_error)


def answer_error(error: Exception) -> Response:
    """Return the answer that tells a client what went wrong, and nothing more."""
    if isinstance(error, Unauthorized | TooManyRequests) and is_person():
        return _login_page(error)
    return describe(error).response()


def _login_page(error: Unauthorized | TooManyRequests) -> Response:
    said = error.description or ""
    to = request.full_path.rstrip("?") if request.method == "GET" else ""
    page = form_page(
        to=request.form.get("next", "") if request.endpoint == "login.enter" else to,
        wrong="" if said == NO_TOKEN else said,
        status=error.code or 500,
    )
    page.headers.update(_headers(error))
    return page


def describe(error: Exception) -> Problem:
    """Return the problem that *error* is."""
    if isinstance(error, HTTPException):
        return _http_problem(error)
    if isinstance(error, AirqError):
        for kind, make in _OURS:
            if isinstance(error, kind):
                return make(error)
    return _unforeseen(error)


def flatten(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield field and message from marshmallow's nested messages."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            here = path if name == "_schema" else f"{path}.{name}".strip(".")
            yield from flatten(inner, here)
    elif isinstance(messages, list):
        for inner in messages:
            yield from flatten(inner, path)
    else:
        yield path, str(messages)


def _http_problem(error: HTTPException) -> Problem:
    status = error.code or 500
    return Problem(
        status,
        SLUGS.get(status, "http"),
        _detail(error, status),
        errors=tuple(_field_errors(error)),
        headers=_headers(error),
    )


def _headers(error: HTTPException) -> dict[str, str]:
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = _challenge(error)
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    return headers


def _detail(error: HTTPException, status: int) -> str:
    if status == 404:
        return "there is nothing at this address"
    if status == 405:
        return f"{request.method} is not allowed here"
    if status == 413:
        return "the body is larger than 1 MiB"
    if status == 422 and getattr(error, "data", None):
        return "; ".join(f"{name}: {text}" for name, text in _field_errors(error))
    return error.description or ""


def _field_errors(error: HTTPException) -> Iterator[tuple[str, str]]:
    # webargs keeps its messages by the part of the request they are about.
    by_part = (getattr(error, "data", None) or {}).get("messages") or {}
    for part, messages in by_part.items():
        for name, text in flatten(messages):
            yield name or PARTS.get(part, part), text


def _challenge(error: Unauthorized) -> str:
    reason = ', error="invalid_token"' if error.description == INVALID_TOKEN else ""
    return f'Bearer realm="airq-cron"{reason}'


INVALID_TOKEN = "the token is unknown, expired or revoked"  # noqa: S105
NO_TOKEN = "send a token: Authorization: Bearer airq_..."  # noqa: S105
ENDED_SESSION = "the session has ended; log in again"


def is_person() -> bool:
    """Say whether a browser asks, which shows pages."""
    kinds = ["application/problem+json", "application/json", "text/html"]
    return request.accept_mimetypes.best_match(kinds) == "text/html"


def _busy(error: Any) -> Problem:
    return Problem(
        409,
        "job-busy",
        str(error),
        instance=f"/cron/runs/{error.run_id}",
        more={"run_id": error.run_id},
    )


def _stale(error: Any) -> Problem:
    return Problem(412, "stale", str(error), headers={"ETag": etag_of(error.version)})


def _invalid(error: Any) -> Problem:
    return Problem(422, "bad-field", str(error), ((error.field, error.reason),))


def _unavailable(error: Any) -> Problem:
    LOG.warning("%s", error, extra={"action": "unavailable"})
    part = "the database" if isinstance(error, StoreError) else error.setting
    return Problem(
        503,
        "unavailable",
        f"{part} does not answer; try again",
        headers={"Retry-After": RETRY_AFTER_S},
    )


def _misconfigured(error: Any) -> Problem:
    """Say what to do, to those who have proved who they are."""
    said = without_password(str(error))
    LOG.error("%s", said, extra={"action": "misconfigured"})
    is_known = has_request_context() and "token" in g
    told = said if is_known else "its log says which"
    return Problem(503, "misconfigured", f"a setting of the server is wrong: {told}")


def _unforeseen(error: Exception) -> Problem:
    mark = uuid4().hex[:12]
    LOG.error(
        "unforeseen error", exc_info=error, extra={"action": "error", "mark": mark}
    )
    return Problem(500, "internal", f"something went wrong here; the log knows {mark}")


_OURS: tuple[tuple[type[AirqError], Callable[[Any], Problem]], ...] = (
    (JobBusyError, _busy),
    (StaleError, _stale),
    (ConflictError, lambda error: Problem(409, "conflict", str(error))),
    (NotFoundError, lambda error: Problem(404, "not-found", str(error))),
    (InvalidError, _invalid),
    (ConfigError, _misconfigured),
    (StoreError, _unavailable),
    (UnreachableError, _unavailable),
)
