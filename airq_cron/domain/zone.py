"""Time zones of the pinned `tzdata` package: where clocks jump, skip and repeat."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from airq_cron.errors import ScheduleError

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def as_utc(at: datetime) -> datetime:
    """
    Return *at* in UTC.

    Raises:
        ValueError: *at* is naive.
    """
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise ValueError(f"naive instant: {at}")
    return at.astimezone(UTC)


@cache
def _known_zones() -> frozenset[str]:
    listing = resources.files("tzdata") / "zones"
    return frozenset(listing.read_text(encoding="ascii").split())


@cache
def load_zone(name: str) -> ZoneInfo:
    """
    Return the zone *name*, always from the package, never from the system.

    Hosts update their own zone files at different times; two beats must agree.

    Raises:
        ScheduleError: the package knows no such zone; field `timezone`.
    """
    if name not in _known_zones():
        near = get_close_matches(name[:60], _known_zones(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ScheduleError("timezone", f"unknown zone {name[:60]!r}{hint}")
    with (resources.files("tzdata") / "zoneinfo" / name).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


def offset_at(at: datetime, zone: ZoneInfo) -> timedelta:
    """Return what *zone* adds to UTC at the aware instant *at*."""
    return at.astimezone(zone).utcoffset() or timedelta()


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """
    Return the first instant at which clocks in *zone* show *wall* or later.

    A repeated time gives its first pass, a skipped one the end of the gap.

    Args:
        wall: naive local time in whole seconds.
    """
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # In a gap, fold 1 reads the time with the later offset: before the change.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change_within(before, instant, zone)


def steady_until(at: datetime, zone: ZoneInfo) -> datetime:
    """
    Return an instant after *at* before which the offset stays as it is at *at*.

    It is the next change of the offset, or the coming new year in UTC if there
    is none before.
    """
    for change in offset_changes(zone, at.year):
        if change > at:
            return change
    return datetime(at.year + 1, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=8192)
def offset_changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """
    Return the instants of one UTC year at which the offset of *zone* changes.

    `zoneinfo` keeps them to itself. They are found by asking once a day, which
    is enough: since 1970 no zone changed twice within six days.
    """
    start = datetime(year, 1, 1, tzinfo=UTC)
    days = (datetime(year + 1, 1, 1, tzinfo=UTC) - start).days
    marks = [start - SECOND + DAY * number for number in range(days + 1)]
    offsets = [offset_at(mark, zone) for mark in marks]
    return tuple(
        _change_within(marks[number], marks[number + 1], zone)
        for number in range(days)
        if offsets[number] != offsets[number + 1]
    )


def _change_within(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the one instant in (low, high] from which the offset differs."""
    before = offset_at(low, zone)
    seconds = range(1, int((high - low).total_seconds()) + 1)
    found = bisect_left(
        seconds, True, key=lambda count: offset_at(low + SECOND * count, zone) != before
    )
    return low + SECOND * seconds[found]
