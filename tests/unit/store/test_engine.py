"""Addresses are understood, refused, and shown without their passwords."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, text

from airq_cron.clock import SystemClock
from airq_cron.errors import ConfigError
from airq_cron.store.bounded import BoundedConnection
from airq_cron.store.engine import (
    LARGEST_WAL,
    dump_document,
    make_engine,
    parse_url,
    shown,
)


@pytest.mark.parametrize(
    ("text", "driver", "database"),
    [
        ("sqlite:///var/airq.db", "sqlite+pysqlite", "var/airq.db"),
        ("sqlite:////srv/a b.db", "sqlite+pysqlite", "/srv/a b.db"),
        ("postgresql://me@host/airq", "postgresql+psycopg", "airq"),
        ("postgres://me@host/airq", "postgresql+psycopg", "airq"),
        ("postgresql+psycopg2://me@host/airq", "postgresql+psycopg", "airq"),
    ],
)
def test_an_address_gets_the_driver_that_is_here(
    text: str, driver: str, database: str
) -> None:
    """Both spellings of PostgreSQL's scheme are in use."""
    url = parse_url(text)

    assert (driver, database) == (url.drivername, url.database)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "airq.db",
        "mysql://host/airq",
        "redis://host/0",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://host:port/airq",
    ],
)
def test_another_address_is_refused(text: str) -> None:
    """The message names the setting."""
    with pytest.raises(ConfigError, match="AIRQ_DATABASE_URL"):
        parse_url(text)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("sqlite:////srv/airq.db", "sqlite:////srv/airq.db"),
        ("sqlite:///var/airq.db", "sqlite:///var/airq.db"),
        ("postgres://me:s3cret@host:5/airq", "postgresql://me:***@host:5/airq"),
        ("postgresql://me@host/airq", "postgresql://me@host/airq"),
        (
            "postgresql://host/airq?password=s3cret&sslmode=require",
            "postgresql://host/airq?password=***&sslmode=require",
        ),
        (
            "postgresql://host/airq?sslpassword=s3cret",
            "postgresql://host/airq?sslpassword=***",
        ),
    ],
)
def test_no_password_is_shown(text: str, safe: str) -> None:
    """In the address or among its options; the rest stays readable."""
    assert safe == shown(parse_url(text)).replace("%2A", "*")


def test_what_a_person_sets_in_the_address_holds() -> None:
    """Our options come first, so that theirs win."""
    url = parse_url(
        "postgresql://host/airq?connect_timeout=30&options=-c%20lock_timeout%3D9s"
    )
    engine = make_engine(url, SystemClock(), lock_wait_s=2)
    _, arguments = engine.dialect.create_connect_args(url)

    assert "30" == arguments["connect_timeout"]
    assert "-c lock_timeout=9s" == arguments["options"]


@pytest.mark.parametrize(("wait_s", "given"), [(0.2, 2), (1.2, 2), (3, 3), (60, 5)])
def test_a_silent_server_is_waited_for_as_long_as_the_caller_can(
    wait_s: float, given: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2 s at least, because libpq knows no less, and 5 at most."""
    engine = make_engine(
        parse_url("postgresql://host/airq"),
        SystemClock(),
        lock_wait_s=1,
        connect_wait_s=wait_s,
    )
    seen: dict[str, Any] = {}

    def refuse(**options: Any) -> None:
        seen.update(options)
        raise ConnectionRefusedError

    monkeypatch.setattr(BoundedConnection, "connect", refuse)
    with pytest.raises(ConnectionRefusedError):
        engine.connect()
    assert given == seen["connect_timeout"]


def test_a_migration_keeps_no_lines() -> None:
    """Its settings are not those of the others."""
    url = parse_url("sqlite:///airq.db")
    engine = make_engine(url, SystemClock(), lock_wait_s=2, migrating=True)

    assert isinstance(engine.pool, NullPool)


def test_documents_are_compact_and_strict() -> None:
    """What one database would take and the other refuse is refused at once."""
    assert '{"a":[1,null]}' == dump_document({"a": [1, None]})
    with pytest.raises(ValueError, match="JSON"):
        dump_document({"a": float("nan")})


def test_a_burst_of_writes_leaves_no_long_journal(tmp_path: Path) -> None:
    """What grew while a reader held it is cut when the journal begins anew."""
    path = tmp_path / "airq.db"
    url = parse_url(f"sqlite:///{path}")
    engine = make_engine(url, SystemClock(), lock_wait_s=1.0)
    writer = engine.connect().execution_options(writing=True)
    fill = text("INSERT INTO things VALUES (zeroblob(:size))")
    with writer.begin():
        writer.execute(text("CREATE TABLE things (body BLOB)"))
    with engine.connect() as reader, reader.begin():
        reader.execute(text("SELECT count(*) FROM things"))
        with writer.begin():
            writer.execute(fill, {"size": LARGEST_WAL})
        with writer.begin():
            writer.execute(fill, {"size": LARGEST_WAL})
    journal = path.with_name("airq.db-wal")
    grown = journal.stat().st_size
    for _ in range(3):
        with writer.begin():
            writer.execute(fill, {"size": 1})

    assert grown > 2 * LARGEST_WAL
    assert LARGEST_WAL >= journal.stat().st_size

    writer.close()
    engine.dispose()
