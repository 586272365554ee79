"""What the health check finds wrong: what the watcher sees, as sentences."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.flip import Flip
from airq_cron.domain.job import Queue
from airq_cron.domain.preference import FRESH
from airq_cron.errors import StoreError
from airq_cron.ports import FlipFilter, Heartbeat, QueueState
from airq_cron.services.alert_rules import change_rule
from airq_cron.services.check_health import check_health, judge_parts, parts_of
from airq_cron.services.look_around import missing_roles, process_problems
from airq_cron.services.watch_parts import PartsWatch
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryHeartbeats, MemoryQueues
from tests.entries import switch_off_jobs
from tests.unit.air import Air

HOUR = timedelta(hours=1)
ALL_QUEUES = [queue.value for queue in Queue]


class Scene:
    """An instance that is well, and whoever checks it."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        """Let a beat be alive, and a worker that takes from every queue."""
        self.store, self.clock = store, clock
        self.queues = MemoryQueues(QueueState(name, 0, None) for name in ALL_QUEUES)
        self.heartbeats = MemoryHeartbeats(clock)
        self.live("beat-1", "beat")
        self.live("worker-1", "worker", ALL_QUEUES)
        # Nobody plans what is due, which would be another trouble.
        switch_off_jobs(store)
        self.watch = PartsWatch(store, self.queues, self.heartbeats)

    def live(self, name: str, role: str, queues: list[str] | None = None) -> None:
        """Let a process say that it is alive."""
        beat = Heartbeat(name, role, self.clock.now(), {"queues": queues or []})
        self.heartbeats.beat(beat, HOUR)

    def asked(self) -> dict[str, Any]:
        """Return what is found when somebody asks; it changes nothing."""
        parts = parts_of(self.watch, self.heartbeats)
        return judge_parts(parts, self.clock.now())

    def checked(self) -> dict[str, Any]:
        """Return what the job finds, which judges as well."""
        return check_health(self.watch, self.heartbeats, self.clock.now())

    def alerts(self) -> list[Flip]:
        """Return all alerts."""
        with self.store.read() as unit:
            return unit.flips.find(FlipFilter(), limit=99, after=None)


@pytest.fixture
def scene(store: SqlStore, clock: FakeClock) -> Scene:
    """Give an instance that is well."""
    return Scene(store, clock)


def test_a_healthy_instance_has_no_problems(scene: Scene) -> None:
    """And its figures are kept with the run."""
    Air().store(scene.store, scene.clock.now() - HOUR, [10])
    well = {
        "state": "ok",
        "problems": [],
        "waiting": dict.fromkeys(ALL_QUEUES, 0),
        "processes": ["beat-1", "worker-1"],
    }

    assert [well, well] == [scene.asked(), scene.checked()]


def test_a_broker_that_is_gone_is_a_problem_not_an_error(scene: Scene) -> None:
    """Once, though nothing is known of workers either; the rest is looked at."""
    scene.queues.broken = scene.heartbeats.broken = True
    Air().store(scene.store, scene.clock.now() - FRESH - HOUR, [10])
    found = scene.asked()

    assert ["Redis does not answer", "Paris has no data since"] == [
        one[: one.index(end)] + end
        for one, end in zip(found["problems"], ("answer", "since"), strict=True)
    ]
    assert ("degraded", {}, []) == (
        found["state"],
        found["waiting"],
        found["processes"],
    )
    assert found == scene.checked()


def test_the_check_says_what_the_alert_says(scene: Scene) -> None:
    """At the first look; the job raises it at its second."""
    scene.queues.known[0] = QueueState(ALL_QUEUES[0], 101, None)
    first = scene.checked()
    assert [] == scene.alerts()
    scene.clock.advance(timedelta(minutes=5))
    second = scene.checked()
    (flip,) = scene.alerts()

    assert [first, first] == [second, scene.asked()]
    assert [flip.message] == [f"{one}." for one in first["problems"]]
    assert 101 == first["waiting"][ALL_QUEUES[0]]


def test_a_rule_that_is_off_is_no_problem(scene: Scene) -> None:
    """Nor what people have allowed; what is asked for raises nothing."""
    scene.queues.known[0] = QueueState(ALL_QUEUES[0], 101, None)
    for _ in range(3):
        assert "degraded" == scene.asked()["state"]
    assert [] == scene.alerts()
    for changes in ({"enabled": False}, {"enabled": True, "threshold": 101.0}):
        change_rule(
            scene.store, "queue_backlog", changes, by="cli:a", defaults=DEFAULTS
        )
        assert ["ok", "ok"] == [scene.asked()["state"], scene.checked()["state"]]


def test_old_data_of_a_place_that_is_off_are_no_problem(scene: Scene) -> None:
    """Nobody expects anything of it; of others the freshest series counts."""
    old = scene.clock.now() - FRESH - HOUR
    Air().store(scene.store, old, [10])
    Air(provider="airparif").store(scene.store, old - 9000 * HOUR, [10])
    assert ["Paris has no data since 2026-03-01T08:00:30Z"] == [
        one.partition(".")[0] for one in scene.asked()["problems"]
    ]
    with scene.store.read() as unit:
        place = unit.locations.get("paris")
    scene.store.write(lambda unit: unit.locations.save(replace(place, enabled=False)))

    assert "ok" == scene.asked()["state"]


def test_a_database_that_is_away_is_told_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many parts ask it; rules hold as code has them."""
    scene.queues.known[0] = QueueState(ALL_QUEUES[0], 101, None)

    def fail() -> None:
        raise StoreError("it is away")

    monkeypatch.setattr(scene.store, "read", fail)
    problems = scene.asked()["problems"]

    assert 2 == len(problems)
    assert "101 waiting messages" in problems[0]
    assert "the database cannot be read: it is away" == problems[1]


def test_a_beat_that_is_missing_is_a_problem(scene: Scene) -> None:
    """The watcher in it cannot say so."""
    scene.heartbeats.leave("beat-1")

    assert ["no beat is alive"] == scene.asked()["problems"]


def test_a_role_or_queue_that_nobody_fills_is_named(clock: FakeClock) -> None:
    """Without a beat nothing is planned, without a worker nothing is done."""
    beat = Heartbeat("beat-1", "beat", clock.now())
    one = Heartbeat("w1", "worker", clock.now(), {"queues": ALL_QUEUES[:2]})
    other = Heartbeat("w2", "worker", clock.now(), {"queues": ALL_QUEUES[2:4]})

    assert ["no worker is alive", "no beat is alive"] == missing_roles([])
    assert ["no worker is alive"] == process_problems([beat])
    (sentence,) = process_problems([beat, one, other])
    assert "No worker takes from queue notifications; 2 workers are alive" in sentence
