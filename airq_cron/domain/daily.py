"""Daily statistics of a location's own day, and when they are settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.measurement import Origin, Series
from airq_cron.domain.period import Period, expected_hours
from airq_cron.domain.pollutant import Pollutant, Unit, main_unit
from airq_cron.domain.quantile import MEDIAN, P95, quantile_micros
from airq_cron.domain.running import (
    US_STANDARDS,
    eu_daily_maximum,
    us_daily_maximum,
)

SETTLING = timedelta(hours=24)


class DayStatus(StrEnum):
    """How far a daily figure can be trusted."""

    PROVISIONAL = "provisional"
    FINAL = "final"
    INSUFFICIENT = "insufficient"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class DailyStatistic:
    """
    One pollutant of one provider over one local day of 23, 24 or 25 hours.

    Attributes:
        sum_micros: sum of the hourly means, millionths of *unit*; exact.
        max_hour: begin of the hour with the largest mean; aware, UTC.
        revision: how often a settled figure changed.
        median_micros: of the hourly means, as is *p95_micros*; None without hours,
            or where an earlier version closed the day.
        mda8_eu_micros: highest 8-hour mean by European rules, of o3 and co; None of
            too few hours. It ends at *mda8_eu_ends_at*; aware, UTC.
        mda8_us_micros: the same by American rules; it begins at
            *mda8_us_starts_at*.
    """

    location: str
    provider: str
    pollutant: Pollutant
    day: date
    zone: str
    unit: Unit
    origin: Origin
    hours_valid: int
    hours_expected: int
    sum_micros: int
    min_micros: int | None
    max_micros: int | None
    max_hour: datetime | None
    status: DayStatus
    revision: int = 0
    median_micros: int | None = None
    p95_micros: int | None = None
    mda8_eu_micros: int | None = None
    mda8_eu_ends_at: datetime | None = None
    mda8_us_micros: int | None = None
    mda8_us_starts_at: datetime | None = None

    @property
    def mean(self) -> Decimal | None:
        """The exact mean of the hourly means in *unit*; None without hours."""
        if self.hours_valid == 0:
            return None
        return Decimal(self.sum_micros) / (self.hours_valid * 1_000_000)

    @property
    def coverage(self) -> float:
        """Valid hours over expected hours, 0 to 1."""
        return self.hours_valid / self.hours_expected if self.hours_expected else 0.0

    @property
    def sufficient(self) -> bool:
        """Whether at least 75 % of the day's hours are valid."""
        return self.hours_valid > 0 and enough(self.hours_valid, self.hours_expected)


def enough(valid: int, expected: int) -> bool:
    """
    Say whether *valid* hours are at least 75 % of *expected*.

    18 of 23, 18 of 24, 19 of 25. Source: Directive 2008/50/EC, Annex XI.
    """
    return 4 * valid >= 3 * expected


def close_day(
    series: Series,
    hours: Sequence[HourlyAggregate],
    *,
    day: date,
    zone: str,
    period: Period,
    at: datetime,
    before: DailyStatistic | None,
) -> DailyStatistic:
    """
    Return the statistic of one series over one local day.

    The same hours give the same figures, however often and in whatever order.
    Hours in another unit than most of the day's do not count.

    Args:
        hours: the series' aggregates within *period* and, for 8-hour means, around
            it (`running.BEFORE`, `running.AFTER`); none within is `insufficient`.
        at: the present; a day is settled 24 h after its end.
        before: what is stored for this series and day.
    """
    within = [hour for hour in hours if hour.hour in period]
    unit = main_unit(hour.unit for hour in within) or series.unit
    means = {hour.hour: hour.mean_micros for hour in within if hour.unit is unit}
    ordered = sorted(means.values())
    largest = ordered[-1] if ordered else None
    closed = DailyStatistic(
        location=series.location,
        provider=series.provider,
        pollutant=series.pollutant,
        day=day,
        zone=zone,
        unit=unit,
        origin=series.origin,
        hours_valid=len(means),
        hours_expected=expected_hours(period),
        sum_micros=sum(ordered),
        min_micros=ordered[0] if ordered else None,
        max_micros=largest,
        max_hour=min((one for one in means if means[one] == largest), default=None),
        status=DayStatus.PROVISIONAL,
        median_micros=quantile_micros(ordered, MEDIAN) if ordered else None,
        p95_micros=quantile_micros(ordered, P95) if ordered else None,
    )
    around = {hour.hour: hour.mean_micros for hour in hours if hour.unit is unit}
    closed = _with_running_means(closed, around, period)
    return _settled(closed, before, settled=at >= period.end + SETTLING)


def _with_running_means(
    closed: DailyStatistic, means: Mapping[datetime, int], period: Period
) -> DailyStatistic:
    if closed.pollutant not in US_STANDARDS:
        return closed
    eu = eu_daily_maximum(means, period)
    us = us_daily_maximum(means, closed.day, closed.zone, closed.pollutant, closed.unit)
    return replace(
        closed,
        mda8_eu_micros=eu.micros if eu else None,
        mda8_eu_ends_at=eu.ends_at if eu else None,
        mda8_us_micros=us.micros if us else None,
        mda8_us_starts_at=us.starts_at if us else None,
    )


def _settled(
    closed: DailyStatistic, before: DailyStatistic | None, *, settled: bool
) -> DailyStatistic:
    changed = before is not None and _differ(closed, before)
    revision = _revision(before, changed=changed)
    status = settle(
        sufficient=closed.sufficient,
        settled=settled or (before is not None and before.status is DayStatus.FINAL),
        revised=revision > 0,
    )
    return replace(closed, status=status, revision=revision)


def _differ(closed: DailyStatistic, before: DailyStatistic) -> bool:
    if _figures(closed) != _figures(before):
        return True
    # A figure that an earlier version did not compute has not changed.
    known = before.median_micros is not None or before.hours_valid == 0
    return known and _further(closed) != _further(before)


def _figures(row: DailyStatistic) -> tuple[object, ...]:
    return (
        row.unit,
        row.hours_valid,
        row.sum_micros,
        row.min_micros,
        row.max_micros,
        row.max_hour,
    )


def _further(row: DailyStatistic) -> tuple[object, ...]:
    return (
        row.median_micros,
        row.p95_micros,
        row.mda8_eu_micros,
        row.mda8_eu_ends_at,
        row.mda8_us_micros,
        row.mda8_us_starts_at,
    )


def settle(*, sufficient: bool, settled: bool, revised: bool) -> DayStatus:
    """
    Return the status of a daily figure.

    A figure that was final and changed is `revised`, and stays so, also where it
    was `insufficient` in between: readers who copied the first one must be able to
    see it for ever.
    """
    if not sufficient:
        return DayStatus.INSUFFICIENT
    if revised:
        return DayStatus.REVISED
    return DayStatus.FINAL if settled else DayStatus.PROVISIONAL


def _revision(before: DailyStatistic | None, *, changed: bool) -> int:
    if before is None:
        return 0
    settled = before.status in (DayStatus.FINAL, DayStatus.REVISED)
    return before.revision + (1 if changed and settled else 0)


def day_status(parts: Sequence[DayStatus]) -> DayStatus:
    """Return the status of a whole day from those of its pollutants."""
    for status in (DayStatus.PROVISIONAL, DayStatus.REVISED, DayStatus.FINAL):
        if status in parts:
            return status
    return DayStatus.INSUFFICIENT
