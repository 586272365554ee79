"""Connections to PostgreSQL that are given up when the server says nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

# The server ends a statement after ten seconds; who has not said so by now is frozen.
LONGEST_ANSWER_S = 12.0
# Whoever does nothing else answers this at once.
LONGEST_PING_S = 1.0
Found = TypeVar("Found")


class BoundedConnection(psycopg.Connection[Any]):
    """
    A connection with a bound for each wait.

    For a server that is stopped, or whose disk hangs, its kernel goes on answering:
    neither keepalives nor `statement_timeout` end the wait for it.

    Attributes:
        longest_wait_s: afterwards it is closed, and OperationalError raised.
    """

    longest_wait_s = LONGEST_ANSWER_S

    def wait(
        self, gen: PQGen[Found], interval: float = 0.1, timeout: float | None = None
    ) -> Found:
        """Wait for what was asked of the server, but not for ever."""
        try:
            return super().wait(gen, interval, timeout or self.longest_wait_s)
        except psycopg.OperationalError as error:
            if self.pgconn.transaction_status != psycopg.pq.TransactionStatus.ACTIVE:
                raise
            # Nobody knows what comes back on it, and when.
            self.pgconn.finish()
            said = f"the server has said nothing for {self.longest_wait_s:g} s"
            raise psycopg.OperationalError(said) from error

    @contextmanager
    def pinging(self) -> Iterator[None]:
        """Bound what is asked meanwhile as a question that costs nothing to answer."""
        self.longest_wait_s = LONGEST_PING_S
        try:
            yield
        finally:
            self.longest_wait_s = LONGEST_ANSWER_S
