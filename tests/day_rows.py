"""Daily statistics, each with only what a test says of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from airq_cron.domain.daily import DailyStatistic, DayStatus
from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import MICRO, Pollutant, Unit

DAY = date(2026, 2, 10)
NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)


def micros(value: str | Decimal) -> int:
    """Return a concentration in millionths."""
    return int(Decimal(value) * MICRO)


def statistic(
    mean: str | Decimal = "10",
    *,
    largest: str | Decimal | None = None,
    valid: int = 24,
    **more: Any,
) -> DailyStatistic:
    """Return a day of fine dust in Paris whose hours had this mean."""
    made = DailyStatistic(
        location="paris",
        provider="airparif",
        pollutant=Pollutant.PM2_5,
        day=DAY,
        zone="Europe/Paris",
        unit=Unit.UG_M3,
        origin=Origin.MEASURED,
        hours_valid=valid,
        hours_expected=24,
        sum_micros=micros(mean) * valid,
        min_micros=micros(mean) if valid else None,
        max_micros=micros(largest or mean) if valid else None,
        max_hour=NOON if valid else None,
        status=DayStatus.FINAL if valid >= 18 else DayStatus.INSUFFICIENT,
    )
    return replace(made, **more)


def gas(pollutant: Pollutant, mean: str = "10", **more: Any) -> DailyStatistic:
    """Return a day of a gas; its largest 8 hours are named by `eu` and `us`."""
    eight: dict[str, Any] = {
        f"mda8_{name}_micros": micros(more.pop(name))
        for name in ("eu", "us")
        if name in more
    }
    return statistic(mean, pollutant=pollutant, **eight, **more)


def categories(found: Sequence[Any]) -> list[str]:
    """Return the standards of some comparisons, in order."""
    return [f"{one.limit.standard} {one.limit.averaging}" for one in found]
