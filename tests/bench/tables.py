"""Tables under the hands of a bench: filled by statements, emptied, and timed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete, func, insert, literal, select, text

from airq_cron.clock import SystemClock
from airq_cron.domain.measurement import Location, Origin
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.store.air_tables import hours, locations, measurements, series
from airq_cron.store.store import SqlStore
from airq_cron.store.types import MICROSECOND, Instant, to_epoch_micros

T = TypeVar("T")
CLOCK = SystemClock()
NO_BOUND_S = 3600.0
PROVIDER = "open-meteo"
# The n-th instant of a row, from its number of microseconds.
INSTANT = {
    "sqlite": "{}",
    "postgresql": "timestamptz 'epoch' + ({}) * interval '1 microsecond'",
}
FILL = """
    INSERT INTO measurements
    WITH RECURSIVE at(n) AS (
        SELECT 0 UNION ALL SELECT n + 1 FROM at WHERE n + 1 < :count
    )
    SELECT {instant}, place.id, '{provider}', kind.column1,
        (at.n * 7919 + place.n * 104729 + kind.column2 * 15485) % 40000000 + 1000000,
        '{unit}', '{origin}', 0, {fetched}, 0
    FROM at
    CROSS JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM locations) place
    CROSS JOIN (VALUES {pollutants}) kind
    ORDER BY 1, 2, 3, 4
"""


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds that *work* took, and what it gave."""
    began_s = CLOCK.monotonic()
    found = work()
    return CLOCK.monotonic() - began_s, found


@contextmanager
def writing(store: SqlStore) -> Iterator[Connection]:
    """Open a transaction that may take as long as it likes."""
    with store._current().connect() as connection:
        connection.execution_options(writing=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                # ANALYZE waits for an autovacuum of the same table.
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                driver: Any = connection.connection.driver_connection
                driver.longest_wait_s = NO_BOUND_S
            yield connection


def empty(store: SqlStore, *tables: Table) -> None:
    """Remove all rows of *tables*."""
    with writing(store) as connection:
        for table in tables:
            is_server = connection.dialect.name == "postgresql"
            verb = "TRUNCATE" if is_server else "DELETE FROM"
            connection.execute(text(f"{verb} {table.name}"))


def analyse(store: SqlStore) -> None:
    """Let PostgreSQL know what it holds, as it does by itself after a while."""
    with writing(store) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


def add_places(store: SqlStore, count: int) -> None:
    """Let there be *count* places in the zone UTC, and no others."""
    with writing(store) as connection:
        connection.execute(
            delete(locations).where(locations.c.id >= f"place-{count:05}")
        )
        known = connection.execute(
            select(func.count()).select_from(locations)
        ).scalar_one()
        rows = [
            {
                "id": f"place-{number:05}",
                "name": f"Place {number}",
                "lat": format(Decimal(number % 140 - 70), "f"),
                "lon": format(Decimal(number % 300 - 150), "f"),
                "zone": "UTC",
                "providers": [PROVIDER],
                "enabled": True,
            }
            for number in range(known, count)
        ]
        if rows:
            connection.execute(insert(locations), rows)


def fill(store: SqlStore, since: datetime, step: timedelta, count: int) -> None:
    """Store *count* instants from *since* on, of every place and pollutant."""
    with writing(store) as connection:
        instant = INSTANT[connection.dialect.name]
        statement = FILL.format(
            instant=instant.format(
                "CAST(:since AS BIGINT) + at.n * CAST(:step AS BIGINT)"
            ),
            fetched=instant.format("CAST(:since AS BIGINT)"),
            provider=PROVIDER,
            unit=Unit.UG_M3,
            origin=Origin.MODELLED,
            pollutants=", ".join(
                f"('{name}', {number})" for number, name in enumerate(sorted(Pollutant))
            ),
        )
        parameters = {
            "since": to_epoch_micros(since),
            "step": step // MICROSECOND,
            "count": count,
        }
        connection.execute(text(statement), parameters)


def fill_hours(store: SqlStore, since: datetime, until: datetime) -> None:
    """Aggregate stored hours of one value each, as the product would have done."""
    one = measurements.c
    with writing(store) as connection:
        connection.execute(
            insert(hours).from_select(
                [column.name for column in hours.c],
                select(
                    *(one.valid_from, one.location, one.provider, one.pollutant),
                    *(one.unit, one.origin, literal(1)),
                    *(one.micros, one.micros, one.micros, one.valid_from),
                    *(one.fetched_at, one.micros, one.micros),
                )
                .where(one.valid_from >= since, one.valid_from < until)
                .order_by(*measurements.primary_key),
            )
        )


def fill_series(store: SqlStore, first: datetime, last: datetime) -> None:
    """Say of every place and pollutant when it begins and ends."""
    names = [column.name for column in series.c]
    unit, origin = literal(Unit.UG_M3.value), literal(Origin.MODELLED.value)
    span = [literal(at, Instant()) for at in (first, last)]
    empty(store, series)
    with writing(store) as connection:
        for pollutant in sorted(Pollutant):
            key = (locations.c.id, literal(PROVIDER), literal(pollutant.value))
            rows = select(*key, unit, origin, *span)
            connection.execute(insert(series).from_select(names, rows))


def places_of(store: SqlStore) -> list[Location]:
    """Return every place."""
    with store.read() as unit:
        return unit.locations.all()
