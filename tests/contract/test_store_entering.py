"""Runs enter the ledger once, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airq_cron.domain.run import State, run_id
from airq_cron.errors import NotFoundError
from airq_cron.store.store import SqlStore
from tests.entries import DAWN, claim, enter, get, run, states

NUMBERS = count()
# Neither database holds NUL or a lone surrogate.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def test_a_run_is_read_back_as_it_was_entered(store: SqlStore) -> None:
    """Every field of a new run arrives, exact to the microsecond."""
    odd = DAWN + timedelta(microseconds=123_457)
    entered = run(scheduled_for=odd, params={"places": ["paris"], "n": 1}, reason="é")
    enter(store, entered)

    found = get(store, entered.id)

    assert odd == found.scheduled_for
    assert {"places": ["paris"], "n": 1} == found.params
    assert ("a-job", "health", "monitoring", "normal") == (
        found.job,
        found.kind,
        found.queue,
        found.priority,
    )
    assert (State.SCHEDULED, "schedule", 0, "é") == (
        found.state,
        found.origin,
        found.part,
        found.reason,
    )
    assert (0, 0, 0, ()) == (
        found.attempt,
        found.errors,
        found.crashes,
        found.attempts,
    )


# What an array of PostgreSQL, or JSON within it, gives a meaning to.
HOSTILE = ["", "NULL", "null", "{}", "a,b", '"', "\\", '\\"', '{"a": 1}', " ", "\n'%s"]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_arrives_as_it_was(store: SqlStore, text: str) -> None:
    """Side by side with rows that have none, whatever the database reads into it."""
    odd = run(1, reason=text, params={text: [text, None, 1.5, True]})
    enter(store, run(0), odd, run(2, params={}))

    found = get(store, odd.id)

    assert text == found.reason
    assert {text: [text, None, 1.5, True]} == found.params
    assert get(store, run(0).id).reason is None


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
def test_texts_of_several_runs_stay_apart(store: SqlStore, texts: list[str]) -> None:
    """Each run gets its own, in whatever order and company."""
    first = next(NUMBERS)
    several = [
        run(first * 10 + number, reason=text, params={"text": text})
        for number, text in enumerate(texts)
    ]
    enter(store, *several)

    found = [get(store, one.id) for one in several]

    assert texts == [one.reason for one in found]
    assert texts == [one.params["text"] for one in found]


def test_what_json_has_no_word_for_is_refused(store: SqlStore) -> None:
    """Neither database could read it back."""
    with pytest.raises(Exception, match="not JSON compliant"):
        enter(store, run(1, params={"n": float("nan")}))


def test_the_same_key_enters_once(store: SqlStore) -> None:
    """A second beat that found the same fire time inserts nothing."""
    both = [run(1), run(2)]
    first = enter(store, *both)
    second = enter(store, *both, run(3))

    assert [one.id for one in both] == first
    assert [run(3).id] == second


def test_a_run_given_twice_at_once_is_new_once(store: SqlStore) -> None:
    """The ids that were new name each run once."""
    assert [run(1).id] == enter(store, run(1), run(1))


def test_nothing_enters_as_nothing(store: SqlStore) -> None:
    """An empty tick is no error."""
    assert [] == enter(store)


def test_part_origin_and_time_make_different_runs(store: SqlStore) -> None:
    """All four parts of the key count."""
    several = [
        run(1),
        run(2),
        run(1, of="another"),
        run(1, origin="backfill:b1"),
        run(1, part=1, parent=run(1).id),
    ]

    assert [one.id for one in several] == enter(store, *several)


def test_a_manual_key_enters_once_whenever_it_is_used(store: SqlStore) -> None:
    """The second call with the same key finds the first one's run."""
    enter(store, run(1, origin="manual:k1"))

    again = enter(store, run(9, origin="manual:k1"))

    with store.read() as unit:
        found = unit.runs.find_manual("a-job", "manual:k1")
        other = unit.runs.find_manual("a-job", "manual:k2")
    assert [] == again
    assert found is not None
    assert run(1).scheduled_for == found.scheduled_for
    assert other is None


def test_a_manual_key_belongs_to_its_job(store: SqlStore) -> None:
    """Two jobs may be started with the same key."""
    ids = enter(
        store, run(1, origin="manual:k"), run(1, origin="manual:k", of="another")
    )

    assert 2 == len(ids)


def test_a_scheduled_run_is_sent_from_the_start(store: SqlStore) -> None:
    """A sweeper finds it even if its message is never published."""
    scheduled, waiting = run(1), run(2, state=State.WAITING)
    enter(store, scheduled, waiting)

    assert get(store, scheduled.id).created_at == get(store, scheduled.id).sent_at
    assert get(store, waiting.id).sent_at is None


def test_what_ends_at_entry_is_finished(store: SqlStore) -> None:
    """Skipped and missed runs carry their end and their reason."""
    skipped = run(1, state=State.SKIPPED, reason="overlap")
    missed = replace(
        run(2, state=State.MISSED), missed_until=DAWN, missed_count=150, reason="late"
    )
    enter(store, skipped, missed)

    found = get(store, missed.id)
    assert get(store, skipped.id).finished_at is not None
    assert (DAWN, 150, "late") == (
        found.missed_until,
        found.missed_count,
        found.reason,
    )


@pytest.mark.parametrize(
    "state", [State.QUEUED, State.RUNNING, State.SUCCEEDED, State.DEAD]
)
def test_no_run_begins_in_the_middle(store: SqlStore, state: State) -> None:
    """Only the first states and early ends may be entered."""
    with pytest.raises(ValueError, match="cannot begin"):
        enter(store, run(1, state=state))


def test_a_published_run_is_queued(store: SqlStore) -> None:
    """The instant of its message's arrival is kept."""
    ids = enter(store, run(1), run(2))
    store.write(lambda unit: unit.runs.mark_queued(ids))

    found = get(store, ids[0])
    assert State.QUEUED is found.state
    assert found.sent_at is not None
    assert found.queued_at is not None
    assert 1 == found.sends
    assert found.created_at == found.sent_at <= found.queued_at


def test_a_run_that_was_claimed_first_stays_running(store: SqlStore) -> None:
    """A worker may be faster than the beat that published."""
    ids = enter(store, run(1), run(2, state=State.WAITING))
    claim(store, ids[0])

    store.write(lambda unit: unit.runs.mark_queued(ids))

    assert [State.RUNNING, State.WAITING] == states(store, ids)


def test_marking_nothing_changes_nothing(store: SqlStore) -> None:
    """An empty batch is no error."""
    enter(store, run(1))

    store.write(lambda unit: unit.runs.mark_queued([]))

    assert [State.SCHEDULED] == states(store, [run(1).id])


def test_very_many_ids_are_marked_at_once(store: SqlStore) -> None:
    """More than a statement has room for, after a long outage."""
    enter(store, run(1), run(2))
    ids = [run(1).id, *(f"unknown-{number}" for number in range(70_000)), run(2).id]

    store.write(lambda unit: unit.runs.mark_queued(ids))

    assert [State.QUEUED] * 2 == states(store, [run(1).id, run(2).id])


def test_a_thousand_runs_enter_at_once(store: SqlStore) -> None:
    """One call takes more rows than one statement can hold."""
    many = [run(minute) for minute in range(2_500)]

    assert [one.id for one in many] == enter(store, *many)


def test_an_unknown_id_is_not_found(store: SqlStore) -> None:
    """Whatever the id looks like."""
    unknown = run_id("a-job", DAWN, "schedule")
    with pytest.raises(NotFoundError, match=unknown):
        get(store, unknown)
    with pytest.raises(NotFoundError):
        get(store, "no uuid ' at all")


def test_a_naive_instant_is_refused(store: SqlStore) -> None:
    """It would mean another instant on another machine."""
    with pytest.raises(Exception, match="naive"):
        enter(store, run(scheduled_for=DAWN.replace(tzinfo=None)))
