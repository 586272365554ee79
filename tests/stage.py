"""Two transactions that meet on PostgreSQL, in an order that a test decides."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any, TypeVar

import psycopg

from airq_cron.ports import Unit
from airq_cron.store.store import SqlStore
from tests.conftest import WaitUntil
from tests.databases import Database

T = TypeVar("T")
LOCK_WAIT_S = 10.0
BLOCKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Stage:
    """Two stores on one database, and one transaction that is held open."""

    def __init__(
        self, database: Database, wait_until: WaitUntil, **options: Any
    ) -> None:
        """Open both stores."""
        self.first: SqlStore = database.open(lock_wait_s=LOCK_WAIT_S, **options)
        self.second: SqlStore = database.open(lock_wait_s=LOCK_WAIT_S, **options)
        self._url = database.url
        self._wait_until = wait_until
        self._threads = ThreadPoolExecutor(2)
        self._go = Event()

    def hold(
        self, work: Callable[[Unit], T], then: Callable[[Unit], None] | None = None
    ) -> "Future[T]":
        """Do *work* in the first store; before it is committed, do *then*."""
        done = Event()

        def held(unit: Unit) -> T:
            result = work(unit)
            done.set()
            assert self._go.wait(20)
            if then is not None:
                then(unit)
            return result

        future = self._threads.submit(self.first.write, held)
        self._wait_until(lambda: done.is_set() or future.done(), "the first has worked")
        return future

    def meet(self, work: Callable[[Unit], T]) -> "Future[T]":
        """Start *work* in the second store; it must run into the held one."""
        return self.meet_by(lambda store: store.write(work))

    def meet_by(self, call: Callable[[SqlStore], T]) -> "Future[T]":
        """Start *call* with the second store; it must run into the held work."""
        future = self._threads.submit(call, self.second)
        with psycopg.connect(self._url, autocommit=True) as watcher:
            self._wait_until(
                lambda: watcher.execute(BLOCKED).fetchone() == (1,),
                "the second waits for the first",
            )
        assert not future.done()
        return future

    def commit(self) -> None:
        """Let the held transaction commit."""
        self._go.set()

    def close(self) -> None:
        """End both threads."""
        self._go.set()
        self._threads.shutdown()
