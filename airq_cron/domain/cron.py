"""
Cron rules: when an expression fires in a zone, through every clock change.

The rule is Debian cron's. A job with fixed times fires once for each time its
local day names: a skipped time at the end of the gap, a repeated one in its
first pass. A job whose minute or hour starts with `*` follows real time: it
fires at every real minute whose local time matches.

cronsim reads and matches the expressions, on plain wall clocks only. What it
answers around clock changes depends on where it starts (it forgets the fold, and
after a half-hour change it steps over matching times), so the changes are
handled here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile

from cronsim import CronSim, CronSimError

from airq_cron.domain.zone import (
    SECOND,
    as_utc,
    first_instant,
    load_zone,
    offset_at,
    steady_until,
)
from airq_cron.errors import ScheduleError

MINUTE = timedelta(minutes=1)
DAWN = datetime(1970, 1, 1, tzinfo=UTC) - SECOND
LAST_YEAR = 9900
LONGEST_EXPRESSION = 200
FIELDS = 5
SAMPLE_FROM = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall clock of no zone
SAMPLE_SIZE = 2000
SAMPLE_SPAN = timedelta(days=3653)
ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


@dataclass(frozen=True)
class CronRule:
    """
    Fire times of a five-field cron expression, read in an IANA zone.

    The series has no beginning of its own: from whatever instant one looks, the
    same fire times follow. It covers the years 1970 to 9900. All instants are
    aware; those returned are in UTC and on whole minutes.

    Args:
        expression: minute, hour, day of month, month, day of week; or a name
            such as `@daily`.

    Raises:
        ScheduleError: field `schedule` for an expression that is wrong or never
            fires, `timezone` for an unknown zone.
    """

    expression: str
    zone: str

    def __post_init__(self) -> None:
        """Tidy the blanks and refuse what can never fire."""
        load_zone(self.zone)
        object.__setattr__(self, "expression", " ".join(self.expression.split()))
        _five_fields(self.expression)

    @property
    def follows_real_time(self) -> bool:
        """Whether its minute or hour starts with `*`; else its times are fixed."""
        minute, hour = _five_fields(self.expression).split()[:2]
        return minute.startswith("*") or hour.startswith("*")

    def after(self, at: datetime) -> Iterator[datetime]:
        """Yield every fire time after *at*, in order, without end."""
        at = max(as_utc(at), DAWN)
        fields = _five_fields(self.expression)
        if at.year >= LAST_YEAR:
            return iter(())
        if self.follows_real_time:
            return self._following_real_time(fields, at)
        return self._at_fixed_times(fields, at)

    def next_after(self, at: datetime) -> datetime | None:
        """Return the first fire time after *at*; None only at the end of time."""
        return next(self.after(at), None)

    def between(
        self, since: datetime, until: datetime, limit: int | None = None
    ) -> list[datetime]:
        """Return the fire times in (since, until], at most the first *limit*."""
        series = takewhile(lambda fire: fire <= until, self.after(since))
        return list(islice(series, limit))

    def previous(self, at: datetime) -> datetime | None:
        """Return the last fire time before *at*; None if there is none since 1970."""
        at = as_utc(at)
        last, span = None, MINUTE
        while last is None and span < 4 * (at - DAWN):
            last = self._fire_within(at - min(span, at - DAWN), at)
            span *= 4
        high = at
        while last and (following := self._fire_within(last, at)):
            last = following
            middle = last + (high - last) / 2
            jump = self._fire_within(middle, at)
            if jump:
                last = jump
            else:
                high = middle
        return last

    def shortest_gap(self) -> timedelta | None:
        """
        Return the shortest time between two fire times on ordinary days.

        Clock changes are left out of it. None for a rule that fires only once.
        """
        return _shortest_gap(self.expression)

    def _fire_within(self, since: datetime, before: datetime) -> datetime | None:
        """Return the first fire time in (since, before), or None."""
        fire = self.next_after(since)
        return fire if fire and fire < before else None

    def _at_fixed_times(self, fields: str, at: datetime) -> Iterator[datetime]:
        zone = load_zone(self.zone)
        for wall in CronSim(fields, at.astimezone(zone).replace(tzinfo=None, fold=0)):
            if wall.year >= LAST_YEAR:
                return
            fire = first_instant(wall, zone)
            # All times of one gap are one instant; and in the second pass of a
            # repeated hour clocks show times that have had their turn.
            if fire > at:
                at = fire
                yield fire

    def _following_real_time(self, fields: str, at: datetime) -> Iterator[datetime]:
        zone = load_zone(self.zone)
        stretch = at
        while stretch.year < LAST_YEAR:
            offset, change = offset_at(stretch, zone), steady_until(stretch, zone)
            for wall in CronSim(fields, (at + offset).replace(tzinfo=None)):
                fire = wall.replace(tzinfo=UTC) - offset
                if fire >= change:
                    break
                yield fire
            # cronsim answers what lies after its start; the change itself counts.
            stretch, at = change, change - SECOND


@lru_cache(maxsize=8192)
def _five_fields(expression: str) -> str:
    """Return the five fields *expression* stands for, once they are checked."""
    shown = f"{expression[:LONGEST_EXPRESSION]!r}"
    if len(expression) > LONGEST_EXPRESSION:
        raise ScheduleError(
            "schedule", f"longer than {LONGEST_EXPRESSION} characters: {shown}"
        )
    if expression.startswith("@") and expression.lower() not in ALIASES:
        raise ScheduleError("schedule", f"{shown} is none of {', '.join(ALIASES)}")
    fields = ALIASES.get(expression.lower(), expression)
    count = len(fields.split())
    if count != FIELDS:
        raise ScheduleError(
            "schedule", f"a cron expression has five fields, {shown} has {count}"
        )
    try:
        first = next(CronSim(fields, SAMPLE_FROM), None)
    except CronSimError as error:
        raise ScheduleError("schedule", f"{str(error).lower()} in {shown}") from error
    if first is None:
        raise ScheduleError("schedule", f"{shown} never fires")
    return fields


@lru_cache(maxsize=8192)
def _shortest_gap(expression: str) -> timedelta | None:
    """Return the shortest gap among the first fire times from the year 2000 on."""
    shortest, before = None, None
    for number, wall in enumerate(CronSim(_five_fields(expression), SAMPLE_FROM)):
        if before is not None:
            gap = wall - before
            shortest = min(shortest or gap, gap)
        enough = number >= SAMPLE_SIZE or wall - SAMPLE_FROM > SAMPLE_SPAN
        if shortest and (enough or shortest <= MINUTE):
            break
        before = wall
    return shortest
