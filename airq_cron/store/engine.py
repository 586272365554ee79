"""Engines: how connections to SQLite and PostgreSQL are made and kept."""

import json
import random
import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError

from airq_cron.clock import Clock
from airq_cron.errors import ConfigError

SETTING = "AIRQ_DATABASE_URL"
IDLE_S = 1.0
SHORTEST_TURN_S = 0.0005
LONGEST_TURN_S = 0.004
SHORTEST_CONNECT_S, LONGEST_CONNECT_S = 2.0, 5.0
SQLITE_SETTINGS = ("journal_mode", "synchronous", "foreign_keys")
LARGEST_WAL = 32 * 1024 * 1024
# Python keeps 128 for a connection; ours of all repositories together are more.
PREPARED_STATEMENTS = 512
# What we remember of a connection: whether it may write now.
MAY_WRITE = "may_write"

# A beat or worker that is stopped or cut off inside a transaction loses its locks.
POSTGRESQL_OPTIONS = {
    "timezone": "UTC",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "5s",
    # An hour of many places is sorted and grouped in memory, not on disk; compiling
    # the query would take a tenth of its time, every time.
    "work_mem": "32MB",
    "jit": "off",
}
POSTGRESQL_CONNECT = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "airq-cron",
}

dump_document = partial(json.dumps, separators=(",", ":"), allow_nan=False)


def parse_url(text: str) -> URL:
    """
    Return the address in the form the drivers want.

    Args:
        text: `sqlite:///path`, `postgresql://...` or `postgres://...`.

    Raises:
        ConfigError: it is neither, or SQLite without a file.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise ConfigError(SETTING, "is not the address of a database") from error
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ConfigError(SETTING, "needs a file, as in sqlite:///var/airq.db")
        return url.set(drivername="sqlite+pysqlite")
    if kind in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    raise ConfigError(SETTING, "must begin with sqlite:// or postgresql://")


def shown(url: URL) -> str:
    """Return the address without its password."""
    kind = url.drivername.partition("+")[0]
    hidden = {
        name: "***" for name in url.query if "password" in name or name == "sslkey"
    }
    safe = url.set(drivername=kind).update_query_dict(hidden)
    return safe.render_as_string(hide_password=True)


def make_engine(
    url: URL,
    clock: Clock,
    *,
    lock_wait_s: float,
    connect_wait_s: float = LONGEST_CONNECT_S,
    migrating: bool = False,
) -> Engine:
    """
    Return an engine; nothing is connected yet.

    A connection whose execution option `writing` is set begins its transactions
    as a writer; all others cannot write.

    Args:
        lock_wait_s: how long a statement waits for another transaction's lock.
        connect_wait_s: how long a server may take to let us in, 2 to 5; libpq
            waits no shorter.
        migrating: no statement is timed, SQLite does not watch foreign keys
            (a table that is rebuilt loses its rows' references for a moment),
            and connections are not kept.
    """
    arguments: dict[str, Any] = {
        "hide_parameters": True,
        "json_serializer": dump_document,
    }
    if migrating:
        arguments["poolclass"] = NullPool
    else:
        arguments |= {"pool_size": 5, "max_overflow": 10, "pool_timeout": 10}
    if url.drivername.startswith("sqlite"):
        kept = {"cached_statements": PREPARED_STATEMENTS}
        engine = create_engine(url, connect_args=kept, **arguments)
        _prepare_sqlite(engine, lock_wait_s, foreign_keys=not migrating)
        _begin_sqlite(engine, clock, lock_wait_s)
        return engine
    options = dict(POSTGRESQL_OPTIONS, lock_timeout=f"{round(lock_wait_s * 1000)}ms")
    if migrating:
        options = {"timezone": "UTC"}
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        connect_args=_postgresql_arguments(url, options, connect_wait_s),
        **arguments,
    )
    if not migrating:
        _bound_waits(engine)
        _check_idle(engine, clock)
    return engine


def _postgresql_arguments(
    url: URL, options: Mapping[str, str], connect_wait_s: float
) -> dict[str, Any]:
    ours = " ".join(f"-c {name}={value}" for name, value in options.items())
    theirs = url.query.get("options", "")
    wait_s = round(min(max(connect_wait_s, SHORTEST_CONNECT_S), LONGEST_CONNECT_S))
    arguments = {
        name: value
        for name, value in (POSTGRESQL_CONNECT | {"connect_timeout": wait_s}).items()
        if name not in url.query
    }
    return {**arguments, "options": f"{ours} {theirs}".strip()}


def read_settings(connection: Connection) -> dict[str, str]:
    """Return what is in force of the settings that are not optional."""
    if connection.dialect.name == "postgresql":
        ask, names = "SHOW", ("lock_timeout", *POSTGRESQL_OPTIONS)
    else:
        ask, names = "PRAGMA", SQLITE_SETTINGS
    found = ((name, connection.exec_driver_sql(f"{ask} {name}")) for name in names)
    return {name: str(answer.scalar_one()) for name, answer in found}


def _prepare_sqlite(engine: Engine, lock_wait_s: float, *, foreign_keys: bool) -> None:
    pragmas = (
        f"busy_timeout = {round(lock_wait_s * 1000)}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        # What a burst of writes has blown up is given back when it is over.
        f"journal_size_limit = {LARGEST_WAL}",
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    )

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: object) -> None:
        del record
        # The driver's own BEGIN comes too late and never asks for the write lock.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(engine: Engine, clock: Clock, lock_wait_s: float) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        is_writing = connection.get_execution_options().get("writing", False)
        _let_write(connection, driver, allowed=is_writing)
        if not is_writing:
            connection.exec_driver_sql("BEGIN")
            return
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            if not _take_turn(driver, clock, lock_wait_s):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            driver.execute(f"PRAGMA busy_timeout = {round(lock_wait_s * 1000)}")


def _let_write(connection: Connection, driver: Any, *, allowed: bool) -> None:
    """
    Forbid a connection to write, or allow it, unless that holds already.

    To say so makes SQLite forget every statement that it has prepared, and to prepare
    them takes up to ten times as long as to run them.
    """
    known = connection.connection.info
    if known.get(MAY_WRITE) is not allowed:
        driver.execute(f"PRAGMA query_only = {'OFF' if allowed else 'ON'}")
        known[MAY_WRITE] = allowed


def _take_turn(driver: Any, clock: Clock, lock_wait_s: float) -> bool:
    """
    Begin as the writer as soon as nobody else writes; say whether it worked.

    SQLite's own waiting sleeps up to 0.1 s between its tries, while a write here
    takes a millisecond: of four writers that pressed, some waited for two seconds
    with it, and none above 0.4 s without (measured).
    """
    deadline = clock.monotonic() + lock_wait_s
    while clock.monotonic() < deadline:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            clock.wait(random.uniform(SHORTEST_TURN_S, LONGEST_TURN_S))
        else:
            return True
    return False


def _bound_waits(engine: Engine) -> None:
    # Nobody needs psycopg, and its 8 MB, who keeps to SQLite.
    from airq_cron.store.bounded import BoundedConnection  # noqa: PLC0415

    @event.listens_for(engine, "do_connect")
    def connect(*about: Any) -> BoundedConnection:
        _, _, arguments, named = about
        return BoundedConnection.connect(*arguments, **named)


def _check_idle(engine: Engine, clock: Clock) -> None:
    """Ask a connection that has rested whether it is alive, before it is used."""

    @event.listens_for(engine, "checkin")
    def checkin(connection: Any, record: Any) -> None:
        del connection
        record.info["rested_since"] = clock.monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: Any, proxy: object) -> None:
        del proxy
        since = record.info.get("rested_since")
        if since is None or clock.monotonic() - since < IDLE_S:
            return
        dialect = engine.dialect
        assert dialect.loaded_dbapi is not None
        try:
            with connection.pinging():
                dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
