"""What a worker's main process gathers, and when it writes it."""

import logging
from datetime import timedelta

import pytest

from airq_cron.domain.buckets import bucket_of
from airq_cron.domain.period import Period
from airq_cron.domain.tally import Bin
from airq_cron.ports.broker import ENQUEUED_HEADER
from airq_cron.testing import MemoryCounters
from tests.entries import DAWN
from workers.counting import MARK_EVERY_S, Gatherer, outcome_of

QUEUE = "analytics"
MINUTE = timedelta(minutes=1)
AT_S = DAWN.timestamp()


@pytest.fixture
def counters() -> MemoryCounters:
    """Give where counts are written."""
    return MemoryCounters()


@pytest.fixture
def gatherer(counters: MemoryCounters) -> Gatherer:
    """Give the gatherer of a worker of one queue."""
    return Gatherer(counters, [QUEUE, "someone-elses"])


def read(counters: MemoryCounters, minutes: int = 1) -> list[Bin | None]:
    """Return what is kept of the first minutes."""
    return list(counters.window(QUEUE, Period(DAWN, DAWN + minutes * MINUTE)))


def test_nothing_is_written_before_the_flush(
    gatherer: Gatherer, counters: MemoryCounters
) -> None:
    """A round trip a task would cost ten times as much as the rest."""
    gatherer.done(QUEUE, "succeeded", AT_S, 0.2)
    assert {} == counters.totals()

    gatherer.flush(DAWN)

    (found,) = read(counters)
    assert found is not None
    assert {"succeeded": 1} == found.counts
    assert 1 == found.handling[bucket_of(timedelta(seconds=0.2))]


def test_dwell_comes_from_the_header(
    gatherer: Gatherer, counters: MemoryCounters
) -> None:
    """Messages of strangers, without one or with nonsense in it, have none."""
    for headers in ({ENQUEUED_HEADER: AT_S - 2}, {}, {ENQUEUED_HEADER: "soon"}):
        gatherer.took(QUEUE, AT_S, headers)
    gatherer.flush(DAWN)

    (found,) = read(counters)
    assert found is not None
    assert (1, 2.0) == (sum(found.dwell), found.dwell_sum_s)


def test_what_cannot_be_written_is_kept(
    gatherer: Gatherer, counters: MemoryCounters, caplog: pytest.LogCaptureFixture
) -> None:
    """Each count is there once when the broker is back."""
    counters.broken = True
    with caplog.at_level(logging.CRITICAL):
        for second in range(3):
            gatherer.done(QUEUE, "succeeded", AT_S + second, 0.1)
            gatherer.flush(DAWN + timedelta(seconds=second))
    counters.broken = False

    gatherer.flush(DAWN + timedelta(seconds=5))
    gatherer.flush(DAWN + timedelta(seconds=6))

    assert {"succeeded": 3} == counters.totals()[QUEUE].counts


def test_an_idle_worker_says_that_it_is_counting(
    gatherer: Gatherer, counters: MemoryCounters
) -> None:
    """Every minute, so that idle is told from unknown."""
    for second in range(0, 180, int(MARK_EVERY_S)):
        gatherer.flush(DAWN + timedelta(seconds=second))

    assert [Bin(DAWN + n * MINUTE) for n in range(3)] == read(counters, 3)


def test_only_queues_of_ours_are_counted(
    gatherer: Gatherer, counters: MemoryCounters
) -> None:
    """The number of keys is bounded, whatever is sent to us."""
    gatherer.done("someone-elses", "succeeded", AT_S, 0.1)
    gatherer.took("someone-elses", AT_S, {ENQUEUED_HEADER: AT_S})
    gatherer.flush(DAWN)

    assert [QUEUE] == list(counters.totals())


def test_without_histograms_counts_go_on(counters: MemoryCounters) -> None:
    """CRON_ENABLE_PERFORMANCE_MONITORING=false."""
    gatherer = Gatherer(counters, [QUEUE], histograms=False)
    gatherer.took(QUEUE, AT_S, {ENQUEUED_HEADER: AT_S - 1})
    gatherer.done(QUEUE, "failed", AT_S, 1.0)
    gatherer.flush(DAWN)

    assert [Bin(DAWN, {"failed": 1})] == read(counters)


@pytest.mark.parametrize("answer", ["None", None, "'nonsense'", 7])
def test_an_answer_that_is_no_state_was_a_dropped_message(answer: object) -> None:
    """A second copy of a message answers nothing."""
    assert "dropped" == outcome_of(answer)


@pytest.mark.parametrize("claimed", [QUEUE, "data-fetch", "None", "{}"])
def test_a_refused_message_counts_where_it_was_taken(
    gatherer: Gatherer, counters: MemoryCounters, claimed: str
) -> None:
    """Whatever queue it claims to be of; it took no time."""
    gatherer.refused(claimed, AT_S)
    gatherer.flush(DAWN)

    (found,) = read(counters)
    assert found is not None
    assert {"refused": 1} == found.counts
    assert [QUEUE] == list(counters.totals())
    assert 0 == sum(found.handling) == sum(found.dwell)
