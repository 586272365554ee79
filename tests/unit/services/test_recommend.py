"""What would help a queue: the jobs behind its figures are found in the ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.job import Job, Priority, Queue
from airq_cron.domain.recommendation import Action, Recommendation
from airq_cron.domain.run import State
from airq_cron.errors import ConflictError, NotFoundError
from airq_cron.ports import Batch, Heartbeat, QueueState
from airq_cron.services.read_queue_health import HealthDesk
from airq_cron.services.recommend import Adviser
from airq_cron.store.store import SqlStore
from airq_cron.testing import (
    FakeClock,
    MemoryCounters,
    MemoryHeartbeats,
    MemoryQueues,
)
from tests import entries

QUEUE = Queue.ANALYTICS.value
MINUTE = timedelta(minutes=1)


class Scene:
    """A queue with two workers, and who advises about it."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.queues = MemoryQueues([QueueState(QUEUE, 0, None)])
        self.counters = MemoryCounters()
        heartbeats = MemoryHeartbeats(clock)
        detail = {"queues": [QUEUE], "children": 2}
        heartbeats.beat(Heartbeat("w", "worker", clock.now(), detail), 99 * MINUTE)
        desk = HealthDesk(store, self.queues, self.counters, heartbeats, collects=True)
        self.adviser = Adviser(desk, lambda: "open-meteo")

    def count(self, *, each_s: float = 1.0, **ends: int) -> None:
        """Let the queue have ended runs a minute ago."""
        batch = Batch()
        tally = batch.of(QUEUE, self.clock.now() - MINUTE)
        tally.counts.update(ends)
        for _ in range(sum(ends.values())):
            tally.handled(timedelta(seconds=each_s))
        self.counters.flush(batch)

    def add(self, name: str, **more: object) -> Job:
        """Enter a job of the queue."""
        made = entries.job(name, queue=Queue.ANALYTICS, **more)
        self.store.write(lambda unit: unit.jobs.add(made))
        return made

    def end(
        self, name: str, *minutes: int, failed: bool = False, took_s: int = 1
    ) -> None:
        """Let runs of a job, due so many minutes after dawn, end."""
        state = State.FAILED if failed else State.SUCCEEDED
        for minute in minutes:
            claim = entries.begin(self.store, minute, of=name, queue=QUEUE)
            self.clock.advance(timedelta(seconds=took_s))
            entries.finish(self.store, claim, state, error="the key was refused")

    def wait(self, name: str, minute: int, priority: str) -> None:
        """Let a run of a job wait in the queue."""
        run = entries.run(minute, of=name, queue=QUEUE, priority=priority)
        entries.enter(self.store, run)
        self.store.write(lambda unit: unit.runs.mark_queued([run.id]))

    def advise(self) -> Recommendation:
        """Return the one thing that would help."""
        (found,) = self.adviser.advise(QUEUE).items
        return found


@pytest.fixture
def scene(store: SqlStore, clock: FakeClock) -> Scene:
    """Give a queue that is well."""
    return Scene(store, clock)


def test_a_queue_that_is_well_needs_nothing(scene: Scene) -> None:
    """The answer has its capacity all the same."""
    scene.count(succeeded=40)
    found = scene.adviser.advise(QUEUE)

    assert () == found.items
    assert found.health.capacity is not None
    assert 2 == found.health.capacity.workers


def test_the_job_that_fails_most_is_named(scene: Scene) -> None:
    """With its last error and the run that had it; another queue's do not count."""
    scene.add("good")
    scene.add("bad")
    scene.end("good", 710, failed=True)
    scene.end("bad", 711, 712, 713, failed=True)
    entries.finish(
        scene.store, entries.begin(scene.store, 714, of="other"), State.FAILED
    )
    scene.count(succeeded=60, failed=40)
    found = scene.advise()

    assert (Action.PAUSE_JOB, 3, "the key was refused") == (
        found.action,
        found.evidence["failures_of_job"],
        found.evidence["last_error"],
    )
    assert entries.run(713, of="bad").id == found.evidence["last_run"]


def test_the_job_that_takes_longest_is_named(scene: Scene) -> None:
    """By what it took in this hour or the last."""
    scene.add("quick")
    scene.add("slow", time_limit_s=900)
    scene.end("quick", 711, 712)
    scene.end("slow", 711, 712, took_s=40)
    scene.count(each_s=40, succeeded=40)
    found = scene.advise()

    assert (Action.LIMIT_TIME, "slow") == (found.action, found.evidence["job"])
    assert found.evidence["job_mean_s"] == pytest.approx(40)


def test_a_job_that_fetches_names_whom_it_asks(scene: Scene) -> None:
    """A shorter limit would only lose what the upstream has begun to answer."""
    scene.add("fetch", kind="fetch")
    scene.end("fetch", 711, took_s=40)
    scene.count(each_s=40, succeeded=40)

    assert "open-meteo" == scene.advise().evidence["provider"]


def test_what_starves_is_found_by_the_age_of_its_list(scene: Scene) -> None:
    """The priority whose oldest message is oldest, and the job that waits in it."""
    now = scene.clock.now()
    scene.add("patient", priority=Priority.LOW)
    scene.wait("patient", 700, "low")
    scene.wait("hasty", 719, "high")
    scene.queues.known = [QueueState(QUEUE, 2, 900.0)]
    scene.queues.heads = {
        (QUEUE, "low"): now - 15 * MINUTE,
        (QUEUE, "high"): now - timedelta(seconds=1),
    }
    scene.count(succeeded=40)
    found = scene.advise()

    assert (Action.RAISE_PRIORITY, "low", 900.0) == (
        found.action,
        found.evidence["priority"],
        found.evidence["starved_s"],
    )
    assert found.request is not None
    assert "/cron/jobs/patient" == found.request.path


def test_an_unknown_queue_is_told_before_a_flag_is(scene: Scene) -> None:
    """A wrong name is wrong whatever is switched on."""
    off = replace(scene.adviser, off="CRON_ENABLE_PERFORMANCE_MONITORING")

    with pytest.raises(NotFoundError, match="there are data-fetch"):
        off.advise("nothing")
    with pytest.raises(ConflictError, match="CRON_ENABLE_PERFORMANCE_MONITORING is f"):
        off.advise(QUEUE)


def test_who_waits_behind_its_own_does_not_starve(scene: Scene) -> None:
    """What is urgent and old, with less urgent behind it, needs workers instead."""
    now = scene.clock.now()
    scene.wait("many", 700, "normal")
    scene.queues.known = [QueueState(QUEUE, 2, 900.0)]
    scene.queues.heads = {
        (QUEUE, "normal"): now - 15 * MINUTE,
        (QUEUE, "low"): now - 14 * MINUTE,
    }
    scene.count(succeeded=40)

    assert scene.advise().action is not Action.RAISE_PRIORITY
