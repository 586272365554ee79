"""The overview is one moment: the database in one transaction, Redis in one step."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from airq_cron.domain.bottleneck import BottleneckKind
from airq_cron.domain.period import Period
from airq_cron.ports import Heartbeat, Lookout, QueueState, Sighting, Store, Unit
from airq_cron.services.overview import Overall
from airq_cron.services.sum_up import FURTHEST_S, READINGS, OverviewDesk
from airq_cron.system import System
from airq_cron.testing import FakeClock, MemoryQueues
from tests.flips import FLIP

SLOW = timedelta(seconds=FURTHEST_S + 0.5)


@dataclass
class SlowLookout:
    """Takes its time for the first *slow* looks."""

    inner: Lookout
    clock: FakeClock
    slow: int
    asked: list[datetime] = field(default_factory=list)

    def look(
        self, at: datetime, *, breakers: Iterable[str] = (), counted: Period | None
    ) -> Sighting:
        self.asked.append(at)
        if len(self.asked) <= self.slow:
            self.clock.advance(SLOW)
        return self.inner.look(at, breakers=breakers, counted=counted)


class CountingStore:
    """Counts the reading transactions."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.read_count = 0

    def read(self) -> AbstractContextManager[Unit]:
        self.read_count += 1
        return self.inner.read()


@pytest.fixture
def slow(system: System, clock: FakeClock) -> SlowLookout:
    """Give a lookout that is not slow yet."""
    return SlowLookout(system.lookout, clock, 0)


@pytest.fixture
def desk(system: System, slow: SlowLookout) -> OverviewDesk:
    """Give the desk, with processes alive."""
    now = system.clock.now()
    queues = ["data-fetch", "analytics", "maintenance", "monitoring", "notifications"]
    for name, role in (("w", "worker"), ("b", "beat")):
        detail = {"queues": queues, "children": 2, "busy": 1} if role != "beat" else {}
        beat = Heartbeat(name, role, now, cast(dict[str, Any], detail))
        system.heartbeats.beat(beat, timedelta(minutes=5))
    return replace(system.overview_desk, lookout=slow)


def test_the_database_is_read_in_one_transaction(desk: OverviewDesk) -> None:
    """Whatever is told comes from it."""
    store = CountingStore(desk.store)
    replace(desk, store=cast(Store, store)).sum_up()

    assert 1 == store.read_count


def test_as_of_is_the_earlier_moment(
    desk: OverviewDesk, slow: SlowLookout, clock: FakeClock
) -> None:
    """Redis is looked at after the database, for the same instant."""
    began = clock.now()
    found = desk.sum_up()

    assert began == found.as_of
    assert [began] == slow.asked


def test_what_was_read_too_far_apart_is_read_again(
    desk: OverviewDesk, slow: SlowLookout, clock: FakeClock
) -> None:
    """All of it, so that it is one moment."""
    slow.slow, began = 1, clock.now()
    found = desk.sum_up()

    assert 2 == len(slow.asked)
    assert began + SLOW == found.as_of
    assert not any("apart" in reason for reason in found.reasons)


def test_what_cannot_be_read_at_once_says_so(
    desk: OverviewDesk, slow: SlowLookout
) -> None:
    """It is given all the same, and is a reason to look into it."""
    slow.slow = 99
    found = desk.sum_up()

    assert READINGS == len(slow.asked)
    assert "the database and Redis could only be read 1.5 s apart" in found.reasons
    assert Overall.DEGRADED is found.state


def test_it_has_figures_alerts_bottlenecks_and_workers(
    desk: OverviewDesk, system: System
) -> None:
    """Whatever people ask first stands in one document."""
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.known = [QueueState("analytics", 500, 1.0)]
    system.store.write(lambda unit: unit.flips.put(FLIP))
    found = desk.sum_up()

    assert [FLIP.id] == [one.id for one in found.alerts]
    assert BottleneckKind.QUEUE_BACKLOG in {one.kind for one in found.bottlenecks}
    assert {"w": (2, 1), "b": (None, None)} == {
        one.name: (one.children, one.busy) for one in found.processes
    }
    assert {0} == {report.totals["total"] for report in found.jobs}


def test_without_a_judge_there_are_no_scores(desk: OverviewDesk) -> None:
    """And nobody asks for counts."""
    found = replace(desk, health=None).sum_up()

    assert {None} == {line.score for line in found.queues}
    assert () == found.bottlenecks
