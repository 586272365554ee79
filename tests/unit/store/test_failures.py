"""What passes by itself is told from what does not."""

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from airq_cron.store.failures import passes, reason


def sqlite_error(code: int) -> DBAPIError:
    """Return a failure of SQLite."""
    origin = sqlite3.OperationalError("it failed")
    origin.sqlite_errorcode = code
    return OperationalError("SELECT 1", {}, origin)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_LOCKED, True),
        (sqlite3.SQLITE_PROTOCOL, True),
        (sqlite3.SQLITE_ERROR, False),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, False),
        (sqlite3.SQLITE_FULL, False),
        (sqlite3.SQLITE_CORRUPT, False),
        (sqlite3.SQLITE_READONLY, False),
    ],
)
def test_a_busy_sqlite_passes(code: int, expected: bool) -> None:
    """A full disk or a damaged file does not."""
    assert expected == passes(sqlite_error(code))


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (errors.SerializationFailure, True),
        (errors.DeadlockDetected, True),
        (errors.LockNotAvailable, True),
        (errors.AdminShutdown, True),
        (errors.CannotConnectNow, True),
        (errors.ConnectionFailure, True),
        (errors.TooManyConnections, True),
        (errors.IdleInTransactionSessionTimeout, True),
        (errors.QueryCanceled, False),
        (errors.DiskFull, False),
        (errors.InvalidPassword, False),
        (errors.InvalidCatalogName, False),
        (psycopg.OperationalError, True),
    ],
)
def test_a_postgresql_that_is_away_passes(
    origin: type[psycopg.Error], expected: bool
) -> None:
    """So do a lock, a deadlock and a serialisation failure; a timeout does not."""
    error = OperationalError("SELECT 1", {}, origin("it failed"))

    assert expected == passes(error)


def test_a_wrong_statement_does_not_pass() -> None:
    """It would be wrong for a minute."""
    origin = errors.UndefinedTable("no such table")

    assert not passes(ProgrammingError("SELECT 1", {}, origin))


def test_a_line_that_was_lost_passes() -> None:
    """Whatever the driver says about it."""
    origin = psycopg.InterfaceError("the connection is closed")
    error = DBAPIError("SELECT 1", {}, origin, connection_invalidated=True)

    assert passes(error)


def test_the_reason_is_the_drivers_first_line() -> None:
    """Without statement, values and a link."""
    origin = psycopg.OperationalError("connection refused\n\tIs it running?")
    error = OperationalError("SELECT 'secret'", {"token": "secret"}, origin)

    assert "connection refused" == reason(error)
    silent = OperationalError("SELECT 1", {}, psycopg.OperationalError())
    assert "OperationalError" == reason(silent)
