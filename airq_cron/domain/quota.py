"""
How many calls a provider allows: moving windows, counted in buckets.

A bucket counts until all of it has left the window, and one bucket longer: a window
holds wherever the provider begins its own, also when a call was a moment on its
way. Weights are tenths of a call: Open-Meteo counts a call
for many places and variables as several, in fractions.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

CALL = 10
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Windows up to this are counted in Redis, longer ones in SQL: a flush loses none.
LONGEST_SHORT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """
    So many calls in so much time.

    Attributes:
        name: `minute hour day month`.
        bucket: the time that is counted together; it divides *length*.
    """

    name: str
    length: timedelta
    bucket: timedelta
    calls: int

    @property
    def limit(self) -> int:
        """The calls in tenths."""
        return self.calls * CALL

    @property
    def is_short(self) -> bool:
        """Whether it is counted in Redis."""
        return self.length <= LONGEST_SHORT

    @property
    def counts_for(self) -> timedelta:
        """How long a bucket counts after its end."""
        return self.length + self.bucket

    def start_of(self, at: datetime) -> datetime:
        """Return the begin of the bucket that holds *at*."""
        return at - (at - EPOCH) % self.bucket


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def windows(
    *, minute: int = 0, hour: int = 0, day: int = 0, month: int = 0
) -> tuple[Window, ...]:
    """Return the windows of these calls, the shortest first; 0 leaves one out."""
    found = (
        Window("minute", MINUTE, timedelta(seconds=1), minute),
        Window("hour", HOUR, MINUTE, hour),
        Window("day", DAY, HOUR, day),
        Window("month", 31 * DAY, HOUR, month),
    )
    return tuple(one for one in found if one.calls)


# What the free plans allow, as their makers say; see docs/explanation/upstream.md.
QUOTAS: Mapping[str, tuple[Window, ...]] = {
    "open-meteo": windows(minute=600, hour=5000, day=10_000),
    "openaq": windows(minute=60, hour=2000),
    "iqair": windows(minute=5, day=500, month=10_000),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A window that has no room, and when it will have."""

    window: str
    retry_at: datetime


def refuse(
    used: Mapping[datetime, int], window: Window, tenths: int, at: datetime
) -> Refusal | None:
    """
    Return when *tenths* more have room in *window*, or None: they have it at *at*.

    A call that is heavier than the whole window has room in an empty one.

    Args:
        used: tenths by the begin of their bucket; what has left is not looked at.
    """
    live = {start: n for start, n in used.items() if _leaves(window, start) > at}
    room = window.limit - min(tenths, window.limit)
    total = sum(live.values())
    if total <= room:
        return None
    for start in sorted(live):
        total -= live[start]
        if total <= room:
            return Refusal(window.name, _leaves(window, start))
    raise AssertionError("an empty window has room")


def refuse_any(
    used: Mapping[str, Mapping[datetime, int]],
    asked: Sequence[Window],
    tenths: int,
    at: datetime,
) -> Refusal | None:
    """Return the refusal that lasts longest, or None when every window has room."""
    found = [refuse(used.get(one.name, {}), one, tenths, at) for one in asked]
    known = [one for one in found if one is not None]
    return max(known, key=lambda one: one.retry_at, default=None)


def phase_of(salt: str) -> timedelta:
    """
    Return how long after the hour an installation asks: 1 to 10 minutes.

    Otherwise all of them would ask in the same second.
    """
    return MINUTE + timedelta(seconds=zlib.crc32(salt.encode()) % 540)


def open_meteo_tenths(places: int, variables: int, days: int) -> int:
    """
    Return how Open-Meteo counts a call, rounded up.

    A place costs the largest of 1, variables / 10 and days / 14 * variables / 10.
    """
    tenths_of_days = -(-days * variables // 14)
    return places * max(CALL, variables, tenths_of_days)


def _leaves(window: Window, start: datetime) -> datetime:
    return start + window.bucket + window.counts_for
