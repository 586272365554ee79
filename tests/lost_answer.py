"""A database that does, and does not say so."""

import sqlite3
from typing import Any

import psycopg

from airq_cron.store.store import SqlStore


class LostAnswer:
    """
    Loses the answer to commits.

    Attributes:
        losses: how many answers are still to be lost.
        before: whether the commit itself is lost too.
    """

    def __init__(
        self, store: SqlStore, *, losses: int = 1, before: bool = False
    ) -> None:
        """Stand between the store and its driver."""
        self.losses = losses
        self.before = before
        dialect: Any = store._engine.dialect
        self._commit = dialect.do_commit
        self._failure: Exception = psycopg.OperationalError("server closed")
        if dialect.name == "sqlite":
            self._failure = sqlite3.OperationalError("database is locked")
            self._failure.sqlite_errorcode = sqlite3.SQLITE_BUSY
        dialect.do_commit = self

    def __call__(self, connection: Any) -> None:
        """Commit, and say that it failed."""
        if not self.losses:
            self._commit(connection)
            return
        self.losses -= 1
        if not self.before:
            self._commit(connection)
        raise self._failure
