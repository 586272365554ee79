"""Refused calls are added up by minute and sender, and the sums are bounded."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.refusal import (
    GRACE,
    MINUTE,
    OTHERS,
    REASONS,
    Refusals,
    RefusalTally,
    sealed_before,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ONE, OTHER = "192.0.2.1", "192.0.2.2"


def test_calls_of_a_minute_and_sender_are_one_sum() -> None:
    """By the reason of each, and apart from those of others."""
    tally = RefusalTally()
    for at, sender, status in (
        (NOON, ONE, 401),
        (NOON + 59 * SECOND, ONE, 401),
        (NOON + 30 * SECOND, ONE, 429),
        (NOON + 1 * SECOND, OTHER, 421),
        (NOON + 60 * SECOND, ONE, 401),
    ):
        tally.note(at, sender, status)

    assert [
        Refusals(NOON, ONE, {401: 2, 429: 1}),
        Refusals(NOON, OTHER, {421: 1}),
        Refusals(NOON + MINUTE, ONE, {401: 1}),
    ] == tally.take()
    assert [] == tally.take()


def test_reasons_are_told_in_words() -> None:
    """What was never the reason is not."""
    one = Refusals(NOON, ONE, {429: 3, 401: 12, 403: 0})

    assert 15 == one.calls
    assert "401 not authenticated: 12; 429 too many failures: 3" == str(one)


def test_beyond_the_bound_all_others_are_one_sum() -> None:
    """Also over minutes, so that a long outage of the database stays small."""
    tally = RefusalTally(most=2)
    for number in range(1000):
        tally.note(NOON + number * MINUTE, f"2001:db8:{number:x}::", 401)

    first, second, rest = sorted(tally.take(), key=lambda one: one.sender != OTHERS)[
        ::-1
    ]
    assert {1, 998} == {first.calls, second.calls, rest.calls}
    assert (NOON + 2 * MINUTE, OTHERS) == (rest.minute, rest.sender)


def test_who_is_told_apart_stays_so_beyond_the_bound() -> None:
    """A flood from elsewhere does not hide who was there before."""
    tally = RefusalTally(most=1)
    for sender in (ONE, OTHER, ONE, ONE):
        tally.note(NOON, sender, 401)

    assert [(OTHERS, 1), (ONE, 3)] == [(o.sender, o.calls) for o in tally.take()]


def test_the_bound_holds_for_a_minute_however_often_it_is_taken() -> None:
    """Otherwise a flood would cost the trail so many rows a flush."""
    tally, senders = RefusalTally(most=3), set[str]()
    for number in range(100):
        tally.note(NOON + number % 60 * SECOND, f"s{number}", 401)
        senders.update(one.sender for one in tally.take())
    tally.note(NOON + MINUTE, "a new minute", 401)

    assert {"s0", "s1", "s2", OTHERS} == senders
    assert ["a new minute"] == [one.sender for one in tally.take()]


CALLS = st.lists(
    st.tuples(
        st.integers(0, 300), st.integers(0, 20).map(str), st.sampled_from([*REASONS])
    )
)


@given(CALLS, CALLS)
def test_no_call_is_lost_and_no_sum_too_many(
    before: list[tuple[int, str, int]], after: list[tuple[int, str, int]]
) -> None:
    """Whatever comes, and also when the database did not take it the first time."""
    tally = RefusalTally(most=5)
    for second, sender, status in before:
        tally.note(NOON + second * SECOND, sender, status)
    taken = tally.take()
    for second, sender, status in after:
        tally.note(NOON + second * SECOND, sender, status)
    tally.give_back(taken)

    assert len(tally) <= 5 + 1
    found = tally.take()
    assert len(before) + len(after) == sum(one.calls for one in found)
    assert len(found) == len({(one.minute, one.sender) for one in found})


@pytest.mark.parametrize(
    ("at", "before"),
    [
        (NOON, NOON - MINUTE),
        (NOON + GRACE - SECOND, NOON - MINUTE),
        (NOON + GRACE, NOON),
        (NOON + MINUTE, NOON),
    ],
)
def test_a_minute_is_over_when_everybody_has_told_of_it(
    at: datetime, before: datetime
) -> None:
    """Processes tell every five seconds."""
    assert before == sealed_before(at)
