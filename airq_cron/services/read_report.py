"""Read the report of one local day of a place."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from airq_cron.domain.daily import DailyStatistic, close_day, day_status
from airq_cron.domain.day_index import us_day_index, worst_hour_index
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.measurement import Location
from airq_cron.domain.period import Period, expected_hours, local_date, local_day
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.preference import choose_provider
from airq_cron.domain.report import (
    DAY,
    WEEK,
    DayAlert,
    PollutantReport,
    Report,
    change_since,
    source_lines,
)
from airq_cron.domain.running import AFTER, BEFORE
from airq_cron.domain.standards import compare
from airq_cron.errors import InvalidError
from airq_cron.ports import DayStamp, Store, Unit

LATEST_ZONE = timedelta(hours=14)


def read_report(
    store: Store, location_id: str, day: date, *, attributions: Mapping[str, str]
) -> Report:
    """
    Return the report of the local day *day*.

    A day that has begun but was not closed yet is reported from its hours so far,
    and provisional. A day without measurements is `insufficient`, never zero.

    Args:
        attributions: what the licences of the providers want to be shown.

    Raises:
        NotFoundError: no such location.
        InvalidError: names `date`: it has not begun at the place, or its zone
            skipped it.
    """
    with store.read() as unit:
        place = unit.locations.get(location_id)
        now = unit.runs.now()
        period = check_day(day, place, now)
        return _report(unit, place, day, period, now, attributions)


def read_stamp(store: Store, location_id: str, day: date) -> tuple[object, ...]:
    """
    Return what a report depends on: while it is the same, so is the report.

    It costs a small part of the report. Raises as `read_report` does.
    """
    with store.read() as unit:
        place = unit.locations.get(location_id)
        now = unit.runs.now()
        period = check_day(day, place, now)
        stamp = _stamp(unit, place, day, period)
        return place, day, now >= period.end, stamp, read_flips(unit, place, period)


def read_span_stamp(
    store: Store, location_id: str, since: date, until: date
) -> tuple[object, ...]:
    """
    Return what charts of the days in [since, until) depend on.

    Raises:
        NotFoundError: no such location.
    """
    with store.read() as unit:
        place = unit.locations.get(location_id)
        start = local_day(since, place.zone).start
        nothing = Period(start, start)
        return place, since, unit.aggregates.stamp(place.id, since, until, nothing)


def check_day(day: date, place: Location, now: datetime) -> Period:
    """
    Return the instants of a day that has begun at *place*.

    Raises:
        InvalidError: names `date`.
    """
    period = local_day(day, place.zone)
    if not period.length:
        raise InvalidError("date", f"{place.zone} had no {day}")
    if period.start > now:
        today = local_date(now, place.zone)
        raise InvalidError("date", f"lies ahead: it is {today} in {place.zone}")
    return period


def check_begun(day: date, now: datetime) -> None:
    """
    Refuse a day that has begun nowhere on earth.

    Raises:
        InvalidError: names `date`.
    """
    if day > (now + LATEST_ZONE).date():
        raise InvalidError("date", "lies ahead everywhere")


def read_flips(unit: Unit, place: Location, period: Period) -> tuple[DayAlert, ...]:
    """Return the alerts of *place* that held at any time of *period*, in order."""
    return tuple(unit.flips.touching(place.id, period))


def _stamp(unit: Unit, place: Location, day: date, period: Period) -> DayStamp:
    return unit.aggregates.stamp(place.id, day - WEEK * DAY, day + DAY, _around(period))


def _around(period: Period) -> Period:
    return Period(period.start - BEFORE, period.end + AFTER)


def _report(
    unit: Unit,
    place: Location,
    day: date,
    period: Period,
    now: datetime,
    attributions: Mapping[str, str],
) -> Report:
    around = _around(period)
    near = unit.aggregates.hours(place.id, around.start, around.end)
    hours = [hour for hour in near if hour.hour in period]
    stored = unit.aggregates.days(place.id, day - WEEK * DAY, day + DAY)
    rows = [row for row in stored if row.day == day]
    rows += _not_closed(unit, place, day, period, now, near, rows)
    chosen = _speakers(rows, place)
    flips = read_flips(unit, place, period)
    stamp = _stamp(unit, place, day, period)
    return Report(
        location=place,
        date=day,
        zone=next((row.zone for row in chosen), place.zone),
        period=period,
        hours_expected=expected_hours(period),
        status=day_status([row.status for row in chosen]),
        so_far=now < period.end,
        pollutants=tuple(_part(row, hours, stored) for row in chosen),
        indices=(
            us_day_index(chosen),
            worst_hour_index(chosen, hours),
        ),
        flips=flips,
        sources=source_lines(chosen, attributions, unit.sources.of(place.id), period),
        revisions=sum(row.revision for row in chosen),
        as_of=stamp.updated_at or now,
    )


def _speakers(rows: Sequence[DailyStatistic], place: Location) -> list[DailyStatistic]:
    """Return the row of the provider that speaks for each pollutant, in order."""
    found: dict[Pollutant, dict[str, DailyStatistic]] = {}
    for row in rows:
        found.setdefault(row.pollutant, {})[row.provider] = row
    chosen = []
    for pollutant in Pollutant:
        of_pollutant = found.get(pollutant, {})
        expected = max((row.hours_expected for row in of_pollutant.values()), default=0)
        hours = {name: row.hours_valid for name, row in of_pollutant.items()}
        name = choose_provider(hours, place.providers, expected)
        chosen += [of_pollutant[name]] if name is not None else []
    return chosen


def _not_closed(
    unit: Unit,
    place: Location,
    day: date,
    period: Period,
    now: datetime,
    near: Sequence[HourlyAggregate],
    rows: Sequence[DailyStatistic],
) -> list[DailyStatistic]:
    """Return the figures so far of the series that have hours but no statistic."""
    known = {(row.provider, row.pollutant) for row in rows}
    found: dict[tuple[str, Pollutant], list[HourlyAggregate]] = {}
    for hour in near:
        if (hour.provider, hour.pollutant) not in known:
            found.setdefault((hour.provider, hour.pollutant), []).append(hour)
    if not any(hour.hour in period for part in found.values() for hour in part):
        return []
    return [
        close_day(
            series,
            found[series.provider, series.pollutant],
            day=day,
            zone=place.zone,
            period=period,
            at=min(now, period.end),
            before=None,
        )
        for series in unit.measurements.series(place.id)
        if any(
            hour.hour in period
            for hour in found.get((series.provider, series.pollutant), ())
        )
    ]


def _part(
    row: DailyStatistic,
    hours: Sequence[HourlyAggregate],
    stored: Sequence[DailyStatistic],
) -> PollutantReport:
    day_before, week_before = change_since(row, stored)
    return PollutantReport(
        figures=row,
        hours=tuple(
            hour
            for hour in hours
            if hour.provider == row.provider
            and hour.pollutant is row.pollutant
            and hour.unit is row.unit
        ),
        day_before=day_before,
        week_before=week_before,
        comparisons=compare(row),
    )
