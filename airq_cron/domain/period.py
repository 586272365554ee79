"""Half-open periods of time, the hours in them, and the days of a place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from airq_cron.domain.zone import as_utc, first_instant, load_zone

__all__ = [
    "HOUR",
    "Period",
    "days_ended",
    "expected_hours",
    "floor_hour",
    "hour_starts",
    "load_zone",
    "local_date",
    "local_day",
    "slot_of",
]

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """
    The instants from *start*, included, to *end*, excluded; both aware, UTC.

    Raises:
        ValueError: an end is naive or not UTC, or *end* lies before *start*.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse ends that would make comparisons or arithmetic wrong."""
        for name in ("start", "end"):
            at: datetime = getattr(self, name)
            if at.utcoffset() != timedelta():
                raise ValueError(f"period {name} is not aware UTC: {at}")
            # A zone that happens to be at UTC+0 now would still do its arithmetic
            # on wall clocks.
            object.__setattr__(self, name, at.astimezone(UTC))
        if self.end < self.start:
            raise ValueError(f"period ends before it starts: {self.start} {self.end}")

    def __contains__(self, at: datetime) -> bool:
        """Say whether the instant *at* lies in the period."""
        return self.start <= at < self.end

    @property
    def length(self) -> timedelta:
        """Real time between the two ends."""
        return self.end - self.start


def floor_hour(at: datetime) -> datetime:
    """Return the start of the UTC hour that holds the aware instant *at*."""
    utc = as_utc(at)
    if utc.minute == utc.second == utc.microsecond == 0:
        return utc
    return utc.replace(minute=0, second=0, microsecond=0)


def slot_of(at: datetime, length: timedelta) -> datetime:
    """Return the last multiple of *length* since 1970 that is not after *at*."""
    return EPOCH + (as_utc(at) - EPOCH) // length * length


def hour_starts(period: Period) -> Iterator[datetime]:
    """
    Yield the start of each UTC hour that starts within *period*.

    An hour belongs to the period in which it starts: days of zones at half
    hours share no hour and lose none.
    """
    hour = floor_hour(period.start)
    if hour < period.start:
        hour += HOUR
    while hour < period.end:
        yield hour
        hour += HOUR


def expected_hours(period: Period) -> int:
    """Return how many hours `hour_starts` yields: 23, 24 or 25 for a local day."""
    return _hours_before(period.end) - _hours_before(period.start)


def local_day(day: date, zone: str) -> Period:
    """
    Return the day *day* as it was lived in *zone*.

    It runs from the first instant with this local date to the first instant of
    the next, whatever the clocks do in between: 23, 24 or 25 hours as a rule,
    and empty for a date that the zone skipped (Pacific/Apia, 2011-12-30).
    """
    place = load_zone(zone)
    return Period(_midnight(day, place), _midnight(day + timedelta(days=1), place))


def local_date(at: datetime, zone: str) -> date:
    """
    Return the day of *zone* that holds the instant *at*.

    It is the date clocks show, except when they go back over midnight: what
    they then repeat of the day before belongs to the new day.
    """
    place = load_zone(zone)
    shown = as_utc(at).astimezone(place).date()
    following = shown + timedelta(days=1)
    return following if at >= _midnight(following, place) else shown


def days_ended(since: datetime, until: datetime, zone: str) -> list[date]:
    """
    Return the days of *zone* whose end lies in (since, until], oldest first.

    Adjoining spans share no day and lose none. Dates that the zone skipped are
    left out.
    """
    day, last = local_date(since, zone), local_date(until, zone)
    days = []
    while day < last:
        if local_day(day, zone).length:
            days.append(day)
        day += timedelta(days=1)
    return days


def _hours_before(at: datetime) -> int:
    """Return how many UTC hours start from 1970 on and before *at*."""
    return -((EPOCH - at) // HOUR)


def _midnight(day: date, place: ZoneInfo) -> datetime:
    return first_instant(datetime.combine(day, time()), place)
