"""What holds a queue up: four kinds, four severities, no alarm from a few samples."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.bottleneck import (
    SEVERITIES,
    Bottleneck,
    BottleneckKind,
    find_bottlenecks,
    severity_of,
)
from airq_cron.domain.health import Confidence, Facts, Limits
from airq_cron.domain.severity import Severity

LIMITS = Limits()
QUEUE = "data-fetch"
# Enough of everything, and nothing out of order.
WELL = Facts(
    succeeded=100,
    handled=100,
    handling_s=200.0,
    taken=100,
    dwell_s=100.0,
    arrivals=100,
    done=100,
)
numbers = st.integers(0, 10_000)


def only(facts: Facts, *, workers: int | None = None) -> Bottleneck:
    """Return the one bottleneck that there is."""
    (found,) = find_bottlenecks(QUEUE, facts, LIMITS, workers=workers)
    return found


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    """Draw what a queue may have done."""
    return Facts(
        succeeded=draw(numbers),
        failed=draw(numbers),
        handled=draw(numbers),
        handling_s=draw(st.floats(0, 1e6)),
        taken=draw(numbers),
        dwell_s=draw(st.floats(0, 1e6)),
        waiting=draw(numbers),
        oldest_age_s=draw(st.none() | st.floats(0, 1e6)),
    )


@pytest.mark.parametrize("workers", [None, 0, 2])
@pytest.mark.parametrize("facts", [WELL, Facts()])
def test_a_queue_that_is_well_or_idle_has_none(facts: Facts, workers: int | None):
    """Nobody needs a worker for a queue in which nothing waits."""
    assert () == find_bottlenecks(QUEUE, facts, LIMITS, workers=workers)


@pytest.mark.parametrize(
    ("facts", "kind", "value"),
    [
        (replace(WELL, waiting=100), "queue_backlog", 100),
        (replace(WELL, succeeded=90, failed=10), "high_failure_rate", 0.1),
        (replace(WELL, handling_s=3000.0), "slow_processing", 30.0),
        (replace(WELL, dwell_s=30_000.0), "high_wait_time", 300.0),
        (replace(WELL, waiting=1, oldest_age_s=300.0), "high_wait_time", 300.0),
    ],
)
def test_each_kind_begins_at_its_limit(facts: Facts, kind: str, value: float):
    """As low, with the figure and a sentence that has it."""
    found = only(facts)

    assert (kind, "low", value) == (found.kind, found.severity, found.value)
    assert "limit" in found.message


@pytest.mark.parametrize(
    ("waiting", "severity"),
    [(199, "low"), (200, "medium"), (300, "high"), (499, "high"), (500, "critical")],
)
def test_it_is_worse_the_further_it_is_beyond(waiting: int, severity: str):
    """By the factors 1, 2, 3 and 5."""
    assert severity == only(replace(WELL, waiting=waiting)).severity


@pytest.mark.parametrize(
    ("failed", "severity", "confidence"),
    [
        (1, "low", "low"),
        (9, "low", "low"),
        (10, "high", "medium"),
        (30, "critical", "high"),
    ],
)
def test_few_samples_are_no_alarm(failed: int, severity: str, confidence: str):
    """One run that failed, of one, is not a failure rate of 1 to be woken for."""
    found = only(Facts(failed=failed))

    assert (severity, confidence, failed) == (
        found.severity,
        found.confidence,
        found.samples,
    )


def test_few_messages_that_nobody_takes_are_high():
    """A limit of 100 says nothing where the last worker is gone."""
    found = only(replace(WELL, waiting=1), workers=0)

    assert (BottleneckKind.QUEUE_BACKLOG, Severity.HIGH) == (
        found.kind,
        found.severity,
    )
    assert "no worker takes from the queue" in found.message
    assert "critical" == only(replace(WELL, waiting=500), workers=0).severity


def test_a_message_that_starves_counts_though_others_are_quick():
    """Those that are taken at once hide it in every mean."""
    found = only(replace(WELL, waiting=3, oldest_age_s=1500.0))

    assert ("high_wait_time", "critical", 1) == (
        found.kind,
        found.severity,
        found.samples,
    )
    assert Confidence.HIGH == found.confidence


def test_the_worst_comes_first():
    """Whoever reads only one line reads that."""
    facts = replace(WELL, waiting=100, succeeded=50, failed=50, oldest_age_s=600.0)

    assert ["critical", "medium", "low"] == [
        one.severity for one in find_bottlenecks(QUEUE, facts, LIMITS)
    ]


@given(st.floats(0.001, 0.999))
def test_a_share_can_be_critical_whatever_its_limit(threshold: float):
    """Everything failed: five times a limit of 0.3 is never reached."""
    assert Severity.CRITICAL == severity_of(1, threshold, is_share=True)
    assert severity_of(threshold / 2, threshold, is_share=True) is None


@given(st.floats(0.01, 1e5), st.floats(0, 1e6), st.floats(0, 1e6), st.booleans())
def test_more_is_never_milder(
    threshold: float, value: float, more: float, is_share: bool
):
    """Of anything."""
    if is_share:
        threshold, value, more = threshold / 1e6, value / 2e6, more / 2e6
    here = severity_of(value, threshold, is_share=is_share)
    there = severity_of(value + more, threshold, is_share=is_share)

    assert _rank(there) >= _rank(here)


@given(any_facts(), st.none() | st.integers(0, 3))
def test_each_kind_is_told_once_with_a_figure_beyond_its_limit(
    facts: Facts, workers: int | None
):
    """Or with nobody to take it."""
    found = find_bottlenecks(QUEUE, facts, LIMITS, workers=workers)

    assert len(found) == len({one.kind for one in found})
    assert all(
        one.value >= one.threshold or (workers == 0 and facts.waiting) for one in found
    )
    assert sorted(map(_severity, found), reverse=True) == list(map(_severity, found))


def _severity(one: Bottleneck) -> int:
    return _rank(one.severity)


def _rank(severity: Severity | None) -> int:
    return -1 if severity is None else SEVERITIES.index(severity)
