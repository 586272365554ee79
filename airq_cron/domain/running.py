"""Running 8-hour means and the highest of a day, by European and American rules."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from airq_cron.domain.convert import Reference, convert
from airq_cron.domain.period import HOUR, Period, floor_hour, hour_starts
from airq_cron.domain.pollutant import Pollutant, Unit, to_micros
from airq_cron.domain.zone import load_zone, offset_at

WINDOW = 8
NEEDED = 6
# Hours before and after the local day that its means can reach: the first European
# one begins 7 hours before it, the last American one ends 8 or 9 hours after it.
BEFORE = (WINDOW - 1) * HOUR
AFTER = 9 * HOUR
EU_MEANS = 18
US_FIRST = 7
US_MEANS = 17
US_NEEDED = 13
# Of these two gases the limits are 8-hour means; 0.070 and 9 ppm are the American ones.
US_STANDARDS = {Pollutant.O3: Decimal("0.070"), Pollutant.CO: Decimal(9)}

Means = Mapping[datetime, int]


@dataclass(frozen=True, slots=True)
class HighestMean:
    """
    The highest running mean of a day.

    Attributes:
        micros: cut, not rounded, to millionths of the unit: rounding up could lift
            it over the bound of an index.
        starts_at: begin of the first of its 8 hours; aware, UTC.
    """

    micros: int
    starts_at: datetime

    @property
    def ends_at(self) -> datetime:
        """End of its last hour, excluded."""
        return self.starts_at + WINDOW * HOUR


def eu_daily_maximum(means: Means, day: Period) -> HighestMean | None:
    """
    Return the highest mean of those that end within a day, or None of too few.

    A mean belongs to the day on which it ends; the first one of a day begins 7
    hours before it. At least 18 of 24 are needed, 75 % of a shorter or longer day.
    Source: Directive 2008/50/EC, Annexes VII and XI.

    Args:
        means: hourly means in micros, by the begin of the UTC hour, from
            `day.start - BEFORE` on.
    """
    starts = [hour - BEFORE for hour in hour_starts(day)]
    found = list(_running(means, starts))
    if 24 * len(found) < EU_MEANS * len(starts):
        return None
    return _highest(found)


def us_daily_maximum(
    means: Means, day: date, zone: str, pollutant: Pollutant, unit: Unit
) -> HighestMean | None:
    """
    Return the highest of the 17 means that begin at 07:00 to 23:00 of a day.

    The clock is local standard time, all the year. At least 13 of them are needed,
    unless one is above the national standard. The last one ends at 07:00 of the
    next day, so the figure is not complete before.
    Source: 40 CFR 50, Appendix U.

    Args:
        means: hourly means in micros of *unit*, by the begin of the UTC hour,
            until `AFTER` the end of the local day.
    """
    midnight = datetime.combine(day, time(), UTC) - standard_offset(day, zone)
    first = _next_hour(midnight + US_FIRST * HOUR)
    found = list(_running(means, (first + n * HOUR for n in range(US_MEANS))))
    highest = _highest(found)
    if highest is None or len(found) >= US_NEEDED:
        return highest
    above = highest.micros > _standard_micros(pollutant, unit)
    return highest if above else None


def standard_offset(day: date, zone: str) -> timedelta:
    """
    Return what local standard time adds to UTC in the year of *day*.

    It is the smaller of the offsets at midwinter and midsummer. Where clocks say
    that summer is the standard (Dublin) or change for Ramadan only (Casablanca),
    it is still the one that people would name.
    """
    place = load_zone(zone)
    return min(
        offset_at(datetime(day.year, month, 1, 12, tzinfo=UTC), place)
        for month in (1, 7)
    )


def _running(
    means: Means, starts: Iterable[datetime]
) -> Iterator[tuple[datetime, int, int]]:
    """Yield begin, sum and number of hours of each window that has enough."""
    for start in starts:
        window = (means.get(start + n * HOUR) for n in range(WINDOW))
        known = [one for one in window if one is not None]
        if len(known) >= NEEDED:
            yield start, sum(known), len(known)


def _highest(found: Iterable[tuple[datetime, int, int]]) -> HighestMean | None:
    best: tuple[datetime, int, int] | None = None
    for one in found:
        # Compared as fractions, so that the first of equal means is kept.
        if best is None or one[1] * best[2] > best[1] * one[2]:
            best = one
    return None if best is None else HighestMean(best[1] // best[2], best[0])


def _next_hour(at: datetime) -> datetime:
    hour = floor_hour(at)
    return hour if hour == at else hour + HOUR


def _standard_micros(pollutant: Pollutant, unit: Unit) -> int:
    limit = convert(US_STANDARDS[pollutant], Unit.PPM, unit, pollutant, Reference.T25)
    return to_micros(limit)[0]
