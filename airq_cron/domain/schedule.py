"""When a job fires: by a cron rule, at a steady interval, once, or never."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from airq_cron.domain.cron import CronRule
from airq_cron.domain.zone import as_utc, load_zone
from airq_cron.errors import ScheduleError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
LONGEST_INTERVAL = timedelta(days=366)
NEVER = "never"
_LENGTH = r"(\d{1,8})([smhd])"
_INTERVAL = re.compile(rf"every {_LENGTH}(?: phase {_LENGTH})?", re.ASCII)


@dataclass(frozen=True)
class CronSchedule(CronRule):
    """Fires by a cron expression in its zone; see `CronRule`."""

    @property
    def text(self) -> str:
        """The expression."""
        return self.expression

    def period(self) -> timedelta | None:
        """Return the shortest usual time between two fire times."""
        return self.shortest_gap()


@dataclass(frozen=True)
class IntervalSchedule:
    """
    Fires every *every*, counted from 1970-01-01T00:00Z plus *phase*.

    The anchor makes it independent of restarts and edits. A day is 24 hours.

    Args:
        zone: kept for display; it moves no fire time.

    Raises:
        ScheduleError: a length is not in whole seconds, *every* is not between
            1 s and 366 days, or *phase* is not below *every*.
    """

    every: timedelta
    phase: timedelta = timedelta()
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse lengths that the text form cannot carry."""
        load_zone(self.zone)
        if not UNITS["s"] <= self.every <= LONGEST_INTERVAL:
            raise ScheduleError(
                "schedule", "an interval lasts from 1 second to 366 days"
            )
        if not timedelta() <= self.phase < self.every:
            raise ScheduleError("schedule", "a phase is shorter than its interval")
        if self.every.microseconds or self.phase.microseconds:
            raise ScheduleError("schedule", "an interval is in whole seconds")

    @property
    def text(self) -> str:
        """`every 30s`, with ` phase 5s` if it has one; the largest exact unit."""
        phase = f" phase {_length_text(self.phase)}" if self.phase else ""
        return f"every {_length_text(self.every)}{phase}"

    def period(self) -> timedelta | None:
        """Return the interval."""
        return self.every

    def next_after(self, at: datetime) -> datetime | None:
        """Return the first fire time after *at*."""
        return self._fire((as_utc(at) - EPOCH - self.phase) // self.every + 1)

    def previous(self, at: datetime) -> datetime | None:
        """Return the last fire time before *at*."""
        return self._fire(-((EPOCH + self.phase - as_utc(at)) // self.every) - 1)

    def between(
        self, since: datetime, until: datetime, limit: int | None = None
    ) -> list[datetime]:
        """Return the fire times in (since, until], at most the first *limit*."""
        first = (as_utc(since) - EPOCH - self.phase) // self.every + 1
        last = (as_utc(until) - EPOCH - self.phase) // self.every
        if limit is not None:
            last = min(last, first + limit - 1)
        return [self._fire(number) for number in range(first, last + 1)]

    def _fire(self, number: int) -> datetime:
        return EPOCH + self.phase + number * self.every


@dataclass(frozen=True)
class OnceSchedule:
    """
    Fires at one instant.

    Args:
        at: aware; kept in UTC.
        zone: kept for display.
    """

    at: datetime
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse a naive instant, which would mean another one elsewhere."""
        load_zone(self.zone)
        if self.at.utcoffset() is None:
            raise ScheduleError("schedule", "an instant needs its offset, such as Z")
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    @property
    def text(self) -> str:
        """`at 2026-01-01T00:00:00Z`."""
        return f"at {self.at.replace(tzinfo=None).isoformat()}Z"

    def period(self) -> timedelta | None:
        """Return None: there is no second fire time."""
        return None

    def next_after(self, at: datetime) -> datetime | None:
        """Return the instant if it lies after *at*."""
        return self.at if self.at > as_utc(at) else None

    def previous(self, at: datetime) -> datetime | None:
        """Return the instant if it lies before *at*."""
        return self.at if self.at < as_utc(at) else None

    def between(
        self, since: datetime, until: datetime, limit: int | None = None
    ) -> list[datetime]:
        """Return the instant if it lies in (since, until] and *limit* is not 0."""
        return [self.at][:limit] if as_utc(since) < self.at <= as_utc(until) else []


@dataclass(frozen=True)
class NeverSchedule:
    """
    Fires by itself at no time: its runs are made by hand, or by what happens.

    Args:
        zone: kept for display.
    """

    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse a zone that nobody knows."""
        load_zone(self.zone)

    @property
    def text(self) -> str:
        """`never`."""
        return NEVER

    def period(self) -> timedelta | None:
        """Return None: there is no fire time."""
        return None

    def next_after(self, at: datetime) -> datetime | None:
        """Return None, of any instant that is aware."""
        as_utc(at)
        return None

    def previous(self, at: datetime) -> datetime | None:
        """Return None, of any instant that is aware."""
        as_utc(at)
        return None

    def between(
        self,
        since: datetime,
        until: datetime,
        limit: int | None = None,  # noqa: ARG002 - as the others
    ) -> list[datetime]:
        """Return nothing."""
        as_utc(since), as_utc(until)
        return []


Schedule = CronSchedule | IntervalSchedule | OnceSchedule | NeverSchedule


def parse_schedule(text: str, zone: str) -> Schedule:
    """
    Return the schedule that *text* describes; the inverse of its `text`.

    Args:
        text: five cron fields or a name such as `@daily`; `every 30s` (units
            `s m h d`); `at 2026-01-01T00:00:00Z`; or `never`.
        zone: IANA name of the zone the cron fields are read in.

    Raises:
        ScheduleError: field `schedule` or `timezone` names what is wrong.
    """
    text = " ".join(text.split())
    word, _, rest = text.partition(" ")
    if word.lower() == "every":
        return _parse_interval(text.lower(), zone)
    if word.lower() == "at":
        return _parse_once(rest, zone)
    if text.lower() == NEVER:
        return NeverSchedule(zone)
    return CronSchedule(text, zone)


def check_frequency(schedule: Schedule, shortest: timedelta) -> None:
    """
    Refuse a schedule that on ordinary days fires more often than allowed.

    Raises:
        ScheduleError: two of its fire times lie less than *shortest* apart.
    """
    period = schedule.period()
    if period is not None and period < shortest:
        raise ScheduleError(
            "schedule",
            f"{schedule.text!r} fires every {period.total_seconds():g} s;"
            f" at most every {shortest.total_seconds():g} s is allowed",
        )


def jitter(job: str, schedule: Schedule, maximum: timedelta) -> timedelta:
    """
    Return by how much *job* starts after its fire times, always the same.

    It spreads jobs that are due together. It is shorter than *maximum* and than
    half the schedule's period, so that the order of fire times stays.
    """
    period = schedule.period()
    span = max(maximum if period is None else min(maximum, period / 2), timedelta())
    share = int.from_bytes(sha256(job.encode()).digest()[:4], "big")
    return timedelta(microseconds=(span // timedelta.resolution) * share // 2**32)


def _parse_interval(text: str, zone: str) -> IntervalSchedule:
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise ScheduleError(
            "schedule", f"{text[:60]!r} is not like `every 30s` (units s, m, h, d)"
        )
    count, unit, phase, phase_unit = found.groups()
    return IntervalSchedule(
        int(count) * UNITS[unit],
        int(phase) * UNITS[phase_unit] if phase else timedelta(),
        zone,
    )


def _parse_once(instant: str, zone: str) -> OnceSchedule:
    try:
        return OnceSchedule(datetime.fromisoformat(instant), zone)
    except (ValueError, OverflowError) as error:
        raise ScheduleError(
            "schedule", f"{instant[:60]!r} is not like 2026-01-01T00:00:00Z"
        ) from error


def _length_text(length: timedelta) -> str:
    """Return *length*, of whole seconds, as a count of its largest exact unit."""
    unit = next(name for name, size in UNITS.items() if not length % size)
    return f"{length // UNITS[unit]}{unit}"
