"""The store: transactions that are repeated until they are through."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from airq_cron.clock import Clock
from airq_cron.domain.run import Claim, Outcome
from airq_cron.errors import LeaseLostError, StoreError, UnreachableError
from airq_cron.ports import Unit
from airq_cron.store.engine import (
    SETTING,
    make_engine,
    parse_url,
    read_settings,
    shown,
)
from airq_cron.store.failures import passes, reason
from airq_cron.store.migrating import check_version, upgrade
from airq_cron.store.rollup import write_ends
from airq_cron.store.session import Session
from airq_cron.store.trail import check_mark, find_mark, write_entries
from airq_cron.store.unit import SqlUnit

T = TypeVar("T")
PATIENCE_S = 60.0
LOCK_WAIT_S = 2.0
SHORTEST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 1.0
# SQLite's reading transactions are like that by themselves.
ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@dataclass
class Doubt(Generic[T]):
    """
    What a try came to whose commit was not answered: it may have happened.

    Attributes:
        outcome: how the try ended its own claim, None when it did not.
    """

    result: T
    outcome: Outcome | None


class SqlStore:
    """
    The SQL database; see `ports.Store`.

    Nothing is connected before the first use, and a child process connects anew.

    Args:
        url: `sqlite:///path`, `postgresql://...` or `postgres://...`.
        patience_s: how long a write is repeated while the database is away.
        lock_wait_s: how long one try waits for a lock.
        trail_key: gives the key that seals the audit trail; without it the trail
            is kept, but not sealed.

    Raises:
        ConfigError: *url* is not the address of such a database.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        patience_s: float = PATIENCE_S,
        lock_wait_s: float = LOCK_WAIT_S,
        trail_key: Callable[[], bytes] | None = None,
    ) -> None:
        self._url = parse_url(url)
        self._clock = clock
        self._patience_s = patience_s
        self._lock_wait_s = lock_wait_s
        self._trail_key = trail_key and cache(trail_key)
        self._inherited: set[Engine] = set()
        self._connect()

    @property
    def address(self) -> str:
        """The address without its password."""
        return shown(self._url)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """
        Open a transaction that cannot write, and sees one moment throughout.

        Raises:
            StoreError: the database refused or went away; nothing is repeated.
        """
        try:
            with self._reading().connect() as connection:
                if self._is_server:
                    connection.execution_options(**ONE_MOMENT)
                with connection.begin():
                    yield SqlUnit(self._session(connection))
        except (DBAPIError, PoolTimeout) as error:
            raise StoreError(_sentence(error)) from error

    def write(
        self,
        work: Callable[[Unit], T],
        *,
        claim: Claim | None = None,
        patience_s: float | None = None,
    ) -> T:
        """
        Run *work* in a writing transaction and commit it.

        It is run again after a busy database, a lost connection or a
        serialisation error, for at most a minute, so it must be repeatable. When
        the answer to a commit was lost, work that had ended *claim* is not
        repeated if the ledger says that it was committed.

        Args:
            patience_s: instead of the store's own; 0 is one try.

        Raises:
            LeaseLostError: the claim does not own its run any more.
            StoreError: the database refused, or did not come back in time.
        """
        doubts: list[Doubt[T]] = []

        def once(connection: Connection) -> T:
            with connection.begin() as transaction:
                session = self._session(connection, repeated=bool(doubts))
                unit = SqlUnit(session)
                if claim is not None and not _holds(unit, claim, doubts):
                    return doubts[-1].result
                result = work(unit)
                write_ends(session)
                write_entries(session)
                doubts.append(Doubt(result, unit.ledger.outcome_given(claim)))
                _commit(connection, transaction)
            return result

        return self._patiently(once, patience_s=patience_s)

    def migrate(self) -> None:
        """
        Create the tables, or bring them up to this version; safe to call at once.

        Raises:
            ConfigError: the database was written by a newer version.
            StoreError: the database refused, or did not come back in time.
        """
        engine = make_engine(
            self._url, self._clock, lock_wait_s=self._lock_wait_s, migrating=True
        )
        try:
            self._patiently(lambda one: upgrade(one, self.address), engine)
        finally:
            engine.dispose()

    def check(self) -> None:
        """
        Return if the database can be read.

        Raises:
            UnreachableError: it cannot; names the setting, address and reason.
        """
        question = "SELECT 1" if self._is_server else "PRAGMA schema_version"
        try:
            with self._current().connect() as connection:
                connection.exec_driver_sql(question).all()
        except (DBAPIError, PoolTimeout) as error:
            raise UnreachableError(SETTING, self.address, _sentence(error)) from error

    def check_schema(self) -> None:
        """
        Return if the tables are those of this version, and the key theirs.

        Raises:
            ConfigError: they are older or newer, or the audit trail is sealed with
                another key; says what to do.
            UnreachableError: the database cannot be read.
        """
        try:
            with self._current().connect() as connection:
                check_version(connection, self.address)
                session = self._session(connection)
                check_mark(session, find_mark(session))
        except (DBAPIError, PoolTimeout) as error:
            raise UnreachableError(SETTING, self.address, _sentence(error)) from error

    def is_encrypted(self) -> bool:
        """
        Say whether connections go by TLS.

        Raises:
            UnreachableError: the database does not let us in.
        """
        if not self._is_server:
            return False
        try:
            with self._current().connect() as connection:
                driver: Any = connection.connection.driver_connection
                return bool(driver.pgconn.ssl_in_use)
        except (DBAPIError, PoolTimeout) as error:
            raise UnreachableError(SETTING, self.address, _sentence(error)) from error

    def settings_in_force(self) -> dict[str, str]:
        """
        Return what the database itself says of the settings we give it, by name.

        Raises:
            UnreachableError: the database does not let us in.
        """
        try:
            with self._current().connect() as connection:
                return read_settings(connection)
        except (DBAPIError, PoolTimeout) as error:
            raise UnreachableError(SETTING, self.address, _sentence(error)) from error

    def dispose(self) -> None:
        """Close all connections; the next use opens new ones."""
        self._current().dispose()
        self._reading().dispose()

    def after_fork(self) -> None:
        """
        Forget the parent's connections in a child process.

        They are not closed, which would speak to the parent's server session or
        take away its locks, but kept out of reach of the garbage collector.
        """
        self._inherited |= {self._engine, self._readers}
        self._connect()

    def _session(self, connection: Connection, *, repeated: bool = False) -> Session:
        return Session(
            connection, self._clock, repeated=repeated, trail_key=self._trail_key
        )

    @property
    def _is_server(self) -> bool:
        return self._url.drivername.startswith("postgresql")

    def _connect(self) -> None:
        make = partial(
            make_engine,
            self._url,
            self._clock,
            lock_wait_s=self._lock_wait_s,
            connect_wait_s=self._patience_s,
        )
        self._engine = make()
        # A connection of SQLite that turns from reading to writing forgets what it
        # has prepared, so there each has its own.
        self._readers = self._engine if self._is_server else make()
        self._process = os.getpid()

    def _current(self) -> Engine:
        if os.getpid() != self._process:
            self.after_fork()
        return self._engine

    def _reading(self) -> Engine:
        self._current()
        return self._readers

    def _patiently(
        self,
        once: Callable[[Connection], T],
        engine: Engine | None = None,
        patience_s: float | None = None,
    ) -> T:
        """Call *once* with a writing connection until nothing passing stops it."""
        began = self._clock.monotonic()
        patience_s = self._patience_s if patience_s is None else patience_s
        tries = 0
        while True:
            chosen = engine or self._current()
            try:
                with chosen.connect() as connection:
                    return once(connection.execution_options(writing=True))
            except (DBAPIError, PoolTimeout) as error:
                sentence = _sentence(error)
                if isinstance(error, DBAPIError) and not passes(error):
                    raise StoreError(sentence) from error
                if self._clock.monotonic() - began >= patience_s:
                    raise StoreError(
                        f"no success within {patience_s:g} s: {sentence}"
                    ) from error
            self._clock.wait(_pause(tries))
            tries += 1


def _commit(connection: Connection, transaction: RootTransaction) -> None:
    try:
        transaction.commit()
    except DBAPIError:
        # SQLite keeps a transaction open whose commit failed, with its write lock.
        connection.invalidate()
        raise


def _holds(unit: SqlUnit, claim: Claim, doubts: list[Doubt[Any]]) -> bool:
    """Lock the run; say False when an earlier try has ended it after all."""
    try:
        unit.ledger.check_fence(claim)
    except LeaseLostError:
        given = doubts[-1].outcome if doubts else None
        if given is None or unit.ledger.outcome_of(claim) != given:
            raise
        return False
    return True


def _pause(tries: int) -> float:
    """Return how long to wait; a random part keeps writers from meeting again."""
    step = min(LONGEST_PAUSE_S, SHORTEST_PAUSE_S * 2.0 ** min(tries, 10))
    return step * random.uniform(0.5, 1.0)


def _sentence(error: DBAPIError | PoolTimeout) -> str:
    if isinstance(error, DBAPIError):
        return reason(error)
    return "all connections are in use"
