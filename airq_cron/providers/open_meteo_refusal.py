"""Says what an Open-Meteo answer that is not data means, and when to ask again."""

import zlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.errors import (
    MalformedError,
    PermanentLocationError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.providers.http import Answer
from airq_cron.providers.open_meteo_body import parse_json

# What the server's source says; no Retry-After goes with it.
WINDOWS = {
    "Minutely API request limit exceeded": "minute",
    "Hourly API request limit exceeded": "hour",
    "Daily API request limit exceeded": "day",
    "Monthly API request limit exceeded": "month",
    "Too many concurrent requests": "concurrency",
}
LOCATION_FAULTS = (
    "No data is available for this location",
    "Latitude must be in range",
    "Longitude must be in range",
)
AT_ONCE_S = 5
LONGEST_WAIT = timedelta(days=31)
LONGEST_REASON = 200


def refusal(answer: Answer, *, host: str, at: datetime, salt: str) -> ProviderError:
    """
    Return the error that *answer*, whose status is not 200, stands for.

    Args:
        host: for the message.
        at: when the answer came; decides when a quota window is over.
        salt: spreads installations over the seconds after a window's end.
    """
    reason = _reason(answer.body)
    said = f"{host}: HTTP {answer.status}" + (f": {reason}" if reason else "")
    if answer.status == 429:
        window = next((w for text, w in WINDOWS.items() if text in reason), "minute")
        retry_at = max(
            window_end(window, at) + timedelta(seconds=_jitter_s(window, at, salt)),
            _retry_after(answer.headers.get("retry-after", ""), at),
        )
        return QuotaError(said, retry_at=retry_at, window=window)
    if answer.status == 400 and any(text in reason for text in LOCATION_FAULTS):
        return PermanentLocationError(said)
    if answer.status == 400 and not reason:
        return MalformedError(f"{said}, not in JSON")
    if answer.status >= 500 or answer.status in {408, 425} or answer.status < 200:
        return TransientError(said)
    if answer.status >= 400:
        return PermanentProviderError(said)
    if answer.status >= 300:
        return TransientError(f"{said}, without a target")
    return MalformedError(said)


def window_end(window: str, at: datetime) -> datetime:
    """
    Return when a quota window that is used up at *at* is surely over.

    The server sweeps its minute at a second of its own, and its clock may differ
    from ours: a minute is therefore a whole one, and the others get one on top.
    """
    minute = timedelta(minutes=1)
    if window == "hour":
        return floor_hour(at) + HOUR + minute
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if window == "day":
        return midnight + timedelta(days=1) + minute
    if window == "month":
        return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1) + minute
    return at + (timedelta(seconds=AT_ONCE_S) if window == "concurrency" else minute)


def _jitter_s(window: str, at: datetime, salt: str) -> int:
    """Return 0 to 29 s (0 to 9 for short windows), the same for the same hour."""
    spread = 10 if window in {"minute", "concurrency"} else 30
    return zlib.crc32(f"{salt} {window} {floor_hour(at).isoformat()}".encode()) % spread


def _retry_after(text: str, at: datetime) -> datetime:
    """Return the instant that a Retry-After header names, or *at*."""
    if text.isascii() and text.isdigit() and len(text) < 8:
        return at + min(timedelta(seconds=int(text)), LONGEST_WAIT)
    try:
        named = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return at
    aware = named if named.tzinfo else named.replace(tzinfo=UTC)
    return min(aware, at + LONGEST_WAIT)


def _reason(body: bytes) -> str:
    """Return the reason in an error body, or nothing."""
    try:
        value = parse_json(body)
    except MalformedError:
        return ""
    reason = value.get("reason") if isinstance(value, dict) else None
    if not isinstance(reason, str):
        return ""
    return reason[:LONGEST_REASON].encode(errors="replace").decode()
