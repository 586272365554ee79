"""When an upstream that sent us away may be asked again."""

import zlib
from datetime import UTC, datetime, timedelta

from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.domain.retry import retry_after
from airq_cron.errors import TransientError
from airq_cron.providers.http import Answer

AT_ONCE_S = 5
# Of an outage nobody knows the end; after so long it is found out.
LONGEST_OUTAGE = timedelta(hours=6)


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


def jitter_s(window: str, at: datetime, salt: str) -> int:
    """Return 0 to 29 s (0 to 9 for short windows), the same for the same hour."""
    spread = 10 if window in {"minute", "concurrency"} else 30
    return zlib.crc32(f"{salt} {window} {floor_hour(at).isoformat()}".encode()) % spread


def in_trouble(answer: Answer, said: str, at: datetime) -> TransientError:
    """Return the error for an upstream that fails, with the instant it named."""
    named = min(
        retry_after(answer.headers.get("retry-after", ""), at), at + LONGEST_OUTAGE
    )
    return TransientError(said, retry_at=named if named > at else None)
