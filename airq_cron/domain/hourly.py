"""The figures of one hour of one series."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from airq_cron.domain.measurement import Measurement, Origin
from airq_cron.domain.period import floor_hour
from airq_cron.domain.pollutant import Pollutant, Unit, main_unit, mean_micros
from airq_cron.domain.quantile import MEDIAN, P95, quantile_micros

# Every source gives one value an hour; what is finer is averaged before it is ours.
EXPECTED = 1


@dataclass(frozen=True, slots=True)
class HourlyAggregate:
    """
    One pollutant of one provider over [hour, hour + 1 h), aware, UTC.

    All figures are millionths of *unit*. `max_at` is the valid_from of the
    first largest value.
    """

    hour: datetime
    location: str
    provider: str
    pollutant: Pollutant
    unit: Unit
    origin: Origin
    n: int
    mean_micros: int
    min_micros: int
    max_micros: int
    max_at: datetime
    p50_micros: int
    p95_micros: int

    @property
    def expected(self) -> int:
        """How many values the hour should have."""
        return EXPECTED

    @property
    def coverage(self) -> float:
        """Values over expected values, 0 to 1."""
        return min(1.0, self.n / self.expected)


@dataclass(frozen=True, slots=True)
class HourValues:
    """
    The values of one series in one UTC hour that are in the same unit.

    Attributes:
        micros: at least one, in any order.
        max_at: the valid_from of the first largest one.
    """

    hour: datetime
    location: str
    provider: str
    pollutant: Pollutant
    unit: Unit
    origin: Origin
    micros: Sequence[int]
    max_at: datetime


def aggregate_values(values: HourValues) -> HourlyAggregate:
    """Return the figures of *values*, the same in any order."""
    ordered = sorted(values.micros)
    return HourlyAggregate(
        hour=values.hour,
        location=values.location,
        provider=values.provider,
        pollutant=values.pollutant,
        unit=values.unit,
        origin=values.origin,
        n=len(ordered),
        mean_micros=mean_micros(sum(ordered), len(ordered)),
        min_micros=ordered[0],
        max_micros=ordered[-1],
        max_at=values.max_at,
        p50_micros=quantile_micros(ordered, MEDIAN),
        p95_micros=quantile_micros(ordered, P95),
    )


def aggregate_main(found: Iterable[HourValues]) -> list[HourlyAggregate]:
    """
    Return the aggregates of all hours and series, in order.

    Of an hour with values in several units, those in the unit of most count.
    """

    def key(values: HourValues) -> tuple[datetime, str, str, str]:
        return values.hour, values.location, values.provider, values.pollutant.value

    return [
        aggregate_values(_main(list(group)))
        for _, group in groupby(sorted(found, key=key), key=key)
    ]


def _main(alike: Sequence[HourValues]) -> HourValues:
    if len(alike) == 1:
        return alike[0]
    unit = main_unit(one.unit for one in alike for _ in one.micros)
    return next(one for one in alike if one.unit is unit)


def aggregate_hour(hour: datetime, rows: Sequence[Measurement]) -> HourlyAggregate:
    """
    Return the figures of the *rows* of one series within one hour.

    Recomputing from the same rows gives the same figures, in any order. Rows in
    another unit than most do not count.
    """
    unit = main_unit(row.unit for row in rows)
    rows = [row for row in rows if row.unit is unit]
    first = rows[0]
    largest = max(row.micros for row in rows)
    return aggregate_values(
        HourValues(
            hour=hour,
            location=first.location,
            provider=first.provider,
            pollutant=first.pollutant,
            unit=first.unit,
            origin=first.origin,
            micros=[row.micros for row in rows],
            max_at=min(row.valid_from for row in rows if row.micros == largest),
        )
    )


def aggregate_hours(rows: Iterable[Measurement]) -> list[HourlyAggregate]:
    """Return the aggregates of all hours and series found in *rows*, in order."""

    def key(row: Measurement) -> tuple[datetime, str, str, str]:
        return (
            floor_hour(row.valid_from),
            row.location,
            row.provider,
            row.pollutant.value,
        )

    return [
        aggregate_hour(hour, list(group))
        for (hour, _, _, _), group in groupby(sorted(rows, key=key), key=key)
    ]
