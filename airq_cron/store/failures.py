"""Which failures of a database pass by themselves."""

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

SQLITE_PASSING = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
)
PASSING = frozenset(
    {
        "25P03",  # idle in transaction for too long
        "53300",  # too many connections
        "55P03",  # lock not available in time
        "57P01",  # the server shuts down
        "57P02",  # the server crashed
        "57P03",  # the server is starting
        "57P05",  # idle session timeout
    }
)
PASSING_CLASSES = frozenset({"08", "40"})  # connection, transaction rollback


def passes(error: DBAPIError) -> bool:
    """
    Say whether the same transaction may succeed a little later.

    True for a busy or locked database, a lost or refused connection, a
    serialisation failure and a deadlock.
    """
    if error.connection_invalidated:
        return True
    origin = error.orig
    if isinstance(origin, sqlite3.Error):
        code: int = getattr(origin, "sqlite_errorcode", 0)
        return (code & 0xFF) in SQLITE_PASSING
    state: str | None = getattr(origin, "sqlstate", None)
    if state is None:
        return isinstance(error, (OperationalError, InterfaceError))
    return state in PASSING or state[:2] in PASSING_CLASSES


def reason(error: DBAPIError) -> str:
    """Return the driver's own sentence, without the statement and its values."""
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__
