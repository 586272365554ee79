"""Failed attempts to say who one is: counted by address, and answered 429."""

from datetime import timedelta
from math import ceil

from flask import request
from werkzeug.exceptions import TooManyRequests, Unauthorized

from airq_cron.domain.attempts import sender_of

from .context import the_system

TOKEN, LOGIN = "token", "login"


def check_attempts(kind: str) -> None:
    """Raise TooManyRequests where the sender's failures of this kind are too many."""
    left = the_system().throttle.wait(_sender(kind))
    if left is not None:
        raise _too_many(left)


def failed_attempt(kind: str, reason: str) -> Unauthorized | TooManyRequests:
    """
    Count a failure of the sender; return the error to be raised.

    Kinds are counted apart: a program with an old token must not keep the people
    behind the same proxy from logging in. Nor does it hold up a token in force,
    which is looked at first: a secret of 256 bits is not guessed.
    """
    throttle, sender = the_system().throttle, _sender(kind)
    left = throttle.wait(sender)
    if left is not None:
        return _too_many(left)
    throttle.fail(sender)
    return Unauthorized(reason)


def _sender(kind: str) -> str:
    return f"{kind}:{sender_of(request.remote_addr)}"


def _too_many(left: timedelta) -> TooManyRequests:
    wait_s = ceil(left.total_seconds())
    return TooManyRequests(
        f"too many failed attempts from here; try again in {wait_s} s",
        retry_after=wait_s,
    )
