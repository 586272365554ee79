"""A PostgreSQL that is stopped in the middle: its kernel still answers for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psutil
import pytest

from airq_cron.clock import SystemClock
from airq_cron.errors import StoreError
from airq_cron.store.bounded import LONGEST_ANSWER_S, BoundedConnection
from airq_cron.store.store import SqlStore
from tests.conftest import WaitUntil
from tests.databases import start_postgres
from tests.integration.postgres import PostgresServer

CLOCK = SystemClock()


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Run a server that no other test needs."""
    started = start_postgres()
    yield started
    started.stop()


@pytest.fixture
def store(server: PostgresServer) -> Iterator[SqlStore]:
    """Give a store with little patience."""
    made = SqlStore(server.create(uuid4().hex), CLOCK, patience_s=1.2)
    made.migrate()
    yield made
    made.dispose()


@contextmanager
def frozen(server: PostgresServer) -> Iterator[None]:
    """Stop every process of *server* for a while."""
    first = psutil.Process(server.process.pid)
    stopped = [first, *first.children(recursive=True)]
    for one in stopped:
        one.suspend()
    try:
        yield
    finally:
        for one in stopped:
            one.resume()


def jobs(store: SqlStore) -> int:
    """Ask the database something; return what it says."""
    with store.read() as unit:
        return len(unit.jobs.all())


@pytest.mark.postgres
def test_a_frozen_server_is_noticed_and_used_again(
    server: PostgresServer, store: SqlStore, wait_until: WaitUntil
) -> None:
    """Whoever asks is told soon, whether a connection was kept or not."""
    before = jobs(store)
    # A connection that has rested is asked whether it is alive.
    CLOCK.wait(1.1)
    began = CLOCK.monotonic()
    with frozen(server):
        for _ in range(2):
            with pytest.raises(StoreError):
                jobs(store)
    # Twice: one second for the ping, two for a connection, and the patience.
    assert CLOCK.monotonic() - began < 20
    wait_until(lambda: jobs(store) == before, "it answers again", timeout_s=30)


@pytest.mark.postgres
def test_a_statement_is_not_waited_for_without_a_bound(
    server: PostgresServer, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is given up, and never handed to anybody else."""
    monkeypatch.setattr(BoundedConnection, "longest_wait_s", LONGEST_ANSWER_S / 10)
    silent = pytest.raises(StoreError, match="said nothing for")
    with silent, store.read() as unit, frozen(server):
        unit.jobs.all()

    assert 0 == jobs(store)
