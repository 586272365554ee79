"""The thread in beat that watches, where no dead worker can stop it."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.flip import Flip
from airq_cron.domain.period import Period
from airq_cron.ports import AuditEntry, FlipFilter, QueueState
from airq_cron.services.verify_trail import read_head
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import FakeClock, MemoryQueues
from tests.conftest import WaitUntil

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watcher(system: System) -> Iterator[Any]:
    """Give a watcher that looks without a pause."""
    found = importlib.import_module("workers.watcher").Watcher(system, every_s=0.01)
    yield found
    found.stop()
    found.join(10)
    assert not found.is_alive()


def find(store: SqlStore) -> list[Flip]:
    with store.read() as unit:
        where = FlipFilter(kind="broker_lost")
        return unit.flips.find(where, limit=9, after=None)


def test_it_raises_an_alert_without_any_worker(
    watcher: Any, system: System, store: SqlStore, wait_until: WaitUntil
) -> None:
    """And clears it when Redis is back."""
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.broken = True
    watcher.start()
    wait_until(lambda: find(store), "an alert")
    queues.broken = False
    wait_until(lambda: not find(store)[0].is_open, "its end")

    assert 1 == len(find(store))


def test_it_is_well_while_it_looks(
    watcher: Any, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """Whoever is told that all is well must know that somebody watches."""
    before = watcher.is_well()
    clock.advance(timedelta(seconds=1))
    after = watcher.is_well()
    watcher.start()
    wait_until(watcher.is_well, "it looks again")

    assert (True, False) == (before, after)


def test_the_log_says_where_the_audit_trail_ends(
    watcher: Any,
    store: SqlStore,
    wait_until: WaitUntil,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever cuts the trail cannot cut what was sent elsewhere."""
    caplog.set_level("INFO")
    entry = AuditEntry("cli:ann", "job.pause", "job:x")
    store.write(lambda unit: unit.audit.record(entry))
    head = read_head(store)

    watcher.start()
    wait_until(lambda: "audit trail has" in caplog.text, "the line")

    noted = [one for one in caplog.records if "audit trail has" in one.message]
    assert [str(head)] == [one.head for one in noted]  # type: ignore[attr-defined]


def test_it_keeps_the_scores_of_queues(
    watcher: Any, system: System, wait_until: WaitUntil
) -> None:
    """Once an interval, though it looks again and again."""
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.known = [QueueState("data-fetch", 3, None)]
    now = system.clock.now()
    around = Period(now - MINUTE, now + MINUTE)
    watcher.start()
    wait_until(lambda: system.snapshots.between("data-fetch", around), "a score")

    (kept,) = system.snapshots.between("data-fetch", around)
    assert (now.replace(second=0), 3) == (kept.at, kept.waiting)


def test_without_counts_no_score_is_kept(system: System, store: SqlStore) -> None:
    """CRON_ENABLE_METRICS_COLLECTION=false; a dead fleet is noticed all the same."""
    off = replace(system.settings, metrics_collection=False)
    made = replace(system, settings=off)
    for name in ("queues", "heartbeats", "counters"):
        vars(made)[name] = getattr(system, name)
    quiet = importlib.import_module("workers.watcher").Watcher(made)
    for _ in range(2):
        quiet._look()

    assert quiet._scores is None
    with store.read() as unit:
        found = unit.flips.find(FlipFilter(), limit=99, after=None)
    assert {"queue_unconsumed"} == {flip.kind for flip in found}
