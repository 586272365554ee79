"""Where requests come from, for the audit trail; and calls that were refused."""

import logging

from flask import Flask, g, request

from airq_cron.errors import AirqError
from airq_cron.ports import CALL_ORIGIN, CallOrigin, Token
from airq_cron.services.record_refusal import record_refusal

from .context import the_system

LONGEST_PATH = 200
LOG = logging.getLogger("airq.api")


def register_origins(app: Flask) -> None:
    """Let what is recorded during a request to *app* say where that came from."""

    def begin() -> None:
        CALL_ORIGIN.set(CallOrigin(request.remote_addr, g.get("request_id")))

    def end(error: BaseException | None) -> None:
        del error
        CALL_ORIGIN.set(None)

    app.before_request(begin)
    app.teardown_request(end)


def note_refusal(token: Token, reason: str) -> None:
    """Record that the present request was refused to the holder of *token*."""
    g.refused_token = token
    what = f"{request.method} {request.path[:LONGEST_PATH]}"
    try:
        record_refusal(the_system().store, f"token:{token.name}", what, reason)
    except AirqError as error:
        # It stays refused; that nobody could note it is in the log.
        LOG.warning("%s", error, extra={"action": "refusal_not_noted"})
