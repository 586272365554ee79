"""Facts about the air of Paris that these tests put into the store."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from airq_cron.domain.daily import DailyStatistic, DayStatus
from airq_cron.domain.hourly import aggregate_hours
from airq_cron.domain.measurement import Measurement, Origin, Quality
from airq_cron.domain.pollutant import Pollutant, Unit, to_micros
from airq_cron.system import System
from tests.unit.api.caller import Caller

PARIS = "/air/locations/paris"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MODELLED = ("open-meteo", Origin.MODELLED)
MEASURED = ("airparif", Origin.MEASURED)


def measure(
    system: System,
    hours: Iterable[datetime],
    *,
    source: tuple[str, Origin] = MODELLED,
    pollutant: Pollutant = Pollutant.PM2_5,
    value: str = "9.1",
    quality: Quality = Quality.NONE,
) -> None:
    """Store one value for each of the hours, and its hourly aggregate."""
    rows = [
        Measurement(
            provider=source[0],
            location="paris",
            pollutant=pollutant,
            valid_from=hour,
            micros=to_micros(Decimal(value))[0],
            unit=Unit.UG_M3,
            origin=source[1],
            fetched_at=system.clock.now(),
            quality=quality,
        )
        for hour in hours
    ]
    system.store.write(lambda unit: unit.measurements.upsert(rows))
    system.store.write(lambda unit: unit.aggregates.put_hours(aggregate_hours(rows)))


def prefer_measured(operator: Caller) -> None:
    """Let Paris prefer the measured provider."""
    answer = operator.ask(
        "PATCH", PARIS, json={"providers": ["airparif", "open-meteo"]}
    )
    assert 200 == answer.status_code


def day_of(
    day: date,
    *,
    source: tuple[str, Origin] = MEASURED,
    pollutant: Pollutant = Pollutant.PM2_5,
    valid: int = 24,
    expected: int = 24,
    status: DayStatus = DayStatus.FINAL,
) -> DailyStatistic:
    """Return a statistic whose every hour was 7.2."""
    micros = 7_200_000 if valid else None
    return DailyStatistic(
        location="paris",
        provider=source[0],
        pollutant=pollutant,
        day=day,
        zone="Europe/Paris",
        unit=Unit.UG_M3,
        origin=source[1],
        hours_valid=valid,
        hours_expected=expected,
        sum_micros=7_200_000 * valid,
        min_micros=micros,
        max_micros=micros,
        max_hour=NOON if valid else None,
        status=status,
        median_micros=micros,
        p95_micros=micros,
    )


def put_days(system: System, *rows: DailyStatistic) -> None:
    """Store the statistics."""
    system.store.write(lambda unit: unit.aggregates.put_days(rows))
