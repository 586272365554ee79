"""Read the newest concentration of each pollutant at a place, with its indices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from airq_cron.domain.hourly import aggregate_hours
from airq_cron.domain.measurement import Location, Measurement, Origin, Series
from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.preference import FRESH, present_provider
from airq_cron.domain.rating import (
    AMERICAN,
    EUROPEAN,
    LONGEST,
    MainIndex,
    Ratings,
    main_index,
    rate_present,
)
from airq_cron.ports import Store
from airq_cron.ports import Unit as Transaction


@dataclass(frozen=True, slots=True)
class LatestFigure:
    """
    The newest concentration of one pollutant.

    Attributes:
        age_s: counts from *valid_from*.
        ratings: of the newest hour and those before it, by scheme.
    """

    pollutant: Pollutant
    micros: int
    unit: Unit
    valid_from: datetime
    provider: str
    origin: Origin
    age_s: int
    ratings: Ratings


@dataclass(frozen=True, slots=True)
class Latest:
    """
    The latest concentration of each pollutant at a place.

    Attributes:
        indices: of the place, by scheme; only of pollutants whose newest hour began
            at most three hours before the freshest one.
    """

    location: Location
    items: tuple[LatestFigure, ...]
    indices: dict[str, MainIndex]
    as_of: datetime


def read_latest(store: Store, location_id: str) -> Latest:
    """
    Return the newest concentration of each pollutant.

    Of the providers whose newest hour began at most three hours before the
    freshest one's, the first in the location's order speaks: measured values
    come later than modelled ones. Raises NotFoundError.
    """
    with store.read() as unit:
        place = unit.locations.get(location_id)
        now = unit.runs.now()
        series = unit.measurements.series(place.id)
        chosen = [
            one
            for pollutant in Pollutant
            if (one := _speaker(series, pollutant, place)) is not None
        ]
        past = _past(unit, chosen)
    items = tuple(_figure(past[name], now) for name in Pollutant if name in past)
    return Latest(place, items, _indices(items), now)


def read_latest_of(
    store: Store, places: Sequence[Location]
) -> dict[str, dict[str, MainIndex]]:
    """
    Return the present indices of some places, by place and scheme.

    The same as `read_latest` gives each of them, but in as many statements as
    there are providers. A place whose newest hour began more than a day ago has
    no present.
    """
    ids = {place.id for place in places}
    with store.read() as unit:
        now = unit.runs.now()
        fresh: dict[str, list[Series]] = {}
        for one in unit.measurements.series():
            if one.location in ids and now - one.last_at <= LONGEST * HOUR:
                fresh.setdefault(one.location, []).append(one)
        chosen = [
            found
            for place in places
            for pollutant in Pollutant
            if (found := _speaker(fresh.get(place.id, ()), pollutant, place))
        ]
        past = _past_of(unit, chosen)
    figures: dict[str, list[LatestFigure]] = {}
    for rows in past.values():
        figures.setdefault(rows[-1].location, []).append(_figure(rows, now))
    return {name: _indices(items) for name, items in figures.items()}


def _past_of(
    unit: Transaction, chosen: Sequence[Series]
) -> dict[tuple[str, Pollutant], list[Measurement]]:
    """Return the measurements of each series' last day, oldest first."""
    by_provider: dict[str, list[Series]] = {}
    for one in chosen:
        by_provider.setdefault(one.provider, []).append(one)
    past: dict[tuple[str, Pollutant], list[Measurement]] = {}
    for provider, series in by_provider.items():
        since = {
            (one.location, one.pollutant): floor_hour(one.last_at)
            - (LONGEST - 1) * HOUR
            for one in series
        }
        end = max(floor_hour(one.last_at) for one in series) + HOUR
        places = sorted({one.location for one in series})
        for row in unit.measurements.hours_of(
            places, provider, min(since.values()), end
        ):
            key = row.location, row.pollutant
            if key in since and row.valid_from >= since[key]:
                past.setdefault(key, []).append(row)
    return past


def _speaker(
    series: Sequence[Series], pollutant: Pollutant, place: Location
) -> Series | None:
    known = {one.provider: one for one in series if one.pollutant == pollutant}
    newest = {name: one.last_at for name, one in known.items()}
    name = present_provider(newest, place.providers)
    return None if name is None else known[name]


def _past(
    unit: Transaction, chosen: Sequence[Series]
) -> dict[Pollutant, list[Measurement]]:
    """Return the measurements of each series' last day, oldest first."""
    # Pollutants of one provider mostly end together: then it is asked once.
    ends: dict[tuple[str, str, datetime], list[Pollutant]] = {}
    for one in chosen:
        key = one.location, one.provider, floor_hour(one.last_at)
        ends.setdefault(key, []).append(one.pollutant)
    past: dict[Pollutant, list[Measurement]] = {}
    for (location, provider, end), pollutants in ends.items():
        since = end - (LONGEST - 1) * HOUR
        for row in unit.measurements.hours(location, provider, since, end + HOUR):
            if row.pollutant in pollutants:
                past.setdefault(row.pollutant, []).append(row)
    return past


def _figure(rows: Sequence[Measurement], now: datetime) -> LatestFigure:
    newest = rows[-1]
    return LatestFigure(
        pollutant=newest.pollutant,
        micros=newest.micros,
        unit=newest.unit,
        valid_from=newest.valid_from,
        provider=newest.provider,
        origin=newest.origin,
        age_s=int((now - newest.valid_from).total_seconds()),
        ratings=rate_present(aggregate_hours(rows)),
    )


def _indices(items: Sequence[LatestFigure]) -> dict[str, MainIndex]:
    freshest = max((one.valid_from for one in items), default=None)
    present = {
        one.pollutant: one.ratings
        for one in items
        if freshest is not None and freshest - one.valid_from <= FRESH
    }
    return {name: main_index(name, present) for name in (EUROPEAN, AMERICAN)}
