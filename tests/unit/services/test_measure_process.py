"""What a process tells of itself and of its host."""

import subprocess
from pathlib import Path

from airq_cron.domain.period import Period
from airq_cron.domain.tally import Step
from airq_cron.ports import QueueState
from airq_cron.services.count_backlog import count_backlog
from airq_cron.services.measure_process import CHILDREN_EVERY, ProcessMeter
from airq_cron.testing import START, MemoryCounters, MemoryQueues


def test_figures_are_those_of_this_machine(tmp_path: Path) -> None:
    """In their units."""
    found = ProcessMeter(tmp_path).read()

    assert found["rss_bytes"] > 1_000_000
    assert found["machine"]["cores"] >= 1
    assert 0 < found["machine"]["memory_percent"] <= 100
    assert found["machine"]["disk_free_bytes"] > 0


def test_children_count_as_ours(tmp_path: Path) -> None:
    """A worker's work is done by its children; those that ended are forgotten."""
    meter = ProcessMeter(tmp_path)
    with subprocess.Popen(["sleep", "60"]) as child:
        meter.read()
        assert child.pid in meter._known
        child.kill()
    meter.read()

    assert child.pid not in meter._known


def test_children_that_came_later_are_found(tmp_path: Path) -> None:
    """At once where one took the place of another, else soon."""
    meter = ProcessMeter(tmp_path)
    meter.read()
    with subprocess.Popen(["sleep", "60"]) as first:
        for _ in range(CHILDREN_EVERY):
            meter.read()
        assert first.pid in meter._known
        first.kill()
    with subprocess.Popen(["sleep", "60"]) as second:
        meter.read()
        meter.read()
        assert second.pid in meter._known
        second.kill()


def test_a_directory_that_is_gone_is_no_figure(tmp_path: Path) -> None:
    """Unknown, not zero."""
    found = ProcessMeter(tmp_path / "nowhere").read()

    assert "disk_free_bytes" not in found["machine"]


def test_the_backlog_of_every_queue_is_noted() -> None:
    """A queue without messages has no oldest one."""
    counters = MemoryCounters()
    queues = MemoryQueues([QueueState("analytics", 3, 1.5), QueueState("b", 0, None)])

    count_backlog(queues, counters, START)

    period = Period(START, START + Step.MINUTE.length)
    (full,), (empty,) = (counters.window(name, period) for name in ("analytics", "b"))
    assert full is not None
    assert empty is not None
    assert (3, 1.5) == (full.waiting, full.oldest_age_s)
    assert (0, None) == (empty.waiting, empty.oldest_age_s)
