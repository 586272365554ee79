"""Alerts about Redis, queues, workers and old data: raised once, cleared once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.flip import Flip
from airq_cron.domain.job import Queue
from airq_cron.domain.preference import FRESH
from airq_cron.domain.run import State
from airq_cron.domain.severity import Severity
from airq_cron.ports import FlipFilter, Heartbeat, QueueState
from airq_cron.services.alert_rules import change_rule
from airq_cron.services.watch_parts import PartsWatch
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryHeartbeats, MemoryQueues
from tests.entries import enter, run, switch_off_jobs
from tests.unit.air import Air

HOUR = timedelta(hours=1)
STEP = timedelta(seconds=20)
WAITING_LIMIT = 100
NAMES = [queue.value for queue in Queue]
FIRST = NAMES[0]


class Scene:
    """An instance that is well, and whoever watches it."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.queues = MemoryQueues(QueueState(name, 0, None) for name in NAMES)
        self.heartbeats = MemoryHeartbeats(clock)
        self.work("worker-1", NAMES)
        switch_off_jobs(store)
        self.watch = self.watcher()

    def watcher(self) -> PartsWatch:
        """Give another watcher of the same parts."""
        return PartsWatch(self.store, self.queues, self.heartbeats)

    def work(self, name: str, queues: list[str]) -> None:
        """Let a worker say that it takes from *queues*."""
        beat = Heartbeat(name, "worker", self.clock.now(), {"queues": queues})
        self.heartbeats.beat(beat, 9 * HOUR)

    def wait(self, count: int) -> None:
        """Let so many messages wait in the first queue."""
        self.queues.known[0] = QueueState(FIRST, count, None)

    def look(self, times: int = 2, watch: PartsWatch | None = None) -> list[Flip]:
        """Look so often, and return all alerts, the first raised first."""
        for _ in range(times):
            self.clock.advance(STEP)
            (watch or self.watch).look(self.clock.now())
        return self.alerts()

    def alerts(self) -> list[Flip]:
        """Return all alerts, the first raised first."""
        with self.store.read() as unit:
            return unit.flips.find(FlipFilter(), limit=99, after=None)[::-1]


@pytest.fixture
def scene(store: SqlStore, clock: FakeClock) -> Scene:
    """Give an instance that is well."""
    return Scene(store, clock)


def test_an_instance_that_is_well_raises_nothing(scene: Scene) -> None:
    """However often one looks."""
    Air().store(scene.store, scene.clock.now() - HOUR, [10])

    assert [] == scene.look(5)


def test_a_broker_that_is_gone_raises_one_alert(scene: Scene) -> None:
    """After the second look; what it would tell is unknown, not wrong."""
    scene.queues.broken = True
    assert [] == scene.look(1)
    (flip,) = scene.look(4)

    assert ("broker_lost", "broker:redis", True) == (
        flip.kind,
        flip.subject,
        flip.is_open,
    )
    assert "is broken" in flip.message
    assert "airq doctor" in flip.message
    assert flip.raised_at - flip.began_at == STEP


def test_an_alert_is_cleared_when_it_was_over_twice(scene: Scene) -> None:
    """With since when, and for how long it held."""
    scene.queues.broken = True
    scene.look(2)
    scene.clock.advance(10 * timedelta(minutes=1))
    scene.queues.broken = False
    (flip,) = scene.look(1)
    assert flip.is_open
    ended_at = scene.clock.now()
    (flip,) = scene.look(1)

    assert ("cleared", ended_at) == (flip.state, flip.ended_at)
    assert "Redis answers again; the alert held for 10 min." == flip.cleared_message


def test_the_end_of_an_outage_says_what_did_not_run(scene: Scene) -> None:
    """Of all jobs, or of those whose runs the queue carries."""
    scene.queues.broken = True
    scene.heartbeats.leave("worker-1")
    scene.look(2)
    scene.queues.broken = False
    scene.work("worker-1", NAMES)
    due = scene.clock.now()
    for of, queue in (("a", FIRST), ("b", NAMES[1])):
        skipped = run(of=of, queue=queue, scheduled_for=due, state=State.SKIPPED)
        enter(scene.store, skipped)
    scene.look(3)

    (flip,) = [one for one in scene.alerts() if one.kind == "broker_lost"]
    said = "; meanwhile 2 runs were skipped of 2 jobs, 12:01:10 (UTC)."
    assert (flip.cleared_message or "").endswith(said)


def test_a_broker_that_comes_and_goes_raises_nothing(scene: Scene) -> None:
    """One bad look is nothing to be woken for."""
    for broken in [True, False] * 5:
        scene.queues.broken = broken
        scene.look(1)

    assert [] == scene.alerts()


def test_a_fleet_that_died_is_told_by_queue(scene: Scene) -> None:
    """Beat sees it within a minute; each queue is cleared by itself."""
    scene.heartbeats.leave("worker-1")
    scene.look(2)

    assert [f"queue:{name}" for name in sorted(NAMES)] == sorted(
        flip.subject for flip in scene.alerts()
    )
    assert 2 * STEP < timedelta(minutes=1)
    scene.work("worker-2", [FIRST])
    scene.look(2)
    assert [f"queue:{FIRST}"] == [
        flip.subject for flip in scene.alerts() if not flip.is_open
    ]


def test_a_backlog_is_over_when_it_is_clearly_smaller(scene: Scene) -> None:
    """A queue around the limit is one alert, not one a minute."""
    for count in (WAITING_LIMIT, WAITING_LIMIT + 1, WAITING_LIMIT - 1) * 2:
        scene.wait(count)
        scene.look(1)
    (flip,) = scene.look(3)
    assert flip.is_open
    assert {"waiting": WAITING_LIMIT + 1, "limit": WAITING_LIMIT} == flip.detail

    scene.wait(WAITING_LIMIT // 2)
    (flip,) = scene.look(2)
    assert not flip.is_open


def test_what_is_unknown_clears_nothing(scene: Scene) -> None:
    """A Redis that is gone tells nothing of the backlog in it."""
    scene.wait(WAITING_LIMIT + 1)
    scene.look(2)
    scene.queues.broken = True
    scene.look(3)

    assert [True, True] == [flip.is_open for flip in scene.alerts()]


def test_old_data_raise_an_alert_since_they_are_old(scene: Scene) -> None:
    """Whoever judges says the same; it ends when new data came."""
    last = scene.clock.now() - FRESH - HOUR
    Air().store(scene.store, last, [10])
    (flip,) = scene.look(2)
    assert ("stale_data", "paris", last + FRESH) == (
        flip.kind,
        flip.location,
        flip.began_at,
    )
    Air().store(scene.store, scene.clock.now(), [10])
    (flip,) = scene.look(2)
    assert not flip.is_open


def test_a_place_that_is_not_watched_any_more_is_cleared(scene: Scene) -> None:
    """Nothing is expected of it."""
    Air().store(scene.store, scene.clock.now() - FRESH - HOUR, [10])
    scene.look(2)
    with scene.store.read() as unit:
        place = unit.locations.get("paris")
    scene.store.write(lambda unit: unit.locations.save(replace(place, enabled=False)))
    (flip,) = scene.look(1)

    assert "paris is not watched any more." == flip.cleared_message


def test_two_watchers_raise_one_alert(scene: Scene) -> None:
    """And one that starts later finds it as it is, and can clear it."""
    other = scene.watcher()
    scene.queues.broken = True
    for _ in range(3):
        scene.look(1)
        scene.look(1, other)
    assert 1 == len(scene.alerts())

    scene.queues.broken = False
    (flip,) = scene.look(2, scene.watcher())
    assert not flip.is_open


def test_a_second_outage_is_a_second_alert(scene: Scene) -> None:
    """Each is stored once."""
    for broken in [True, False, True]:
        scene.queues.broken = broken
        scene.look(2)

    assert ["cleared", "open"] == [flip.state for flip in scene.alerts()]


def set_rule(scene: Scene, name: str, **changes: object) -> None:
    change_rule(scene.store, name, changes, by="cli:anne", defaults=DEFAULTS)


def test_the_next_look_obeys_a_rule_that_was_changed(scene: Scene) -> None:
    """Threshold, patience and severity."""
    set_rule(
        scene, "queue_backlog", threshold=10.0, open_after=3, severity=Severity.LOW
    )
    scene.wait(11)

    assert [] == scene.look(2)
    (flip,) = scene.look(1)
    assert (Severity.LOW, 10) == (flip.severity, flip.detail["limit"])


def test_a_rule_that_is_switched_off_ends_its_alerts(scene: Scene) -> None:
    """And raises none, whatever is seen."""
    scene.queues.broken = True
    scene.look(2)
    set_rule(scene, "broker_lost", enabled=False)
    (flip,) = scene.look(3)

    assert "The rule broker_lost is switched off." == flip.cleared_message
