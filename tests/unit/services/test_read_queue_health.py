"""The health of queues, read from counts, queues and ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.health import Confidence
from airq_cron.domain.job import Queue
from airq_cron.errors import NotFoundError
from airq_cron.ports import Batch, Heartbeat, QueueState, Store
from airq_cron.services.read_queue_health import HealthDesk, QueueHealth
from airq_cron.testing import FakeClock, MemoryCounters, MemoryHeartbeats, MemoryQueues

QUEUE = Queue.DATA_FETCH.value
MINUTE = timedelta(minutes=1)


@pytest.fixture
def counters() -> MemoryCounters:
    """Give counters that nothing was written to."""
    return MemoryCounters()


@pytest.fixture
def queues() -> MemoryQueues:
    """Give queues, one with a backlog."""
    return MemoryQueues(
        [QueueState(one.value, 3 if one == QUEUE else 0, None) for one in Queue]
    )


@pytest.fixture
def heartbeats(clock: FakeClock) -> MemoryHeartbeats:
    """Give a worker of three processes, and one of other queues."""
    found = MemoryHeartbeats(clock)
    for name, queues, children in (("w1", [QUEUE, "analytics"], 3), ("w2", ["x"], 9)):
        detail = {"queues": queues, "children": children}
        found.beat(Heartbeat(name, "worker", clock.now(), detail), 99 * MINUTE)
    return found


@pytest.fixture
def desk(
    store: Store,
    queues: MemoryQueues,
    counters: MemoryCounters,
    heartbeats: MemoryHeartbeats,
) -> HealthDesk:
    """Give a desk over a real database."""
    return HealthDesk(store, queues, counters, heartbeats, collects=True)


def work(
    counters: MemoryCounters, clock: FakeClock, *, ago: timedelta, **ends: int
) -> None:
    """Let the queue have ended runs so long *ago*."""
    batch = Batch()
    tally = batch.of(QUEUE, clock.now() - ago)
    tally.counts.update(ends)
    tally.arrivals += sum(ends.values())
    for _ in range(sum(ends.values())):
        tally.handled(timedelta(seconds=2))
    counters.flush(batch)


def shown(line: QueueHealth) -> dict[str, float | None]:
    """Return the inputs of the terms by name."""
    return {term.name: term.input for term in line.health.terms}


def test_every_queue_is_told_in_its_order(desk: HealthDesk, clock: FakeClock):
    """With the instant that was looked at."""
    found = desk.every()

    assert [queue.value for queue in Queue] == [line.name for line in found.queues]
    assert clock.now() == found.as_of


def test_the_last_hour_counts(
    desk: HealthDesk, counters: MemoryCounters, clock: FakeClock
):
    """The minute that has just begun too; what is older does not."""
    work(counters, clock, ago=timedelta(), failed=1)
    work(counters, clock, ago=59 * MINUTE, succeeded=3)
    work(counters, clock, ago=61 * MINUTE, failed=100)
    line = desk.one(QUEUE)

    assert (0.25, 3) == (line.failure_rate, line.waiting)
    assert {
        "failure_rate": 0.25,
        "processing_speed": 2.0,
        "backlog": 3,
        "throughput": 1.0,
    } == shown(line)


def test_an_idle_queue_is_healthy(
    desk: HealthDesk, counters: MemoryCounters, clock: FakeClock
):
    """Somebody looked, and nothing had happened."""
    batch = Batch()
    batch.saw(Queue.ANALYTICS.value, clock.now(), 0, None)
    counters.flush(batch)
    line = desk.one(Queue.ANALYTICS.value)

    assert (1.0, Confidence.LOW) == (line.health.score, line.health.confidence)
    assert (0, None) == (line.waiting, line.failure_rate)


def test_without_counts_the_score_is_unknown(desk: HealthDesk):
    """The backlog is known all the same."""
    line = desk.one(QUEUE)

    assert (None, Confidence.NONE) == (line.health.score, line.health.confidence)
    assert (3, None) == (line.waiting, line.failure_rate)


def test_switched_off_is_unknown(
    desk: HealthDesk, counters: MemoryCounters, clock: FakeClock
):
    """What was counted before says nothing about now."""
    work(counters, clock, ago=MINUTE, succeeded=30)
    line = replace(desk, collects=False).one(QUEUE)

    assert (None, Confidence.NONE) == (line.health.score, line.health.confidence)


@pytest.mark.parametrize("part", ["queues", "counters"])
def test_what_cannot_be_read_is_unknown(
    desk: HealthDesk, counters: MemoryCounters, clock: FakeClock, part: str
):
    """It is no error, and no bad score."""
    work(counters, clock, ago=MINUTE, succeeded=30)
    getattr(desk, part).broken = True
    line = desk.one(QUEUE)

    assert (None, None) == (line.health.score, line.failure_rate)
    assert (None if part == "queues" else 3) == line.waiting


def test_an_unknown_queue_tells_those_there_are(desk: HealthDesk):
    """So that the next call is right."""
    with pytest.raises(NotFoundError, match="data-fetched; there are data-fetch, ana"):
        desk.one("data-fetched")


def test_capacity_is_told_from_the_last_minutes(
    desk: HealthDesk, counters: MemoryCounters, clock: FakeClock
):
    """What came half an hour ago says little of what comes now."""
    work(counters, clock, ago=30 * MINUTE, succeeded=500)
    work(counters, clock, ago=MINUTE, succeeded=60)
    capacity = desk.one(QUEUE).capacity

    assert capacity is not None
    assert (1.0, 0.5, 3) == (
        capacity.arrival_rate,
        capacity.service_rate,
        capacity.workers,
    )
    assert 0 == desk.one("maintenance").capacity.workers  # type: ignore[union-attr]


def test_what_holds_a_queue_up_is_told_with_it(
    desk: HealthDesk, counters: MemoryCounters, clock: FakeClock
):
    """From the same facts as the score."""
    work(counters, clock, ago=MINUTE, succeeded=10, failed=30)

    assert [("high_failure_rate", "critical")] == [
        (one.kind, one.severity) for one in desk.one(QUEUE).bottlenecks
    ]


@pytest.mark.parametrize("collects", [True, False])
def test_a_backlog_holds_up_though_nobody_counts(
    desk: HealthDesk, queues: MemoryQueues, collects: bool
):
    """It is looked at; and without heartbeats nobody knows who takes from it."""
    queues.known = [QueueState(QUEUE, 250, None)]
    line = replace(desk, collects=collects).one(QUEUE)

    assert ["medium"] == [one.severity for one in line.bottlenecks]


def test_without_signs_of_life_the_workers_are_unknown(
    desk: HealthDesk, heartbeats: MemoryHeartbeats
):
    """Which is not none at all."""
    heartbeats.broken = True
    capacity = desk.one(QUEUE).capacity

    assert capacity is not None
    assert capacity.workers is None
    assert () == desk.one(QUEUE).bottlenecks
