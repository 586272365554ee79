"""Which indices the figures of a place have, and from which mean."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from airq_cron.domain.aqi import Averaging, Index, compute_index, worst
from airq_cron.domain.convert import PARTICLES, Reference, convert
from airq_cron.domain.daily import DailyStatistic, enough
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.nowcast import HOURS, nowcast
from airq_cron.domain.period import HOUR
from airq_cron.domain.pollutant import Pollutant, Unit, from_micros
from airq_cron.errors import InvalidError

EUROPEAN = "eaqi-2024"
AMERICAN = "us-epa-2024"
NOWCAST = "nowcast"
LONGEST = 24
LENGTHS = {Averaging.H1: 1, Averaging.H8: 8, Averaging.H24: LONGEST}


@dataclass(frozen=True, slots=True)
class Rating:
    """
    An index, and what it was computed from.

    Attributes:
        averaging: `1h`, `8h` or `24h`, or `nowcast` in place of the last.
    """

    index: Index
    averaging: str


Ratings = dict[str, Rating]


@dataclass(frozen=True, slots=True)
class MainIndex:
    """The index of a place: the highest of its pollutants; None is unknown."""

    index: int | None
    category: str | None
    main_pollutant: Pollutant | None


def rate_hour(hour: HourlyAggregate) -> Ratings:
    """Return the European index of one hour, by its scheme; none of co."""
    mean = from_micros(hour.mean_micros)
    found = _rated(EUROPEAN, hour.pollutant, Averaging.H1, mean, hour.unit)
    return _highest(found)


def rate_present(hours: Sequence[HourlyAggregate]) -> Ratings:
    """
    Return the indices of the newest of some hours, by their schemes.

    The European one is that of the hour. The American one is the highest of its
    tables: NowCast of particles, the hour, and means of 8 and 24 hours of which
    75 % are there. Hours in another unit than the newest do not count.

    Args:
        hours: of one series, in any order; those that began more than 23 hours
            before the newest are not looked at.
    """
    newest = max(hours, key=lambda one: one.hour)
    means = {one.hour: one.mean_micros for one in hours if one.unit is newest.unit}
    back = [means.get(newest.hour - age * HOUR) for age in range(LONGEST)]
    return rate_hour(newest) | _highest(_present(newest.pollutant, newest.unit, back))


def rate_day(row: DailyStatistic) -> Ratings:
    """
    Return the American index of a day, by its scheme; none of too few hours.

    It is the highest of the tables: the daily mean, the highest 8-hour mean, and
    the highest hour, as far as the pollutant has such a table.
    """
    if not row.sufficient:
        return {}
    figures = {
        Averaging.H1: _exact(row.max_micros),
        Averaging.H8: _exact(row.mda8_us_micros),
        Averaging.H24: row.mean,
    }
    return _highest(
        rating
        for averaging, value in figures.items()
        if value is not None
        for rating in _rated(AMERICAN, row.pollutant, averaging, value, row.unit)
    )


def main_index(scheme: str, ratings: Mapping[Pollutant, Ratings]) -> MainIndex:
    """Return the highest index that *ratings* have in *scheme*."""
    found = worst(
        {name: of[scheme].index for name, of in ratings.items() if scheme in of}
    )
    if found is None:
        return MainIndex(None, None, None)
    pollutant, index = found
    return MainIndex(index.index, index.category, pollutant)


def _exact(micros: int | None) -> Decimal | None:
    return None if micros is None else from_micros(micros)


def _present(
    pollutant: Pollutant, unit: Unit, back: Sequence[int | None]
) -> Iterator[Rating]:
    """Yield the American ratings of the hours *back* from the newest, in micros."""
    if pollutant in PARTICLES:
        yield from _nowcast(pollutant, unit, back[:HOURS])
        return
    for averaging, length in LENGTHS.items():
        known = [one for one in back[:length] if one is not None]
        if enough(len(known), length):
            mean = from_micros(sum(known)) / len(known)
            yield from _rated(AMERICAN, pollutant, averaging, mean, unit)


def _nowcast(
    pollutant: Pollutant, unit: Unit, back: Sequence[int | None]
) -> Iterator[Rating]:
    to = Unit.UG_M3
    try:
        hours = [
            None
            if one is None
            else convert(from_micros(one), unit, to, pollutant, Reference.T25)
            for one in back
        ]
    except InvalidError:
        return
    found = nowcast(pollutant, hours)
    if found is not None:
        index = compute_index(AMERICAN, pollutant, Averaging.H24, found.truncated, to)
        yield Rating(index, NOWCAST)


def _rated(
    scheme: str, pollutant: Pollutant, averaging: Averaging, value: Decimal, unit: Unit
) -> Iterator[Rating]:
    """Yield the rating, or nothing where the scheme has no table for it."""
    try:
        index = compute_index(scheme, pollutant, averaging, value, unit)
    except InvalidError:
        # No table, or a unit that says nothing of this pollutant.
        return
    yield Rating(index, averaging.value)


def _highest(found: Iterable[Rating]) -> Ratings:
    known = [one for one in found if one.index.index is not None]
    if not known:
        return {}
    best = max(known, key=lambda one: one.index.index or 0)
    return {best.index.scheme: best}
