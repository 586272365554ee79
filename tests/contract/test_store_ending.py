"""A worker ends its attempt once, and only its own."""

from datetime import timedelta

import pytest

from airq_cron.domain.run import Outcome, State, may_become
from airq_cron.errors import LeaseLostError
from airq_cron.store.store import SqlStore
from tests.entries import OWNER, WORKER, begin, claim, finish, get

CRASHES = 3


def test_a_run_that_succeeded_keeps_its_result(store: SqlStore) -> None:
    """State, result, end and owner stay; the lease is gone."""
    claimed = begin(store)
    finish(store, claimed, result={"stored": 3, "gaps": ["o3"]})

    found = get(store, claimed.run_id)
    assert (State.SUCCEEDED, {"stored": 3, "gaps": ["o3"]}, OWNER, None) == (
        found.state,
        found.result,
        found.owner,
        found.lease_until,
    )
    assert found.finished_at is not None
    assert [(Outcome.SUCCEEDED, found.finished_at)] == [
        (one.outcome, one.finished_at) for one in found.attempts
    ]
    assert 0 == found.errors


def test_a_failed_attempt_waits_for_the_next(store: SqlStore) -> None:
    """The error is kept with its attempt and counted; nobody owns the run."""
    claimed = begin(store)
    later = claimed.claimed_at + timedelta(minutes=2)
    finish(
        store, claimed, State.WAITING, reason="retry", error="boom", not_before=later
    )

    found = get(store, claimed.run_id)
    assert (State.WAITING, later, "retry", "boom", 1, 0) == (
        found.state,
        found.not_before,
        found.reason,
        found.error,
        found.errors,
        found.crashes,
    )
    assert (None, None, None) == (found.owner, found.lease_until, found.finished_at)
    assert ["boom"] == [one.error for one in found.attempts]


def test_waiting_without_an_instant_is_due_at_once(store: SqlStore) -> None:
    """A run without `not_before` would wait for a predecessor instead."""
    claimed = begin(store)
    finish(store, claimed, State.WAITING)

    taken = store.write(lambda unit: unit.runs.take_waiting(9))

    assert [claimed.run_id] == [one.id for one in taken]


@pytest.mark.parametrize(
    ("outcome", "errors"),
    [
        (Outcome.FAILED, 1),
        (Outcome.TIME_LIMIT, 1),
        (Outcome.SUCCEEDED, 0),
        (Outcome.HANDED_BACK, 0),
        (Outcome.CANCELLED, 0),
    ],
)
def test_only_errors_count_against_the_retry_rule(
    store: SqlStore, outcome: Outcome, errors: int
) -> None:
    """A quota that makes the run wait is no error of the run."""
    claimed = begin(store)
    finish(store, claimed, State.WAITING, outcome)

    assert errors == get(store, claimed.run_id).errors


def test_the_same_end_twice_is_one_end(store: SqlStore) -> None:
    """The answer to the first may have been lost."""
    claimed = begin(store)
    finish(store, claimed, State.FAILED, error="boom")
    once = get(store, claimed.run_id)

    finish(store, claimed, State.FAILED, error="boom")

    assert once == get(store, claimed.run_id)


def test_a_repeated_retry_does_not_disturb_the_next_attempt(store: SqlStore) -> None:
    """By then the run may have been claimed again."""
    first = begin(store)
    finish(store, first, State.WAITING)
    store.write(lambda unit: unit.runs.take_waiting(9))
    second = claim(store, first.run_id)

    finish(store, first, State.WAITING)

    assert (State.RUNNING, 2, 1) == (
        get(store, first.run_id).state,
        second.attempt,
        get(store, first.run_id).errors,
    )


def test_another_end_of_an_ended_attempt_is_refused(store: SqlStore) -> None:
    """What was recorded first holds."""
    claimed = begin(store)
    finish(store, claimed)

    with pytest.raises(LeaseLostError):
        finish(store, claimed, State.FAILED)
    assert State.SUCCEEDED is get(store, claimed.run_id).state


def test_the_end_of_a_lost_attempt_is_refused(store: SqlStore) -> None:
    """A worker that was stopped for longer than its lease comes too late."""
    lost = begin(store)
    store.write(lambda unit: unit.runs.hand_back([lost.run_id], worker=WORKER))
    winner = claim(store, lost.run_id, owner="other@host:1")

    with pytest.raises(LeaseLostError):
        finish(store, lost)

    finish(store, winner)
    assert [Outcome.HANDED_BACK, Outcome.SUCCEEDED] == [
        one.outcome for one in get(store, lost.run_id).attempts
    ]


@pytest.mark.parametrize("state", list(State))
def test_a_running_run_becomes_only_what_it_may(store: SqlStore, state: State) -> None:
    """The table of transitions is the domain's."""
    claimed = begin(store)
    if not may_become(State.RUNNING, state):
        with pytest.raises(ValueError, match="cannot become"):
            finish(store, claimed, state)
        return

    finish(store, claimed, state)

    assert state is get(store, claimed.run_id).state


def test_an_error_may_hold_any_sign(store: SqlStore) -> None:
    """No byte that an upstream sends keeps a run from ending."""
    claimed = begin(store)
    finish(store, claimed, State.FAILED, error="a\x00b\udcffc 'é' %s :x \U0001f4a5")

    assert "a\ufffdb\ufffdc 'é' %s :x \U0001f4a5" == get(store, claimed.run_id).error


def test_an_attempt_handed_back_counts_neither_way(store: SqlStore) -> None:
    """At shutdown the run is free again, and its message is old enough to resend."""
    claimed = begin(store)

    ids = store.write(lambda unit: unit.runs.hand_back([claimed.run_id], worker=WORKER))

    found = get(store, claimed.run_id)
    assert [claimed.run_id] == ids
    assert (State.SCHEDULED, 0, 0, None, None) == (
        found.state,
        found.errors,
        found.crashes,
        found.owner,
        found.lease_until,
    )
    assert [Outcome.HANDED_BACK] == [one.outcome for one in found.attempts]
    assert found.sent_at is not None
    assert found.sent_at <= claimed.claimed_at


def test_a_worker_hands_back_all_it_has(store: SqlStore) -> None:
    """Without ids it is everything of that worker, and nothing of others."""
    ours = [begin(store, minute) for minute in (1, 2)]
    other = begin(store, 3)
    store.write(lambda unit: unit.runs.hand_back([other.run_id], worker=WORKER))
    claim(store, other.run_id, owner="other@host:1")

    ids = store.write(lambda unit: unit.runs.hand_back(None, worker=WORKER))
    again = store.write(lambda unit: unit.runs.hand_back(None, worker=WORKER))

    assert sorted(one.run_id for one in ours) == sorted(ids)
    assert [] == again


def test_the_third_crash_is_the_last(store: SqlStore) -> None:
    """Twice the run is free again; then it is dead, with a sentence."""
    run_id = begin(store).run_id
    seen = []
    for _ in range(CRASHES):
        claim(store, run_id)
        store.write(
            lambda unit: unit.runs.crash([run_id], worker=WORKER, limit=CRASHES)
        )
        found = get(store, run_id)
        seen.append((found.state, found.crashes, found.errors, found.lease_until))

    assert [
        (State.SCHEDULED, 1, 0, None),
        (State.SCHEDULED, 2, 0, None),
        (State.DEAD, 3, 0, None),
    ] == seen
    assert [Outcome.CRASHED] * 3 == [one.outcome for one in found.attempts]
    assert found.finished_at is not None
    assert "its worker died 3 times" == found.error


def test_a_crash_of_another_worker_is_not_recorded(store: SqlStore) -> None:
    """The run may be somebody else's by then."""
    claimed = begin(store)

    ids = store.write(
        lambda unit: unit.runs.crash([claimed.run_id], worker="other@host", limit=3)
    )

    assert [] == ids
    assert State.RUNNING is get(store, claimed.run_id).state


def test_a_cancelled_run_ends_for_its_worker_too(store: SqlStore) -> None:
    """Its attempt is cancelled; what has ended already stays."""
    running, done = begin(store, 1), begin(store, 2)
    finish(store, done)

    ids = store.write(
        lambda unit: unit.runs.cancel([running.run_id, done.run_id], reason="asked")
    )

    found = get(store, running.run_id)
    assert [running.run_id] == ids
    assert (State.CANCELLED, "asked", [Outcome.CANCELLED]) == (
        found.state,
        found.reason,
        [one.outcome for one in found.attempts],
    )
    assert State.SUCCEEDED is get(store, done.run_id).state
    with pytest.raises(LeaseLostError):
        finish(store, running)


def test_parts_are_cancelled_with_their_run(store: SqlStore) -> None:
    """Nobody goes on with a slice of something that was stopped."""
    whole = begin(store, 1)
    part = begin(store, 1, part=1, parent=whole.run_id)

    ids = store.write(lambda unit: unit.runs.cancel([whole.run_id], reason="asked"))

    assert sorted([whole.run_id, part.run_id]) == ids
    assert State.CANCELLED is get(store, part.run_id).state
