"""Alerts about how queues do, and about runs that failed for good."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.alert_rule import DEFAULTS
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.health import Confidence, Facts, Health, Limits, judge
from airq_cron.domain.job import Queue
from airq_cron.domain.run import State
from airq_cron.domain.severity import Severity
from airq_cron.ports import Batch, FlipFilter, QueueState
from airq_cron.services.discard_run import discard_run
from airq_cron.services.look_at_queues import (
    look_at_bottlenecks,
    look_at_processing,
    look_at_score,
)
from airq_cron.services.read_queue_health import HealthDesk, QueueHealth
from airq_cron.services.watch_parts import PartsWatch
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryCounters, MemoryHeartbeats, MemoryQueues
from tests import entries

STEP = timedelta(seconds=20)
QUEUE = Queue.ANALYTICS.value
LINE = QueueHealth(QUEUE, judge(Facts(), Limits()), 0, None, 0, None, Facts(), None, ())


def scored(score: float | None) -> QueueHealth:
    """Return a queue of this score."""
    return replace(LINE, health=Health(score, Confidence.HIGH))


def timed(mean_s: float | None) -> QueueHealth:
    """Return a queue whose executions take so long."""
    facts = Facts() if mean_s is None else Facts(handled=4, handling_s=4 * mean_s)
    return replace(LINE, facts=facts)


@pytest.mark.parametrize(
    ("score", "holds"),
    [(0.0, True), (0.49, True), (0.5, None), (0.59, None), (0.6, False), (1.0, False)],
)
def test_a_score_below_the_threshold_is_unwell(score: float, holds: bool | None):
    """It is well again only when it is clearly above."""
    assert holds is look_at_score(scored(score), 0.5).holds


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 0.99))
def test_a_better_score_is_never_judged_worse(one: float, two: float, limit: float):
    """Whatever the threshold."""
    ranks = {True: 0, None: 1, False: 2}
    worse, better = sorted((one, two))

    assert (
        ranks[look_at_score(scored(worse), limit).holds]
        <= ranks[look_at_score(scored(better), limit).holds]
    )


@pytest.mark.parametrize(
    ("mean_s", "holds"),
    [(None, False), (23.0, False), (25.0, None), (30.0, None), (30.1, True)],
)
def test_slow_executions_are_told_of(mean_s: float | None, holds: bool | None):
    """A queue that rests is not slow."""
    assert holds is look_at_processing(timed(mean_s), 30_000).holds


def test_what_cannot_be_read_is_not_known() -> None:
    """Redis away is an alert of its own, and no other."""
    away = replace(LINE, health=judge(None, Limits()), facts=None)

    assert [None, None, None] == [
        look_at_score(away, 0.5).holds,
        look_at_bottlenecks(away).holds,
        look_at_processing(away, 30_000).holds,
    ]


class Scene:
    """An instance that is well, and one who watches it."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.counters = MemoryCounters()
        self.queues = MemoryQueues(QueueState(one.value, 0, None) for one in Queue)
        heartbeats = MemoryHeartbeats(clock)
        self.watch = PartsWatch(
            store,
            self.queues,
            heartbeats,
            desk=HealthDesk(
                store, self.queues, self.counters, heartbeats, collects=True
            ),
        )

    def end(self, seconds: float = 1, **ends: int) -> None:
        """Let runs of the queue have ended just now."""
        batch = Batch()
        tally = batch.of(QUEUE, self.clock.now())
        tally.counts.update(ends)
        for _ in range(sum(ends.values())):
            tally.handled(timedelta(seconds=seconds))
        self.counters.flush(batch)

    def look(self, *kinds: FlipKind) -> list[Flip]:
        """Look twice; return the alerts of some kinds."""
        for _ in range(2):
            self.clock.advance(STEP)
            self.watch.look(self.clock.now())
        with self.store.read() as unit:
            found = unit.flips.find(FlipFilter(), limit=99, after=None)
        return [flip for flip in found if flip.kind in kinds]


@pytest.fixture
def scene(store: SqlStore, clock: FakeClock) -> Scene:
    """Give an instance that is well."""
    return Scene(store, clock)


def test_a_queue_that_fails_raises_and_clears(scene: Scene) -> None:
    """It says which term is bad, and where to read what helps."""
    scene.end(failed=90, succeeded=10)
    (flip,) = scene.look(FlipKind.CRITICAL_BOTTLENECK)
    scene.clock.advance(timedelta(hours=2))
    (over,) = scene.look(FlipKind.CRITICAL_BOTTLENECK)

    assert ("queue:analytics", True, Severity.CRITICAL) == (
        flip.subject,
        flip.is_open,
        flip.severity,
    )
    assert "90 of 100 runs failed" in flip.message
    assert "airq queues recommend analytics" in flip.message
    assert not over.is_open


def test_an_unwell_queue_names_its_worst_term(scene: Scene) -> None:
    """A backlog that nobody works off, and what was done failed."""
    scene.end(seconds=900, failed=100)
    scene.queues.known = [QueueState(one.value, 5000, 9e3) for one in Queue]
    (flip,) = [
        one for one in scene.look(FlipKind.QUEUE_HEALTH) if one.subject.endswith(QUEUE)
    ]

    assert "is unwell, mostly for its" in flip.message
    assert flip.detail["score"] < 0.5


def test_slow_processing_is_an_alert_of_its_own(scene: Scene) -> None:
    """The mission's fifth condition: 30 s by default."""
    scene.end(seconds=31, succeeded=5)
    (flip,) = scene.look(FlipKind.SLOW_PROCESSING)

    assert "take 31000 ms on average, more than 30000" in flip.message


def test_dead_letters_are_told_until_somebody_sees_to_them(
    scene: Scene, store: SqlStore
) -> None:
    """Discarding the last one ends the alert."""
    run = entries.end(store, 0, State.FAILED, of="fetch-paris-data")
    (flip,) = scene.look(FlipKind.DEAD_LETTERS)
    assert f"1 run failed for good ({run.job}: 1): see airq" in flip.message

    discard_run(store, run.run_id, by="cli:ann")
    (flip,) = scene.look(FlipKind.DEAD_LETTERS)

    assert not flip.is_open
    assert "0 runs left" in (flip.cleared_message or "")


def test_every_kind_of_alert_has_a_rule() -> None:
    """Who adds one cannot forget it."""
    assert set(FlipKind) == set(DEFAULTS)


def test_thresholds_come_from_the_settings(system: Any) -> None:
    """People who set QUEUE_HEALTH_ALERT_THRESHOLD need not know of rules."""
    settings = replace(
        system.settings, queue_alert_threshold=0.7, queue_processing_ms=5000
    )
    defaults = replace(system, settings=settings).alert_defaults

    assert (0.7, 5000, 100) == tuple(
        defaults[kind].threshold
        for kind in (
            FlipKind.QUEUE_HEALTH,
            FlipKind.SLOW_PROCESSING,
            FlipKind.QUEUE_BACKLOG,
        )
    )
