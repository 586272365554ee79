"""Recompute the hourly figures of every hour that changed."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from airq_cron.domain.hourly import HourlyAggregate, aggregate_main
from airq_cron.domain.interval import hours_ended, is_backfill
from airq_cron.domain.period import local_date
from airq_cron.domain.run import Claim
from airq_cron.domain.running import AFTER, BEFORE, US_STANDARDS
from airq_cron.ports import DirtyDay, DirtyHour, Store, Unit
from airq_cron.services.execute import Ending
from airq_cron.services.split import FreeSlots, split_locations

HOUR = timedelta(hours=1)
# Measured: 250 hours of five pollutants hold the write lock of SQLite for some 40 ms,
# wherever they lie; 500 that lie 20 h apart did for 500, with the gaps between them.
BATCH = 250
GAP = timedelta(hours=3)
SMALLEST_PART = 50


@dataclass(frozen=True, slots=True)
class Recount:
    """
    What came of computing hours.

    Attributes:
        hours: how many were computed.
        changed: figures that are new, or differ from those before.
        late: hours whose local day had been closed before; it is settled again.
    """

    hours: int = 0
    changed: int = 0
    late: int = 0

    def __add__(self, other: "Recount") -> "Recount":
        """Add two counts."""
        return Recount(
            self.hours + other.hours,
            self.changed + other.changed,
            self.late + other.late,
        )


def aggregate_dirty(
    unit: Unit,
    *,
    limit: int = BATCH,
    locations: Collection[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Recount:
    """
    Aggregate at most *limit* dirty hours.

    The same measurements give the same figures, so doing it twice is harmless.
    The local days of all these hours become dirty.

    Args:
        locations: only these places, and hours in [since, until).
    """
    hours = unit.aggregates.take_dirty_hours(
        limit, locations=locations, since=since, until=until
    )
    return _aggregate(unit, hours)


def _aggregate(unit: Unit, hours: Sequence[DirtyHour]) -> Recount:
    wanted = set(hours)
    rows: list[HourlyAggregate] = []
    for (provider, since, until), places in _alike(hours).items():
        found = unit.measurements.hour_values(places, provider, since, until)
        rows += [
            row
            for row in aggregate_main(found)
            if DirtyHour(row.hour, row.location, row.provider) in wanted
        ]
    changed = unit.aggregates.put_hours(rows)
    running = {
        DirtyHour(row.hour, row.location, row.provider)
        for row in rows
        if row.pollutant in US_STANDARDS
    }
    days, touched = _days(unit, hours, running)
    closed = unit.aggregates.closed_days(set(days))
    unit.aggregates.mark_dirty_days(touched)
    return Recount(len(hours), changed, late=sum(day in closed for day in days))


def _alike(
    hours: Sequence[DirtyHour],
) -> dict[tuple[str, datetime, datetime], list[str]]:
    """Return, by provider and stretch of hours, the places that are read together."""
    series: dict[tuple[str, str], set[datetime]] = {}
    for hour in hours:
        series.setdefault((hour.location, hour.provider), set()).add(hour.hour)
    alike: dict[tuple[str, datetime, datetime], list[str]] = {}
    for (place, provider), changed in series.items():
        for stretch in _stretches(sorted(changed)):
            key = (provider, stretch[0], stretch[-1] + HOUR)
            alike.setdefault(key, []).append(place)
    return alike


def _stretches(hours: Sequence[datetime]) -> list[list[datetime]]:
    """Split at gaps, so that little is read that did not change."""
    stretches: list[list[datetime]] = []
    for hour in hours:
        if stretches and hour - stretches[-1][-1] < GAP:
            stretches[-1].append(hour)
        else:
            stretches.append([hour])
    return stretches


def _days(
    unit: Unit, hours: Sequence[DirtyHour], running: Collection[DirtyHour]
) -> tuple[list[DirtyDay], list[DirtyDay]]:
    """
    Return the local day of each hour, and every day that takes one of them in.

    Args:
        running: hours that 8-hour means of the days before and after take in, too.
    """
    # Read after the hours: a place that was added since has its zone already.
    places = unit.locations.some({hour.location for hour in hours})
    zones = {place.id: place.zone for place in places}
    own: list[DirtyDay] = []
    touched: set[DirtyDay] = set()
    for hour in hours:
        if hour.location not in zones:
            continue
        day, *others = (
            DirtyDay(hour.location, hour.provider, local_date(at, zones[hour.location]))
            for at in (hour.hour, hour.hour - AFTER, hour.hour + BEFORE)
        )
        own.append(day)
        touched |= {day, *others} if hour in running else {day}
    return own, sorted(touched, key=lambda day: (day.location, day.provider, day.day))


def aggregate_run(store: Store, claim: Claim, slots: FreeSlots) -> Ending:
    """
    Aggregate what changed, or split over many places; return how the run ends.

    In a backfill the hours that ended in the run's data interval are computed
    anew, whether or not they changed.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    work = aggregate_again if is_backfill(claim) else aggregate_all
    if not claim.part:
        wanted = _locations(store, claim)
        if parts := split_locations(claim, wanted, slots, smallest=SMALLEST_PART):
            return Ending(parts=parts)
    result = work(store, claim, locations=claim.params.get("locations"))
    return Ending(lambda _: result)


def _locations(store: Store, claim: Claim) -> list[str]:
    with store.read() as unit:
        if is_backfill(claim):
            return sorted({one.location for one in unit.measurements.series()})
        return unit.aggregates.dirty_locations()


def aggregate_again(
    store: Store, claim: Claim, *, locations: Collection[str] | None = None
) -> dict[str, Any]:
    """
    Aggregate the hours that ended in the data interval, in batches.

    Args:
        locations: only these places.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    period = hours_ended(claim)
    with store.read() as unit:
        series = {
            (one.location, one.provider)
            for one in unit.measurements.series()
            if one.first_at < period.end and one.last_at >= period.start
        }
    hours = [
        DirtyHour(period.start + number * HOUR, place, provider)
        for place, provider in sorted(series)
        if locations is None or place in locations
        for number in range(period.length // HOUR)
    ]
    total = Recount()
    for start in range(0, len(hours), BATCH):
        work = partial(_aggregate, hours=hours[start : start + BATCH])
        total += store.write(work, claim=claim)
    return asdict(total)


def aggregate_all(
    store: Store, claim: Claim, *, locations: Collection[str] | None = None
) -> dict[str, Any]:
    """
    Aggregate every dirty hour, in batches that are committed one by one.

    A run that dies in the middle has lost nothing: the hours of its unfinished
    batch are still dirty.

    Args:
        locations: only these places.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    total = Recount()
    work = partial(aggregate_dirty, locations=locations)
    while True:
        batch = store.write(work, claim=claim)
        total += batch
        if batch.hours < BATCH:
            return asdict(total)
