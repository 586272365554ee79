"""What the health check finds wrong, as sentences a person can act on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.job import Queue
from airq_cron.ports import Heartbeat, QueueState
from airq_cron.services.check_health import (
    FRESH,
    LATE,
    WAITING_LIMIT,
    check_health,
    freshness_problems,
    job_problems,
    process_problems,
    queue_problems,
)
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryHeartbeats, MemoryQueues
from tests import entries
from tests.unit.air import Air

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
ALL_QUEUES = [queue.value for queue in Queue]


@pytest.fixture
def queues() -> MemoryQueues:
    """Give five empty queues."""
    return MemoryQueues(QueueState(name, 0, None) for name in ALL_QUEUES)


@pytest.fixture
def heartbeats(clock: FakeClock) -> MemoryHeartbeats:
    """Give a beat, and a worker that takes from every queue."""
    kept = MemoryHeartbeats(clock)
    kept.beat(Heartbeat("beat-1", "beat", clock.now()), HOUR)
    kept.beat(
        Heartbeat("worker-1", "worker", clock.now(), {"queues": ALL_QUEUES}), HOUR
    )
    return kept


def test_a_healthy_instance_has_no_problems(
    store: SqlStore,
    queues: MemoryQueues,
    heartbeats: MemoryHeartbeats,
    clock: FakeClock,
) -> None:
    """And its figures are kept with the run."""
    Air().store(store, clock.now() - HOUR, [10])

    found = check_health(store, queues, heartbeats, clock.now())

    assert {
        "state": "ok",
        "problems": [],
        "waiting": dict.fromkeys(ALL_QUEUES, 0),
        "processes": ["beat-1", "worker-1"],
    } == found


def test_a_broker_that_is_gone_is_a_problem_not_an_error(
    store: SqlStore,
    queues: MemoryQueues,
    heartbeats: MemoryHeartbeats,
    clock: FakeClock,
) -> None:
    """Everything else is still looked at."""
    queues.broken = heartbeats.broken = True

    found = check_health(store, queues, heartbeats, clock.now())

    assert "degraded" == found["state"]
    assert ["queues cannot be read", "heartbeats cannot be read"] == [
        text.split(":")[0] for text in found["problems"]
    ]
    assert ({}, []) == (found["waiting"], found["processes"])


def test_old_data_of_a_watched_place_are_a_problem(
    store: SqlStore,
    queues: MemoryQueues,
    heartbeats: MemoryHeartbeats,
    clock: FakeClock,
) -> None:
    """A green job with dead data is none."""
    Air().store(store, clock.now() - FRESH - HOUR, [10])

    found = check_health(store, queues, heartbeats, clock.now())

    assert ["location paris has no data since 2026-03-01T08:00:30+00:00"] == (
        found["problems"]
    )


def test_a_place_that_is_switched_off_may_be_old(
    store: SqlStore,
    queues: MemoryQueues,
    heartbeats: MemoryHeartbeats,
    clock: FakeClock,
) -> None:
    """Nobody expects anything of it."""
    Air().store(store, clock.now() - FRESH - HOUR, [10])
    with store.read() as unit:
        place = unit.locations.get("paris")
    store.write(lambda unit: unit.locations.save(replace(place, enabled=False)))

    assert "ok" == check_health(store, queues, heartbeats, clock.now())["state"]


def test_the_freshest_pollutant_speaks_for_a_place(
    store: SqlStore,
    queues: MemoryQueues,
    heartbeats: MemoryHeartbeats,
    clock: FakeClock,
) -> None:
    """An imported series that ended years ago is no alarm."""
    Air(provider="airparif").store(store, clock.now() - 9000 * HOUR, [10])
    Air().store(store, clock.now() - HOUR, [10])

    assert "ok" == check_health(store, queues, heartbeats, clock.now())["state"]


def test_a_queue_is_full_above_the_limit() -> None:
    """A hundred waiting messages are usual after a pause."""
    states = [
        QueueState("analytics", WAITING_LIMIT, 3.0),
        QueueState("data-fetch", WAITING_LIMIT + 1, 3.0),
    ]

    assert ["queue data-fetch has 101 waiting messages"] == queue_problems(states)


def test_a_role_that_nobody_fills_is_named(clock: FakeClock) -> None:
    """Without a beat nothing is planned, without a worker nothing is done."""
    beat = Heartbeat("beat-1", "beat", clock.now())

    assert ["no worker is alive", "no beat is alive"] == process_problems([])
    assert ["no worker is alive"] == process_problems([beat])


def test_a_queue_that_nobody_takes_from_is_named(clock: FakeClock) -> None:
    """It would fill for ever."""
    beat = Heartbeat("beat-1", "beat", clock.now())
    one = Heartbeat("w1", "worker", clock.now(), {"queues": ALL_QUEUES[:2]})
    other = Heartbeat("w2", "worker", clock.now(), {"queues": ALL_QUEUES[2:4]})

    assert ["no worker consumes queue notifications"] == process_problems(
        [beat, one, other]
    )


def test_a_due_time_that_passed_unseen_is_a_problem(clock: FakeClock) -> None:
    """Two minutes are left for a beat that restarts."""
    late = entries.job("late", next_due_at=clock.now() - LATE - SECOND)
    jobs = [
        late,
        entries.job("punctual", next_due_at=clock.now() - LATE),
        replace(late, name="off", enabled=False),
        entries.job("over", next_due_at=None),
    ]

    assert ["job late was due at 2026-03-01T11:58:29+00:00"] == job_problems(
        jobs, clock.now()
    )


def test_data_are_old_after_three_hours(clock: FakeClock) -> None:
    """An upstream that gives an hour late is no alarm."""
    newest = {"b": clock.now() - FRESH, "a": clock.now() - FRESH - SECOND}

    assert ["location a has no data since 2026-03-01T09:00:29+00:00"] == (
        freshness_problems(newest, clock.now())
    )
