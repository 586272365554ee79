"""Says what an OpenAQ answer that is not data means, and when to ask again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from airq_cron.errors import (
    MalformedError,
    PermanentLocationError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.providers.http import Answer
from airq_cron.providers.json_body import parse_json, printable
from airq_cron.providers.quota import in_trouble, jitter_s

USUAL_RESET_S = 60
LONGEST_RESET_S = 3600
LONGEST_REASON = 200


def refusal(answer: Answer, *, host: str, at: datetime, salt: str) -> ProviderError:
    """
    Return the error that *answer*, whose status is not 200, stands for.

    A 404 is the question's fault, so it stands for a location; a 403 is a ban that
    only a person can have lifted.

    Args:
        host: for the message.
        at: when the answer came.
        salt: spreads installations over the seconds after a window's end.
    """
    reason = _reason(answer.body)
    said = f"{host}: HTTP {answer.status}" + (f": {reason}" if reason else "")
    status = answer.status
    if status == 429:
        spread = timedelta(seconds=jitter_s("minute", at, salt))
        return over_quota(said, at + reset_after(answer.headers) + spread, at)
    if status == 404:
        return PermanentLocationError(said)
    if status >= 500 or status in {408, 425} or status < 200:
        return in_trouble(answer, said, at)
    if status >= 400:
        return PermanentProviderError(said)
    if status >= 300:
        return TransientError(f"{said}, without a target")
    return MalformedError(said)


def over_quota(said: str, retry_at: datetime, at: datetime) -> QuotaError:
    """Return the error for a quota that is open again at *retry_at*."""
    window = "hour" if retry_at - at > timedelta(minutes=2) else "minute"
    return QuotaError(said, retry_at=retry_at, window=window)


def reset_after(headers: Mapping[str, str]) -> timedelta:
    """
    Return how long the quota stays used up.

    `x-ratelimit-reset` is in seconds from now, and -1 or -2 where the server does
    not know; then it is a minute.
    """
    seconds = _whole(headers.get("x-ratelimit-reset"))
    if seconds is None or seconds <= 0:
        seconds = USUAL_RESET_S
    return timedelta(seconds=min(seconds, LONGEST_RESET_S))


def is_used_up(headers: Mapping[str, str]) -> bool:
    """Say whether the answer was the last one that the quota allows for now."""
    return _whole(headers.get("x-ratelimit-remaining")) == 0


def _whole(text: str | None) -> int | None:
    plain = (text or "").strip()
    if not plain.removeprefix("-").isascii() or len(plain) > 8:
        return None
    return int(plain) if plain.removeprefix("-").isdigit() else None


def _reason(body: bytes) -> str:
    """Return the reason in an error body; 422 has a text, and the edge has HTML."""
    try:
        value: Any = parse_json(body)
    except MalformedError:
        return "a page of HTML" if b"<html" in body[:500].lower() else ""
    if isinstance(value, dict):
        value = value.get("detail", value.get("message"))
    return printable(value, LONGEST_REASON) if isinstance(value, str) else ""
