"""The indices of a place's whole day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from airq_cron.domain.aqi import Index, worst
from airq_cron.domain.daily import DailyStatistic
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.rating import AMERICAN, EUROPEAN, Rating, rate_day, rate_hour


class Basis(StrEnum):
    """What of the day an index is computed from."""

    DAY = "day"
    WORST_HOUR = "worst_hour"


@dataclass(frozen=True, slots=True)
class DayIndex:
    """
    One scheme's index of a day; without one, nothing has enough hours.

    Attributes:
        main_pollutant: the one whose index this is.
        hour: for the worst hour, its begin; aware, UTC.
        pollutants: what each pollutant comes to that has an index.
    """

    scheme: str
    basis: Basis
    index: Index | None = None
    main_pollutant: Pollutant | None = None
    hour: datetime | None = None
    pollutants: dict[Pollutant, Rating] = field(default_factory=dict)


def us_day_index(days: Iterable[DailyStatistic]) -> DayIndex:
    """Return the US index of a day, from the figures that speak for it."""
    ratings = {
        day.pollutant: found[AMERICAN]
        for day in days
        if AMERICAN in (found := rate_day(day))
    }
    main = worst({name: rating.index for name, rating in ratings.items()})
    if main is None:
        return DayIndex(AMERICAN, Basis.DAY)
    return DayIndex(AMERICAN, Basis.DAY, main[1], main[0], None, ratings)


def worst_hour_index(
    days: Iterable[DailyStatistic], hours: Sequence[HourlyAggregate]
) -> DayIndex:
    """
    Return the European index of the worst hour of a day.

    The European index is hourly; of a day nothing better can be said than its worst
    hour. The first of equal ones is named. Insufficient pollutants do not count.

    Args:
        days: the figures that speak for the day.
        hours: the day's hours of the same providers; others are left out.
    """
    speakers = {
        (day.provider, day.pollutant, day.unit) for day in days if day.sufficient
    }
    peaks: dict[Pollutant, tuple[Rating, datetime]] = {}
    for hour in sorted(hours, key=lambda one: one.hour):
        if (hour.provider, hour.pollutant, hour.unit) not in speakers:
            continue
        rating = rate_hour(hour).get(EUROPEAN)
        known = peaks.get(hour.pollutant)
        if rating is not None and (known is None or _rank(rating) > _rank(known[0])):
            peaks[hour.pollutant] = rating, hour.hour
    ratings = {name: rating for name, (rating, _) in peaks.items()}
    main = worst({name: rating.index for name, rating in ratings.items()})
    if main is None:
        return DayIndex(EUROPEAN, Basis.WORST_HOUR)
    at = peaks[main[0]][1]
    return DayIndex(EUROPEAN, Basis.WORST_HOUR, main[1], main[0], at, ratings)


def _rank(rating: Rating) -> tuple[int, Decimal]:
    return rating.index.index or 0, rating.index.scaled or Decimal(0)
