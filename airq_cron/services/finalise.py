"""Close the local days that have ended, and settle earlier ones again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from airq_cron.domain.daily import DailyStatistic, close_day
from airq_cron.domain.hourly import HourlyAggregate, aggregate_hours
from airq_cron.domain.measurement import Location, Series
from airq_cron.domain.period import Period, days_ended, local_date, local_day
from airq_cron.domain.run import Claim
from airq_cron.domain.running import AFTER, BEFORE, US_STANDARDS
from airq_cron.domain.schedule import parse_schedule
from airq_cron.ports import Store, Unit
from airq_cron.services.aggregate import aggregate_dirty

DAY = timedelta(days=1)
# Ten days of five pollutants hold the write lock of SQLite for some 50 ms.
BATCH = 10


def finalise_days(
    store: Store, claim: Claim, *, since: datetime, live: Collection[str]
) -> dict[str, Any]:
    """
    Close every local day that ended in (since, claim.scheduled_for].

    Earlier days are settled again when they are provisional or when late data
    came. Each batch is one transaction under the claim; the same measurements
    give the same figures, so doing it twice is harmless.

    Args:
        since: the fire time before this one; aware, UTC.
        live: providers that are still asked, whose silence is a gap.

    Returns:
        `days` that were computed and rows that `changed`.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    with store.read() as unit:
        places = unit.locations.all()
    totals = {"days": 0, "changed": 0}
    for place in places:
        _settle_place(store, claim, place, since, live, totals)
    return totals


def _settle_place(
    store: Store,
    claim: Claim,
    place: Location,
    since: datetime,
    live: Collection[str],
    totals: dict[str, Any],
) -> None:
    open_day = local_date(claim.scheduled_for, place.zone)
    with store.read() as unit:
        again = unit.aggregates.provisional_days(place.id, before=open_day)
        is_dirty = unit.aggregates.has_dirty_days(place.id, before=open_day)
    ended = days_ended(since, claim.scheduled_for, place.zone)
    live = {name for name in live if place.enabled and name in place.providers}
    for days in _batches(sorted({*ended, *again})):

        def close(unit: Unit, days: Sequence[date] = days) -> tuple[int, bool]:
            changed = close_days(unit, place, days, at=claim.claimed_at, live=live)
            # Its hours may belong to the means of the day before, too.
            return changed, unit.aggregates.has_dirty_days(place.id, before=open_day)

        changed, is_dirty = store.write(close, claim=claim)
        totals["changed"] += changed
        totals["days"] += len(days)

    def settle(unit: Unit) -> tuple[int, int, int]:
        dirty = unit.aggregates.take_dirty_days(place.id, before=open_day, limit=BATCH)
        days = sorted({row.day for row in dirty})
        changed = close_days(unit, place, days, at=claim.claimed_at, live=live)
        return len(dirty), len(days), changed

    while is_dirty:
        taken, closed, changed = store.write(settle, claim=claim)
        is_dirty = taken == BATCH
        totals["days"] += closed
        totals["changed"] += changed


def _batches(days: Sequence[date]) -> Iterator[Sequence[date]]:
    for start in range(0, len(days), BATCH):
        yield days[start : start + BATCH]


def close_days(
    unit: Unit,
    place: Location,
    days: Sequence[date],
    *,
    at: datetime,
    live: Collection[str],
) -> int:
    """Compute and store the statistics of *days*; return how many rows differ."""
    series = unit.measurements.series(place.id)
    periods = {day: local_day(day, place.zone) for day in days}
    periods = {day: period for day, period in periods.items() if period.length}
    for period in periods.values():
        _aggregate_within(unit, place, period)
    # Before the hours are read: what changes after that is dirty again.
    unit.aggregates.clear_dirty_days(place.id, days)
    rows: list[DailyStatistic] = []
    revised: list[DailyStatistic] = []
    for day, period in periods.items():
        before = _stored(unit, place, day)
        found = [one for one in series if _covers(one, period, live)]
        closed = _close(unit, place, day, period, at=at, series=found, before=before)
        rows += closed
        revised += [before[_key(row)] for row in closed if _is_revised(row, before)]
    unit.aggregates.keep_revisions(revised)
    return unit.aggregates.put_days(rows)


def _hours_around(
    unit: Unit, place: Location, period: Period, series: Sequence[Series]
) -> list[HourlyAggregate]:
    """
    Return the hours of a day, and those around it that its 8-hour means take in.

    The latter from the measurements: they may not have been aggregated yet, and a
    day that is closed twice must be the same.
    """
    found = unit.aggregates.hours(place.id, period.start, period.end)
    spans = (
        (period.start - BEFORE, period.start),
        (period.end, period.end + AFTER),
    )
    running = {one.provider for one in series if one.pollutant in US_STANDARDS}
    for provider in sorted(running):
        for since, until in spans:
            rows = unit.measurements.hours(place.id, provider, since, until)
            found += aggregate_hours(
                row for row in rows if row.pollutant in US_STANDARDS
            )
    return found


def _aggregate_within(unit: Unit, place: Location, period: Period) -> None:
    aggregate_dirty(
        unit,
        limit=1000,
        locations=[place.id],
        since=period.start,
        until=period.end,
    )


def _key(row: DailyStatistic) -> tuple[str, str]:
    return row.provider, row.pollutant


def _stored(
    unit: Unit, place: Location, day: date
) -> dict[tuple[str, str], DailyStatistic]:
    rows = unit.aggregates.days(place.id, day, day + DAY)
    return {_key(row): row for row in rows}


def _is_revised(
    row: DailyStatistic, before: Mapping[tuple[str, str], DailyStatistic]
) -> bool:
    known = before.get(_key(row))
    return known is not None and row.revision > known.revision


def _close(
    unit: Unit,
    place: Location,
    day: date,
    period: Period,
    *,
    at: datetime,
    series: Sequence[Series],
    before: Mapping[tuple[str, str], DailyStatistic],
) -> list[DailyStatistic]:
    hours: dict[tuple[str, str], list[HourlyAggregate]] = {}
    for hour in _hours_around(unit, place, period, series):
        hours.setdefault((hour.provider, hour.pollutant), []).append(hour)
    return [
        close_day(
            one,
            hours.get((one.provider, one.pollutant), []),
            day=day,
            zone=place.zone,
            period=period,
            at=at,
            before=before.get((one.provider, one.pollutant)),
        )
        for one in series
    ]


def _covers(series: Series, period: Period, live: Collection[str]) -> bool:
    """Say whether a day without data would be a gap in *series*."""
    if series.first_at >= period.end:
        return False
    return series.last_at >= period.start or series.provider in live


def finalise_run(
    store: Store, claim: Claim, *, live: Collection[str]
) -> dict[str, Any]:
    """
    Close the days that ended in the run's data interval.

    It begins at the fire time before, as the ledger knows it; for a run that was
    entered without one, as the job's schedule now says.
    """
    since = claim.interval_start or _fire_time_before(store, claim)
    return finalise_days(store, claim, since=since, live=live)


def _fire_time_before(store: Store, claim: Claim) -> datetime:
    with store.read() as unit:
        job = unit.jobs.get(claim.job)
    before = parse_schedule(job.schedule, job.zone).previous(claim.scheduled_for)
    return before or claim.scheduled_for - DAY
