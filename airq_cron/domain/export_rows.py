"""What the columns of exported figures are."""

from typing import Any

from airq_cron.domain.daily import DailyStatistic
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.measurement import Measurement
from airq_cron.domain.pollutant import display, from_micros
from airq_cron.domain.rating import AMERICAN, EUROPEAN, Ratings, rate_day, rate_hour
from airq_cron.domain.run import instant_text

Cells = tuple[Any, ...]

SERIES = (
    "valid_from",
    "pollutant",
    "value",
    "unit",
    "provider",
    "origin",
    "quality",
    "fetched_at",
)
HOURLY = (
    "hour",
    "pollutant",
    "mean",
    "min",
    "max",
    "max_at",
    "p50",
    "p95",
    "n",
    "expected",
    "coverage",
    "eaqi_2024",
    "unit",
    "provider",
    "origin",
)
DAILY = (
    "date",
    "zone",
    "status",
    "pollutant",
    "mean",
    "min",
    "max",
    "max_hour",
    "median",
    "p95",
    "max_8h_eu",
    "max_8h_us",
    "hours_valid",
    "hours_expected",
    "coverage",
    "us_epa_2024",
    "unit",
    "provider",
    "origin",
    "revision",
)


def series_row(row: Measurement) -> Cells:
    """Return a measurement by the columns `SERIES`."""
    flags = " ".join(flag.name.lower() for flag in row.quality if flag.name)
    return (
        instant_text(row.valid_from), row.pollutant.value, _shown(row.micros),
        row.unit.value, row.provider, row.origin.value, flags or None,
        instant_text(row.fetched_at),
    )  # fmt: skip


def hourly_row(row: HourlyAggregate) -> Cells:
    """Return an hour by the columns `HOURLY`."""
    return (
        instant_text(row.hour), row.pollutant.value, _shown(row.mean_micros),
        _shown(row.min_micros), _shown(row.max_micros), instant_text(row.max_at),
        _shown(row.p50_micros), _shown(row.p95_micros), row.n, row.expected,
        round(row.coverage, 4), _index(rate_hour(row), EUROPEAN), row.unit.value,
        row.provider, row.origin.value,
    )  # fmt: skip


def daily_row(row: DailyStatistic) -> Cells:
    """Return a day by the columns `DAILY`; what too few hours allow is empty."""
    return (
        row.day.isoformat(), row.zone, row.status.value, row.pollutant.value,
        None if row.mean is None else float(display(row.mean)),
        _shown(row.min_micros), _shown(row.max_micros),
        row.max_hour and instant_text(row.max_hour), _shown(row.median_micros),
        _shown(row.p95_micros), _shown(row.mda8_eu_micros),
        _shown(row.mda8_us_micros), row.hours_valid, row.hours_expected,
        round(row.coverage, 4), _index(rate_day(row), AMERICAN), row.unit.value,
        row.provider, row.origin.value, row.revision,
    )  # fmt: skip


def _index(ratings: Ratings, scheme: str) -> int | None:
    return ratings[scheme].index.index if scheme in ratings else None


def _shown(micros: int | None) -> float | None:
    return None if micros is None else float(display(from_micros(micros)))
