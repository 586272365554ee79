"""One log line a request: who asked for what, and how it went."""

import logging
import re
from typing import Any

from flask import Flask, Response, g, request

from .context import the_system

LOG = logging.getLogger("airq.access")
# A token that somebody typed into an address.
SECRET = re.compile(r"airq_[A-Za-z0-9_-]+")
LONGEST_PATH = 200


def register_access_log(app: Flask) -> None:
    """Write a line for each answer of *app*."""

    def begin() -> None:
        g.asked_at_s = the_system().clock.monotonic()

    def end(answer: Response) -> Response:
        facts = _facts(answer)
        LOG.info("%s %s %d", request.method, facts["path"], answer.status_code,
                 extra=facts)  # fmt: skip
        return answer

    app.before_request(begin)
    app.after_request(end)


def _facts(answer: Response) -> dict[str, Any]:
    """
    Return what is known of the present request.

    Of the query only the names are told, of the head and the body nothing: links
    to log in, tokens and keys stand there.
    """
    facts: dict[str, Any] = {
        "action": "request",
        "method": request.method,
        "path": SECRET.sub("airq_***", request.path)[:LONGEST_PATH],
        "query": sorted(set(request.args)) or None,
        "route": request.url_rule.rule if request.url_rule else None,
        "status": answer.status_code,
        "bytes": answer.content_length,
        "client": request.remote_addr,
        "who": g.token.name if "token" in g else None,
    }
    if (asked_at_s := g.get("asked_at_s")) is not None:
        took_s = the_system().clock.monotonic() - asked_at_s
        facts["took_ms"] = round(took_s * 1000, 1)
    return {name: value for name, value in facts.items() if value is not None}
