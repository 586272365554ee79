"""A name for each request, by which answers, log lines and callers find together."""

import logging
import re
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request

HEADER = "X-Request-ID"
# What may stand in a log line and in a header, whoever reads them.
GIVEN = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class NameRequests(logging.Filter):
    """Gives each log line the id of the request during which it was written."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add `request_id`; let every line pass."""
        if has_request_context() and "request_id" in g:
            record.request_id = g.request_id
        return True


def register_request_ids(app: Flask) -> None:
    """Give each request to *app* an id, and tell it in `X-Request-ID`."""

    def begin() -> None:
        g.request_id = _given() or uuid4().hex

    def end(answer: Response) -> Response:
        answer.headers[HEADER] = g.get("request_id") or uuid4().hex
        return answer

    app.before_request(begin)
    app.after_request(end)


def name_log_lines() -> None:
    """Have the lines of all handlers that there are carry the request's id."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(NameRequests())


def _given() -> str | None:
    sent = request.headers.get(HEADER, "")
    return sent if GIVEN.fullmatch(sent) else None
