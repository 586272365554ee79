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


def aggregate_hour(hour: datetime, rows: Sequence[Measurement]) -> HourlyAggregate:
    """
    Return the figures of the *rows* of one series within one hour.

    Recomputing from the same rows gives the same figures, in any order. Rows in
    another unit than most do not count.
    """
    unit = main_unit(row.unit for row in rows)
    rows = [row for row in rows if row.unit is unit]
    first = rows[0]
    values = sorted(row.micros for row in rows)
    largest = values[-1]
    return HourlyAggregate(
        hour=hour,
        location=first.location,
        provider=first.provider,
        pollutant=first.pollutant,
        unit=first.unit,
        origin=first.origin,
        n=len(values),
        mean_micros=mean_micros(sum(values), len(values)),
        min_micros=values[0],
        max_micros=largest,
        max_at=min(row.valid_from for row in rows if row.micros == largest),
        p50_micros=quantile_micros(values, MEDIAN),
        p95_micros=quantile_micros(values, P95),
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
