"""Places and concentrations to store, each with only what a test says of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table

from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.measurement import Location, Measurement, Origin
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.pollutant import Unit as Scale
from airq_cron.ports import DirtyHour, Unit, UpsertCount
from airq_cron.store.store import SqlStore

DAWN = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def place(location_id: str = "paris", **more: Any) -> Location:
    """Return a place in the zone of Paris."""
    values: dict[str, Any] = {
        "name": "Paris",
        "lat": Decimal("48.8566"),
        "lon": Decimal("2.3522"),
        "zone": "Europe/Paris",
        "providers": ("airparif",),
    }
    return Location(id=location_id, **values | more)


def add_place(store: SqlStore, *ids: str) -> None:
    """Add a place of each id, or Paris."""

    def add(unit: Unit) -> None:
        for location_id in ids or ("paris",):
            unit.locations.add(place(location_id))

    store.write(add)


def row(
    hour: float = 0, micros: int = 9_100_000, *, learnt: float = 0, **more: Any
) -> Measurement:
    """Return fine dust some hours after dawn, learnt some minutes after it."""
    values: dict[str, Any] = {
        "provider": "airparif",
        "location": "paris",
        "pollutant": Pollutant.PM2_5,
        "unit": Scale.UG_M3,
        "origin": Origin.MEASURED,
    }
    return Measurement(
        valid_from=DAWN + hour * HOUR,
        micros=micros,
        fetched_at=DAWN + learnt * MINUTE,
        **values | more,
    )


def figures(hour: int = 0, mean: int = 9_100_000, **more: Any) -> HourlyAggregate:
    """Return the figures of fine dust some hours after dawn."""
    made = HourlyAggregate(
        hour=DAWN + hour * HOUR,
        location="paris",
        provider="airparif",
        pollutant=Pollutant.PM2_5,
        unit=Scale.UG_M3,
        origin=Origin.MEASURED,
        n=1,
        mean_micros=mean,
        min_micros=mean,
        max_micros=mean,
        max_at=DAWN + hour * HOUR,
        p50_micros=mean,
        p95_micros=mean,
    )
    return replace(made, **more)


def upsert(store: SqlStore, *rows: Measurement) -> UpsertCount:
    """Store rows and return what became of them."""
    return store.write(lambda unit: unit.measurements.upsert(rows))


def stored(
    store: SqlStore, location: str = "paris", provider: str = "airparif"
) -> list[Measurement]:
    """Return what is stored of the month after dawn and the day before it."""
    with store.read() as unit:
        return unit.measurements.hours(
            location, provider, DAWN - 24 * HOUR, DAWN + 720 * HOUR
        )


def take_dirty(store: SqlStore, limit: int = 1000, **more: Any) -> list[DirtyHour]:
    """Take dirty hours."""
    return store.write(lambda unit: unit.aggregates.take_dirty_hours(limit, **more))


def dirty(*hours: int, location: str = "paris") -> list[DirtyHour]:
    """Return the marks of some hours after dawn."""
    return [DirtyHour(DAWN + hour * HOUR, location, "airparif") for hour in hours]


def read_column(store: SqlStore, table: Table, name: str) -> Sequence[Any]:
    """Return one column of a whole table in the order of its key."""
    query = table.select().order_by(*table.primary_key).with_only_columns(table.c[name])
    with store._engine.connect() as connection:
        return connection.execute(query).scalars().all()
