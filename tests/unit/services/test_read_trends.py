"""Scores are kept, and read as a trend with what was counted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.job import Queue
from airq_cron.domain.period import Period
from airq_cron.domain.slope import Direction
from airq_cron.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    UnreachableError,
)
from airq_cron.ports import Batch, QueueState
from airq_cron.services.keep_scores import ScoreKeeper
from airq_cron.services.read_queue_health import HealthDesk
from airq_cron.services.read_trends import TrendDesk
from airq_cron.store.store import SqlStore
from airq_cron.testing import (
    FakeClock,
    MemoryCounters,
    MemoryHeartbeats,
    MemoryQueues,
    MemorySnapshots,
)

QUEUE = Queue.DATA_FETCH.value
MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)


class Scene:
    """A queue that is watched, and where its past is read."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        self.clock = clock
        self.queues = MemoryQueues()
        self.counters = MemoryCounters()
        self.snapshots = MemorySnapshots()
        heartbeats = MemoryHeartbeats(clock)
        self.health = HealthDesk(
            store, self.queues, self.counters, heartbeats, collects=True
        )
        self.keeper = self.another()
        self.desk = TrendDesk(self.counters, self.snapshots)

    def another(self) -> ScoreKeeper:
        """Give one more who keeps scores."""
        return ScoreKeeper(self.snapshots, interval=MINUTE, kept=WEEK)

    def keep(self, keeper: ScoreKeeper) -> int:
        """Judge the queues, and let *keeper* keep it."""
        return keeper.keep(self.health.every().queues, self.clock.now())

    def live(self, *waiting: int, succeeded: int = 2, failed: int = 0) -> None:
        """Let minutes pass; each ends with so many waiting."""
        for count in waiting:
            self.clock.advance(MINUTE)
            self.queues.known = [QueueState(QUEUE, count, None)]
            batch = Batch()
            tally = batch.of(QUEUE, self.clock.now())
            tally.counts.update(succeeded=succeeded, failed=failed)
            tally.handled(timedelta(seconds=1))
            self.counters.flush(batch)
            self.keep(self.keeper)

    def kept(self) -> int:
        """Return how many scores are kept of the queue."""
        now = self.clock.now()
        return len(self.snapshots.between(QUEUE, Period(now - WEEK, now + WEEK)))


@pytest.fixture
def scene(store: SqlStore, clock: FakeClock) -> Scene:
    """Give a queue that nobody has watched yet."""
    return Scene(store, clock)


def test_a_score_is_kept_once_an_interval(scene: Scene) -> None:
    """Whoever looks, and however often."""
    scene.live(1, 2, 3)
    for keeper in (scene.keeper, scene.another(), scene.another()):
        scene.keep(keeper)

    assert 3 == scene.kept()


def test_what_cannot_be_read_is_kept_as_nothing(scene: Scene) -> None:
    """It is a gap; and the next look of the interval tries again."""
    scene.queues.broken = True
    scene.live(1)
    assert 0 == scene.kept()
    scene.queues.broken = False
    scene.snapshots.broken = True
    with pytest.raises(UnreachableError):
        scene.live(1)
    scene.snapshots.broken = False
    scene.keep(scene.keeper)

    assert 1 == scene.kept()


def test_a_growing_backlog_rises(scene: Scene) -> None:
    """Ten more a minute, so it has no end."""
    scene.live(*range(0, 120, 10))
    trend = scene.desk.trend(QUEUE, scene.clock.now(), window=15 * MINUTE)
    slope = trend.slopes["waiting"]

    assert slope is not None
    assert (Direction.RISING, "high") == (slope.direction, slope.confidence)
    assert slope.per_hour == pytest.approx(600)
    assert trend.drain_s is None


def test_a_backlog_that_is_worked_off_has_an_end(scene: Scene) -> None:
    """A hundred left, ten fewer a minute: ten minutes."""
    scene.live(*range(210, 90, -10))
    trend = scene.desk.trend(QUEUE, scene.clock.now(), window=15 * MINUTE)

    assert trend.drain_s == pytest.approx(600)


def test_minutes_without_anybody_are_gaps(scene: Scene) -> None:
    """They neither bend the slope nor lower the throughput."""
    scene.live(*(4,) * 6, succeeded=6)
    scene.clock.advance(4 * MINUTE)
    scene.live(*(4,) * 2, succeeded=6)
    trend = scene.desk.trend(QUEUE, scene.clock.now(), window=12 * MINUTE)
    shown = [point.waiting for point in trend.points]

    assert [4] * 6 + [None] * 4 + [4] * 2 == shown
    assert (4, 12) == (trend.gaps, len(trend.points))
    assert {6.0, None} <= {point.throughput for point in trend.points}
    assert trend.slopes["throughput"] is not None
    assert Direction.STEADY == trend.slopes["waiting"].direction  # type: ignore[union-attr]


def test_a_failing_queue_loses_its_score(scene: Scene) -> None:
    """Minute after minute, as failures weigh more."""
    scene.live(*(0,) * 12, succeeded=0, failed=5)
    trend = scene.desk.trend(QUEUE, scene.clock.now(), window=12 * MINUTE)
    slope = trend.slopes["score"]

    assert slope is not None
    assert Direction.FALLING == slope.direction
    assert 1.0 == trend.points[-1].failure_rate


def test_of_a_queue_that_nobody_watched_nothing_is_known(scene: Scene) -> None:
    """All gaps, no slope, no end."""
    trend = scene.desk.trend(QUEUE, scene.clock.now())

    assert len(trend.points) == trend.gaps == 72
    assert {None} == set(trend.slopes.values()) | {trend.drain_s}


def test_what_is_wrong_with_the_question_is_told_first(scene: Scene) -> None:
    """Then the flag that is off, then what does not answer."""
    now = scene.clock.now()
    off = replace(scene.desk, off="CRON_ENABLE_METRICS_COLLECTION")
    with pytest.raises(NotFoundError, match="there are data-fetch"):
        off.trend("nothing", now)
    with pytest.raises(InvalidError, match="window: must lie between"):
        off.trend(QUEUE, now, window=timedelta(days=91))
    with pytest.raises(ConflictError, match="METRICS_COLLECTION is false, so nothing"):
        off.trend(QUEUE, now)
    scene.counters.broken = True
    with pytest.raises(UnreachableError):
        scene.desk.trend(QUEUE, now)
