"""The score of a queue: within bounds, explained, fair to the idle."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.health import (
    UNKNOWN,
    Confidence,
    Facts,
    Limits,
    confidence_of,
    gather,
    judge,
)
from airq_cron.domain.tally import Bin

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = Limits()
ALERT = 0.5
# Sums of floats are exact to some fifteen digits.
ROUNDING = 1e-9
numbers = st.integers(0, 10_000)
seconds = st.floats(0, 1e6)


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    """Draw what a queue may have done."""
    succeeded, failed = draw(numbers), draw(numbers)
    return Facts(
        succeeded=succeeded,
        failed=failed,
        handled=succeeded + failed,
        handling_s=draw(seconds) if succeeded + failed else 0.0,
        arrivals=draw(numbers),
        done=succeeded + failed + draw(numbers),
        waiting=draw(numbers),
        oldest_age_s=draw(st.none() | seconds),
    )


def score(facts: Facts) -> float:
    """Return the score, which there is."""
    found = judge(facts, LIMITS).score
    assert found is not None
    return found


@given(any_facts())
def test_a_score_lies_between_zero_and_one(facts: Facts):
    """Whatever happened."""
    assert 0 <= score(facts) <= 1


@given(any_facts())
def test_a_score_is_the_sum_of_what_its_terms_give(facts: Facts):
    """And no term gives more than its weight."""
    health = judge(facts, LIMITS)

    assert health.score == pytest.approx(sum(t.contribution for t in health.terms))
    assert all(0 <= t.contribution <= t.weight for t in health.terms)
    assert sum(t.weight for t in health.terms) == pytest.approx(1)


@given(any_facts(), st.integers(1, 1000))
def test_more_failures_never_raise_it(facts: Facts, more: int):
    """Of the same number of runs."""
    more = min(more, facts.succeeded)
    worse = replace(facts, succeeded=facts.succeeded - more, failed=facts.failed + more)

    assert score(worse) <= score(facts) + ROUNDING


@given(any_facts(), st.floats(0, 1e6))
def test_slower_runs_never_raise_it(facts: Facts, more: float):
    """The longer they take in all."""
    slower = replace(facts, handling_s=facts.handling_s + more)

    assert score(slower) <= score(facts) + ROUNDING


@given(any_facts(), st.integers(1, 1000), st.floats(0, 1e6))
def test_a_larger_or_older_backlog_never_raises_it(
    facts: Facts, more: int, older: float
):
    """Each by itself."""
    age = (facts.oldest_age_s or 0.0) + older
    longer = replace(facts, waiting=facts.waiting + more)

    assert score(longer) <= score(facts) + ROUNDING
    assert score(replace(facts, oldest_age_s=age)) <= score(facts) + ROUNDING


@given(any_facts(), st.integers(1, 1000))
def test_what_arrives_and_is_not_done_never_raises_it(facts: Facts, more: int):
    """Falling behind is no merit, getting things done is no fault."""
    behind = replace(facts, arrivals=facts.arrivals + more)
    caught_up = replace(behind, done=behind.done + more)

    assert score(behind) <= score(facts) + ROUNDING
    assert score(caught_up) >= score(behind) - ROUNDING


@given(any_facts())
def test_there_are_no_cliffs(facts: Facts):
    """One more message, failure or second moves it by a little only."""
    here = score(facts)
    waiting = replace(facts, waiting=facts.waiting + 1)
    slower = replace(facts, handling_s=facts.handling_s + 1)
    failed = replace(facts, failed=facts.failed + 1)

    for there in (waiting, slower, failed):
        assert abs(score(there) - here) < 0.2


def test_an_idle_queue_is_healthy():
    """With little confidence: there is nothing to judge it by."""
    health = judge(Facts(), LIMITS)

    assert (1.0, Confidence.LOW) == (health.score, health.confidence)
    assert [None, None, 0, None] == [term.input for term in health.terms]


def test_what_nobody_collected_is_unknown():
    """It is neither good nor bad."""
    assert UNKNOWN == judge(gather([None, None], 500, 10.0), LIMITS)
    assert (None, Confidence.NONE, ()) == (
        UNKNOWN.score,
        UNKNOWN.confidence,
        UNKNOWN.terms,
    )


def test_a_gap_is_left_out_and_zeros_count():
    """One minute in which somebody looked is enough."""
    facts = gather([None, Bin(NOON)], 3, 1.5)

    assert Facts(waiting=3, oldest_age_s=1.5) == facts


def test_bins_are_added_up_by_outcome():
    """Ends that are nobody's fault count as done, and as neither good nor bad."""
    ends = {"succeeded": 5, "failed": 1, "dead": 1, "crashed": 1, "time_limit": 1}
    handling = (0,) * 25 + (7,)
    one = Bin(
        NOON,
        ends | {"skipped": 4, "dropped": 2},
        arrivals=16,
        handling=handling,
        handling_sum_s=20.5,
        dwell=(3,) + (0,) * 25,
        dwell_sum_s=1.5,
    )

    expected = Facts(10, 8, 14, 41.0, 32, 30, taken=6, dwell_s=3.0)
    assert expected == gather([one, None, one], 0, None)


def test_one_failure_alone_is_no_bad_score():
    """It is told with low confidence, and its rate as it is."""
    health = judge(Facts(failed=1, handled=1, arrivals=1, done=1), LIMITS)

    assert health.score is not None
    assert health.score > ALERT
    assert (1.0, Confidence.LOW) == (health.terms[0].input, health.confidence)


@pytest.mark.parametrize(
    "bad",
    [
        Facts(failed=60, handled=60, arrivals=60, done=60),
        Facts(60, 0, 60, 60 * 300.0, 60, 60),
        Facts(60, 0, 60, 60.0, 60, 60, waiting=1000),
        Facts(waiting=3, oldest_age_s=3600.0, arrivals=3),
    ],
    ids=["all fail", "slow", "long backlog", "nobody works"],
)
def test_one_thing_that_is_bad_is_enough(bad: Facts):
    """Three good terms do not hide it."""
    assert score(bad) < ALERT


def test_a_busy_queue_in_good_order_is_healthy():
    """Some seconds a run, few failures, few waiting."""
    assert score(Facts(59, 1, 60, 120.0, 62, 60, 2, 4.0)) > 0.9


@pytest.mark.parametrize(
    ("samples", "confidence"),
    [(0, "low"), (9, "low"), (10, "medium"), (29, "medium"), (30, "high")],
)
def test_more_samples_say_more(samples: int, confidence: str):
    """From 10 and from 30 on."""
    assert confidence == confidence_of(samples)
