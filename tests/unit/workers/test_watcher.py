"""The thread in beat that watches, where no dead worker can stop it."""

import importlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from airq_cron.domain.flip import Flip
from airq_cron.domain.job import Queue
from airq_cron.domain.period import Period
from airq_cron.domain.refusal import Refusals
from airq_cron.errors import StoreError
from airq_cron.ports import (
    AuditEntry,
    AuditFilter,
    FlipFilter,
    Heartbeat,
    QueueState,
)
from airq_cron.services.verify_trail import read_head
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import FakeClock, MemoryCounters, MemoryHeartbeats, MemoryQueues
from tests.conftest import WaitUntil
from tests.entries import switch_off_jobs

MINUTE = timedelta(minutes=1)


def made(system: System, **more: Any) -> Any:
    return importlib.import_module("workers.watcher").Watcher(system, **more)


@pytest.fixture
def watcher(system: System) -> Iterator[Any]:
    """Give a watcher that looks without a pause."""
    found = made(system, glance_s=0.01, again_s=0)
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
    queues, heartbeats = system.queues, system.heartbeats
    assert isinstance(queues, MemoryQueues)
    assert isinstance(heartbeats, MemoryHeartbeats)
    queues.broken = heartbeats.broken = True
    watcher.start()
    wait_until(lambda: find(store), "an alert")
    queues.broken = heartbeats.broken = False
    wait_until(lambda: not find(store)[0].is_open, "its end")

    assert 1 == len(find(store))


def test_it_is_well_while_it_looks(
    watcher: Any, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """Whoever is told that all is well must know that somebody watches."""
    before = watcher.is_well()
    clock.advance(2 * MINUTE)
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


class CountingCounters(MemoryCounters):
    """Counters that note how often each queue was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def window(self, queue: str, *args: Any, **kwargs: Any) -> Any:
        """Note it, and answer."""
        self.asked.append(queue)
        return super().window(queue, *args, **kwargs)


class Fleet:
    """A worker that may die, and a watcher that looks when it wants to."""

    def __init__(self, system: System, clock: FakeClock) -> None:
        """Let one worker take from all queues, which are empty."""
        self.clock, self.system = clock, system
        queues = system.queues
        assert isinstance(queues, MemoryQueues)
        queues.known = [QueueState(queue.value, 0, None) for queue in Queue]
        # Nobody plans what is due, which would be another trouble.
        switch_off_jobs(system.store)
        self.come()
        self.watcher = made(system)

    def come(self) -> None:
        """Let the worker be alive."""
        names = [queue.value for queue in Queue]
        beat = Heartbeat("w", "worker", self.clock.now(), {"queues": names})
        self.system.heartbeats.beat(beat, timedelta(hours=1))

    def pass_s(self, seconds: int) -> list[int]:
        """Let time pass, a glance every five seconds; return when it looked."""
        looked = []
        for second in range(5, seconds + 1, 5):
            self.clock.advance(timedelta(seconds=5))
            if self.watcher.attend():
                looked.append(second)
        return looked

    def told(self) -> int:
        """Return of how many queues an alert says that nobody takes from them."""
        with self.system.store.read() as unit:
            where = FlipFilter(kind="queue_unconsumed", is_open=True)
            return len(unit.flips.find(where, limit=9, after=None))


@pytest.fixture
def fleet(system: System, clock: FakeClock) -> Fleet:
    """Give a fleet of one, half a minute after the minute."""
    return Fleet(system, clock)


def test_everything_is_looked_at_once_an_interval(system: System, clock: FakeClock):
    """At its beginning; scores and alerts come from the same look at queues."""
    vars(system)["counters"] = counters = CountingCounters()
    fleet = Fleet(system, clock)

    # The first glance sees workers that it did not know.
    assert [5, 30, 90, 150] == fleet.pass_s(200)
    assert {queue.value: 4 for queue in Queue} == Counter(counters.asked)


def test_a_fleet_that_dies_is_noticed_within_a_minute(fleet: Fleet):
    """At the next glance, and again after twenty seconds, however long the rounds."""
    fleet.pass_s(40)
    fleet.system.heartbeats.leave("w")

    assert [5, 25] == fleet.pass_s(25)
    assert len(Queue) == fleet.told()
    fleet.come()
    assert [5, 25] == fleet.pass_s(25)
    assert 0 == fleet.told()


def test_a_worker_that_restarts_raises_nothing(fleet: Fleet):
    """It is back before the second look."""
    fleet.pass_s(40)
    fleet.system.heartbeats.leave("w")
    fleet.pass_s(15)
    fleet.come()
    fleet.pass_s(60)

    with fleet.system.store.read() as unit:
        assert [] == unit.flips.find(FlipFilter(), limit=9, after=None)


def test_a_look_that_failed_is_made_again_soon(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
):
    """A database that is away for a moment does not cost a whole round."""
    fleet.pass_s(40)
    with monkeypatch.context() as broken:
        broken.setattr(fleet.watcher._watch, "look", fail)
        with pytest.raises(StoreError):
            fleet.pass_s(60)

    assert [20] == fleet.pass_s(30)


def fail(_at: datetime) -> None:
    raise StoreError("it is away")


def test_without_counts_no_score_is_kept(system: System, store: SqlStore) -> None:
    """CRON_ENABLE_METRICS_COLLECTION=false; a dead fleet is noticed all the same."""
    off = replace(system.settings, metrics_collection=False)
    uncounted = replace(system, settings=off)
    for name in ("queues", "heartbeats", "counters", "snapshots", "breaker_storage"):
        vars(uncounted)[name] = getattr(system, name)
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.known = [QueueState("data-fetch", 3, None)]
    quiet = made(uncounted, again_s=0)
    for _ in range(2):
        assert quiet.attend()

    now = system.clock.now()
    around = Period(now - MINUTE, now + MINUTE)
    assert not system.snapshots.between("data-fetch", around)
    with store.read() as unit:
        found = unit.flips.find(FlipFilter(), limit=99, after=None)
    assert {"queue_unconsumed"} == {flip.kind for flip in found}


def test_it_seals_what_an_api_that_died_has_counted(
    system: System, store: SqlStore, clock: FakeClock
) -> None:
    """The row of the trail is there a minute later, whoever is alive."""
    minute = clock.now().replace(second=0)
    one = Refusals(minute, "192.0.2.1", {401: 7})
    store.write(lambda unit: unit.calls.add_refusals([one]))
    quiet = made(system)
    quiet._look(clock.now())
    clock.advance(2 * MINUTE)
    quiet._look(clock.now())

    with store.read() as unit:
        found = unit.audit.find(AuditFilter(), limit=9, after=None)
    assert [("192.0.2.1", 7, minute)] == [(o.address, o.calls, o.at) for o in found]
