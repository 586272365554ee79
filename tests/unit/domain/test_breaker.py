"""What holds of a breaker whatever calls come, end, wait and die."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.breaker import (
    Breaker,
    BreakerRules,
    BreakerState,
    Result,
    Verdict,
    admit,
    settle,
    tidy,
)

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = BreakerRules(threshold=3, lease=20 * SECOND, timeout=60 * SECOND)
ASK, END = "ask", "end"
STEPS = st.lists(
    st.tuples(
        st.sampled_from([ASK, ASK, END]),
        st.sampled_from(Result),
        st.integers(0, 30),
        st.integers(0, 9),
    ),
    max_size=60,
)


@dataclass(frozen=True)
class Event:
    """What one step of a history made of a breaker."""

    at: datetime
    before: Breaker
    after: Breaker
    verdict: Verdict | None


def play(steps: list[tuple[str, Result, int, int]]) -> list[Event]:
    """Carry out *steps*: calls that ask, and one of them that ends, some time later."""
    known, at, begun = Breaker(), NOW, list[str]()
    events = []
    for number, (deed, result, seconds, which) in enumerate(steps):
        at += seconds * SECOND
        before, verdict = known, None
        if deed == ASK:
            known, verdict = admit(known, RULES, at, f"p{number}")
            if verdict in (Verdict.ADMIT, Verdict.PROBE):
                begun.append(f"p{number}")
        elif begun:
            permit = begun.pop(which % len(begun))
            known = settle(known, RULES, at, permit, result, error="503")
        events.append(Event(at, before, known, verdict))
    return events


@given(steps=STEPS)
def test_nobody_is_asked_while_it_is_open(steps: list[tuple[str, Result, int, int]]):
    """Before its time is over no call passes, and none probes."""
    for one in play(steps):
        until = one.before.until
        if one.before.state is BreakerState.OPEN and until and one.at < until:
            assert one.verdict in (None, Verdict.REFUSED)


@given(steps=STEPS)
def test_two_never_probe_at_once(steps: list[tuple[str, Result, int, int]]):
    """A probe is let through only where no living one holds the lease."""
    for one in play(steps):
        if one.verdict is Verdict.PROBE:
            assert one.before.holder is None or not one.before.is_held(one.at)
            assert one.after.is_held(one.at)


@given(steps=STEPS)
def test_only_a_row_of_failures_opens_it(steps: list[tuple[str, Result, int, int]]):
    """From closed to open with the last of them; never from closed to half open."""
    for one in play(steps):
        if one.before.state is BreakerState.CLOSED is not one.after.state:
            assert (BreakerState.OPEN, RULES.threshold) == (
                one.after.state,
                one.after.failures,
            )


@given(steps=STEPS)
def test_only_a_probe_closes_it(steps: list[tuple[str, Result, int, int]]):
    """And what has failed is forgotten then."""
    for one in play(steps):
        if one.after.state is BreakerState.CLOSED is not one.before.state:
            assert BreakerState.HALF_OPEN is one.before.state
            assert Breaker(closed_at=one.at) == one.after


@given(steps=STEPS)
def test_it_always_comes_back(steps: list[tuple[str, Result, int, int]]):
    """After a timeout and a lease somebody may ask, whatever has happened."""
    events = play(steps)
    known = events[-1].after if events else Breaker()
    later = (events[-1].at if events else NOW) + RULES.timeout + RULES.lease
    _, verdict = admit(known, RULES, later, "at last")

    assert verdict in (Verdict.ADMIT, Verdict.PROBE)


@given(steps=STEPS)
def test_tidying_takes_no_living_lease(steps: list[tuple[str, Result, int, int]]):
    """It changes nothing but the lease, and twice is once."""
    for one in play(steps):
        tidied = tidy(one.after, one.at)
        assert one.after.is_held(one.at) is tidied.is_held(one.at)
        assert one.after.state is tidied.state
        assert tidied == tidy(tidied, one.at)


@pytest.mark.parametrize(
    ("minutes", "expected"), [([], 1), ([0.1], 1), ([5], 10), ([60, 5, 7], 10)]
)
def test_the_window_holds_two_of_the_shortest_period(
    minutes: list[float], expected: int
):
    """Or what the settings say, if that is longer."""
    rules = BreakerRules(window=MINUTE)

    found = rules.for_periods(one * MINUTE for one in minutes)
    assert expected * MINUTE == found.window
