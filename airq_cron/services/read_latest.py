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
