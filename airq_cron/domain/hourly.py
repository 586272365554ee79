"""The figures of one hour of one series."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from airq_cron.domain.measurement import Measurement, Origin
from airq_cron.domain.period import floor_hour
from airq_cron.domain.pollutant import Pollutant, Unit, main_unit, mean_micros


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


def aggregate_hour(hour: datetime, rows: Sequence[Measurement]) -> HourlyAggregate:
    """
    Return the figures of the *rows* of one series within one hour.

    Recomputing from the same rows gives the same figures, in any order. Rows in
    another unit than most do not count.
    """
    unit = main_unit(row.unit for row in rows)
    rows = [row for row in rows if row.unit is unit]
    first = rows[0]
    values = [row.micros for row in rows]
    largest = max(values)
    return HourlyAggregate(
        hour=hour,
        location=first.location,
        provider=first.provider,
        pollutant=first.pollutant,
        unit=first.unit,
        origin=first.origin,
        n=len(values),
        mean_micros=mean_micros(sum(values), len(values)),
        min_micros=min(values),
        max_micros=largest,
        max_at=min(row.valid_from for row in rows if row.micros == largest),
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
