"""
Stores on SQLite and on a private PostgreSQL, each test on a database of its own.

A conftest imports the fixtures it wants. The tables are made once for each kind of
database: SQLite's file is copied, PostgreSQL's tables are emptied, because a copy
takes it ten times as long.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import DateTime, Engine, Integer, Table, cast, update

from airq_cron.clock import Clock, SystemClock
from airq_cron.store.ledger_tables import attempts, jobs, runs
from airq_cron.store.store import SqlStore
from airq_cron.store.tables import metadata
from airq_cron.store.types import Instant
from tests.integration.postgres import PostgresServer, find_binaries

END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# One message, and so one transaction: some thirty make a test's setup twice as long.
EMPTY_ALL = "; ".join(
    f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)
).encode()
TRAIL_KEY = b"a key for tests, of sufficient length"
MICROSECOND = timedelta(microseconds=1)


def engines_of(store: SqlStore) -> set[Engine]:
    """Return what the store works with: on SQLite reading has its own."""
    return {store._current(), store._reading()}


@dataclass
class Database:
    """
    One database with the store's tables, empty.

    Attributes:
        kind: `sqlite` or `postgresql`.
    """

    kind: str
    url: str
    _stores: list[SqlStore] = field(default_factory=list)

    def open(self, clock: Clock | None = None, **options: Any) -> SqlStore:
        """Return a further store on this database, closed when the test ends."""
        settings: dict[str, Any] = {
            "patience_s": 10.0,
            "lock_wait_s": 0.2,
            "trail_key": lambda: TRAIL_KEY,
        }
        opened = SqlStore(self.url, clock or SystemClock(), **settings | options)
        self._stores.append(opened)
        return opened

    def pass_time(self, step: timedelta) -> None:
        """Let *step* pass for the ledger: all its instants lie further back."""
        with self._stores[0]._engine.connect() as connection:
            connection.execution_options(writing=True)
            with connection.begin():
                for table in (jobs, runs, attempts):
                    earlier = {
                        column.name: self._shifted(column, step)
                        for column in table.c
                        if isinstance(column.type, Instant)
                        and column.name != "scheduled_for"
                    }
                    connection.execute(update(table).values(earlier))

    def _shifted(self, column: Any, step: timedelta) -> Any:
        if self.kind == "postgresql":
            return cast(column, DateTime(timezone=True)) - step
        return cast(column, Integer) - step // MICROSECOND

    def count(self, table: Table) -> int:
        """Return the number of rows of *table*."""
        with self._stores[0]._engine.connect() as connection:
            return len(connection.execute(table.select()).all())

    def close(self) -> None:
        """Close every store."""
        for opened in self._stores:
            opened.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run one private PostgreSQL for the session."""
    server = start_postgres()
    yield server
    server.stop()


def start_postgres() -> PostgresServer:
    """Start a private PostgreSQL; skip the test where there are no binaries."""
    binaries = find_binaries()
    if binaries is None:
        sentence = "the server binaries of PostgreSQL are not on this machine"
        if os.environ.get("CI") == "true":  # noqa: TID251
            pytest.fail(sentence)
        pytest.skip(sentence)
    return PostgresServer(binaries)


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: PostgresServer) -> str:
    """Give the address of a PostgreSQL database that holds the tables."""
    url = postgres_server.create("airq")
    store = SqlStore(url, SystemClock())
    store.migrate()
    store.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file that holds the tables."""
    path = tmp_path_factory.mktemp("template") / "airq.db"
    store = SqlStore(f"sqlite:///{path}", SystemClock())
    store.migrate()
    store.dispose()
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """Give an empty SQLite database."""
    path = tmp_path / "airq.db"
    shutil.copy(sqlite_template, path)
    database = Database("sqlite", f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres_tables: str) -> Iterator[Database]:
    """Give an empty PostgreSQL database."""
    with psycopg.connect(postgres_tables, autocommit=True) as connection:
        connection.execute(END_OTHERS)
        connection.execute(EMPTY_ALL)
    database = Database("postgresql", postgres_tables)
    yield database
    database.close()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def database(request: pytest.FixtureRequest) -> Database:
    """Give an empty database, once of each kind."""
    kind = "postgres" if request.param == "postgresql" else "sqlite"
    found: Database = request.getfixturevalue(f"{kind}_database")
    return found


@pytest.fixture
def store(database: Database) -> SqlStore:
    """Give a store on an empty database, once of each kind."""
    return database.open()
