"""Rows a second of an import, beside what the database's own bulk upsert takes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from airq_cron.garbage import collecting_seldom
from airq_cron.ports import FileRow
from airq_cron.providers.airparif import COLUMNS, AirparifForm
from airq_cron.providers.csv_forms import ReadingsFile
from airq_cron.services.load_file import load_file
from airq_cron.services.seed import PARIS
from airq_cron.store.air_tables import dirty_hours, measurements, series
from airq_cron.store.store import SqlStore
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate, size
from tests.bench.tables import CLOCK, empty, timed, writing
from tests.databases import Database

ROWS = size("ROWS", 200_000)
LEAST = 0.4
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
KEY = ", ".join(column.name for column in measurements.primary_key)
FIGURES = [column.name for column in measurements.c if not column.primary_key]
NEWER = ", ".join(f"{name} = excluded.{name}" for name in FIGURES)
UPSERT = f"ON CONFLICT ({KEY}) DO UPDATE SET {NEWER}"
Row = Sequence[Any]


def write_file(path: Path) -> None:
    """Write an Airparif file of ROWS values."""
    hours = ROWS // len(COLUMNS)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"date;heure;{';'.join(COLUMNS)}\n;")
        file.write(";microg/m3" * len(COLUMNS) + "\n")
        for number in range(hours):
            at = FIRST + timedelta(hours=number)
            values = (f"{(number * 7 + one) % 900 / 10}" for one in range(len(COLUMNS)))
            file.write(f"{at:%d/%m/%Y};{at.hour + 1};{';'.join(values)}\n")


def load(store: SqlStore, rows: Iterable[FileRow]) -> int:
    """Import rows that have been read; return how many were stored."""
    report = load_file(
        store,
        rows,
        provider=AirparifForm.id,
        origin=AirparifForm.origin,
        location=PARIS.id,
        at=CLOCK.now(),
    )
    return report.written.stored


def load_path(store: SqlStore, path: Path) -> int:
    """Import the file as `airq import` does."""
    with ReadingsFile(path) as file:
        return load(store, file.rows())


def executemany(connection: Connection, rows: Sequence[Row]) -> None:
    """Upsert the rows by the driver of SQLite."""
    marks = ", ".join("?" for _ in measurements.c)
    statement = f"INSERT INTO measurements VALUES ({marks}) {UPSERT}"
    connection.exec_driver_sql(statement, [tuple(row) for row in rows])


def copy_in(connection: Connection, rows: Sequence[Row], table: str) -> None:
    """Copy the rows into a table of PostgreSQL."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def copy_and_upsert(connection: Connection, rows: Sequence[Row]) -> None:
    """Copy the rows into a table without a key, and upsert them from there."""
    connection.execute(
        text("CREATE TEMP TABLE staging (LIKE measurements) ON COMMIT DROP")
    )
    copy_in(connection, rows, "staging")
    connection.execute(text(f"INSERT INTO measurements SELECT * FROM staging {UPSERT}"))


Bulk = Callable[[Connection, Sequence[Row]], None]
BULK: dict[str, dict[str, Bulk]] = {
    "sqlite": {"peer": executemany},
    "postgresql": {
        "peer": copy_and_upsert,
        "plain_copy": partial(copy_in, table="measurements"),
    },
}


def bulk(store: SqlStore, rows: Sequence[Row], work: Bulk) -> int:
    """Store the rows in one transaction, with our collector; return how many."""
    with collecting_seldom(), writing(store) as connection:
        work(connection, rows)
    return len(rows)


def test_import(database: Database, tmp_path: Path) -> None:
    """Alternate our import and bulk upserts of what it stored."""
    store = database.open()
    store.write(lambda unit: unit.locations.add(PARIS))
    path = tmp_path / "airparif.csv"
    write_file(path)
    with ReadingsFile(path) as file:
        read = list(file.rows())
    load(store, read)
    with writing(store) as connection:
        found = connection.exec_driver_sql("SELECT * FROM measurements").all()
    ways: dict[str, Callable[[], int]] = {
        "ours": partial(load, store, read),
        "with_reading": partial(load_path, store, path),
        **{
            name: partial(bulk, store, found, work)
            for name, work in BULK[database.kind].items()
        },
    }
    pairs = alternate(
        {name: partial(_rate, store, way, len(found)) for name, way in ways.items()}, 7
    )
    ratio = spread([one["ours"] / one["peer"] for one in pairs])
    met = ratio["median"] >= LEAST
    write_result(
        f"import-{database.kind}",
        {
            "database": database.kind,
            "rows": len(found),
            "pairs": [
                {name: {"rows_per_s": rate} for name, rate in one.items()}
                for one in pairs
            ],
            "ratio": ratio,
            "bar": LEAST,
            "met": met,
        },
    )

    assert met, ratio


def _rate(store: SqlStore, work: Callable[[], int], rows: int) -> float:
    """Return the rows a second of *work* into empty tables."""
    empty(store, measurements, series, dirty_hours)
    seconds, stored = timed(work)
    assert rows == stored
    return round(rows / seconds)
