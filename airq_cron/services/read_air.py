"""Read concentrations of a place, by the hour or as measured."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.measurement import Location, Measurement
from airq_cron.domain.page import Page, cut_page
from airq_cron.domain.period import Period, expected_hours, local_date, local_day
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.preference import choose_provider
from airq_cron.errors import InvalidError
from airq_cron.ports import Store
from airq_cron.ports import Unit as Transaction

DAY = timedelta(days=1)
LONGEST_WINDOW = timedelta(days=366)
USUAL_WINDOW = timedelta(days=1)
FIRST_STEP = timedelta(days=2)

Moment = datetime | date
Row = TypeVar("Row", HourlyAggregate, Measurement)


@dataclass(frozen=True, slots=True)
class AirQuery:
    """
    Which figures of a place to read.

    Attributes:
        since: an instant, or a local day from its begin; None means one day
            before *until*.
        until: an instant, excluded, or a local day to its end; None is now.
        pollutant: only this one.
        provider: only this one, else the choice of `choose_provider`.
        after: `(instant, pollutant)` of the last item already seen.
    """

    since: Moment | None = None
    until: Moment | None = None
    pollutant: Pollutant | None = None
    provider: str | None = None
    limit: int = 50
    after: tuple[str, ...] | None = None


def read_hourly(
    store: Store, location_id: str, query: AirQuery
) -> Page[HourlyAggregate]:
    """
    Return hourly aggregates by hour and pollutant.

    The hours of one local day and pollutant are those of one provider, the one
    that speaks for the day. Raises NotFoundError and InvalidError.
    """

    def read(
        unit: Transaction, place: Location, period: Period
    ) -> list[HourlyAggregate]:
        return unit.aggregates.hours(
            place.id, period.start, period.end, provider=query.provider
        )

    return _read_page(store, location_id, query, read, lambda row: row.hour)


def read_series(store: Store, location_id: str, query: AirQuery) -> Page[Measurement]:
    """
    Return measurements by instant and pollutant, chosen as `read_hourly` does.

    Raises NotFoundError and InvalidError.
    """

    def read(unit: Transaction, place: Location, period: Period) -> list[Measurement]:
        names = {one.provider for one in unit.measurements.series(place.id)}
        if query.provider is not None:
            names &= {query.provider}
        return [
            row
            for name in sorted(names)
            for row in unit.measurements.hours(place.id, name, period.start, period.end)
        ]

    return _read_page(store, location_id, query, read, lambda row: row.valid_from)


def _read_page(
    store: Store,
    location_id: str,
    query: AirQuery,
    read: Callable[[Transaction, Location, Period], list[Row]],
    instant: Callable[[Row], datetime],
) -> Page[Row]:
    def key(row: Row) -> tuple[str, ...]:
        return (instant(row).isoformat(), row.pollutant.value)

    with store.read() as unit:
        place = unit.locations.get(location_id)
        window = window_of(query, place.zone, unit.runs.now())
        start = window.start
        if query.after is not None:
            start = max(start, datetime.fromisoformat(query.after[0]))
        found: list[Row] = []
        for days in _days_from(start, window.end, place.zone):
            rows = _speaking(read(unit, place, days), place, instant)
            found += [row for row in rows if _wanted(row, key, instant, window, query)]
            if len(found) > query.limit:
                break
    return cut_page(sorted(found, key=key), query.limit, key)


def window_of(query: AirQuery, zone: str, now: datetime) -> Period:
    """
    Return the instants that *query* asks for.

    Raises:
        InvalidError: names `to`: it does not follow `from`, or lies too far off.
    """
    end = now if query.until is None else _instant(query.until, zone, last=True)
    start = end - USUAL_WINDOW
    if query.since is not None:
        start = _instant(query.since, zone, last=False)
    if end <= start:
        raise InvalidError("to", "must lie after from")
    if end - start > LONGEST_WINDOW:
        raise InvalidError("to", f"at most {LONGEST_WINDOW.days} days at once")
    return Period(start, end)


def _instant(moment: Moment, zone: str, *, last: bool) -> datetime:
    if isinstance(moment, datetime):
        return moment
    day = local_day(moment, zone)
    return day.end if last else day.start


def _days_from(start: datetime, end: datetime, zone: str) -> Iterator[Period]:
    """Yield whole local days up to *end*, in stretches that double in length."""
    day, step = local_date(start, zone), FIRST_STEP
    while (begin := local_day(day, zone).start) < end:
        day += step
        step *= 2
        yield Period(begin, min(local_day(day, zone).start, _day_end(end, zone)))


def _day_end(at: datetime, zone: str) -> datetime:
    day = local_day(local_date(at, zone), zone)
    return at if at == day.start else day.end


def _speaking(
    rows: Sequence[Row], place: Location, instant: Callable[[Row], datetime]
) -> list[Row]:
    """Keep, of each local day and pollutant, the rows of one provider."""
    groups: dict[tuple[date, Pollutant], dict[str, list[Row]]] = {}
    for row in rows:
        key = (local_date(instant(row), place.zone), row.pollutant)
        groups.setdefault(key, {}).setdefault(row.provider, []).append(row)
    kept: list[Row] = []
    for (day, _), by_provider in groups.items():
        if len(by_provider) == 1:
            kept += next(iter(by_provider.values()))
            continue
        hours = {name: len(found) for name, found in by_provider.items()}
        expected = expected_hours(local_day(day, place.zone))
        chosen = choose_provider(hours, place.providers, expected)
        kept += by_provider[chosen] if chosen else []
    return kept


def _wanted(
    row: Row,
    key: Callable[[Row], tuple[str, ...]],
    instant: Callable[[Row], datetime],
    window: Period,
    query: AirQuery,
) -> bool:
    return (
        instant(row) in window
        and (query.pollutant is None or row.pollutant == query.pollutant)
        and (query.after is None or key(row) > query.after)
    )
