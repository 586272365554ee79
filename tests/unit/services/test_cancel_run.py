"""A person cancels a run: it ends at once, and what waited for it goes."""

from datetime import timedelta

import pytest

from airq_cron.domain.run import Outcome, State
from airq_cron.errors import ConflictError, LeaseLostError, NotFoundError
from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.services.cancel_run import cancel_run
from airq_cron.store.store import SqlStore
from airq_cron.testing import RecordingDispatcher
from tests import entries
from tests.lost_answer import LostAnswer

ANN = "cli:ann"


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


def audit_of(store: SqlStore, run_id: str) -> list[AuditEntry]:
    """Return what people did with a run."""
    with store.read() as unit:
        where = AuditFilter(subject=f"run:{run_id}")
        return unit.audit.find(where, limit=9, after=None)


def test_a_running_run_is_cancelled_and_its_writes_refused(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """The attempt ends as cancelled; who asked, and why, is kept."""
    claimed = entries.begin(store)

    run = cancel_run(store, dispatcher, claimed.run_id, by=ANN, reason="too slow")

    assert (State.CANCELLED, "cancelled by cli:ann: too slow") == (
        run.state,
        run.reason,
    )
    assert [Outcome.CANCELLED] == [one.outcome for one in run.attempts]
    with pytest.raises(LeaseLostError):
        entries.finish(store, claimed)
    assert [(ANN, "run.cancel", {"state": "running"}, "too slow")] == [
        (one.actor, one.action, one.before, one.note) for one in audit_of(store, run.id)
    ]


@pytest.mark.parametrize("state", [State.SCHEDULED, State.WAITING])
def test_a_run_that_has_not_begun_is_cancelled(
    store: SqlStore, dispatcher: RecordingDispatcher, state: State
) -> None:
    """Without a reason the person stands for it."""
    waiting = entries.run(1, state=state)
    entries.enter(store, waiting)

    run = cancel_run(store, dispatcher, waiting.id, by=ANN)

    assert (State.CANCELLED, "cancelled by cli:ann") == (run.state, run.reason)


def test_what_waited_for_its_end_is_published(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """The oldest follower, at once."""
    claimed = entries.begin(store, 0)
    entries.enter(store, entries.waiting(1), entries.waiting(2))

    cancel_run(store, dispatcher, claimed.run_id, by=ANN)

    assert [entries.run(1).id] == dispatcher.ids
    assert State.QUEUED is entries.get(store, entries.run(1).id).state


def test_parts_are_cancelled_with_their_run(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """But not the run with one of its parts."""
    whole = entries.begin(store).run_id
    part = entries.run(part=1, parent=whole)
    entries.enter(store, part)

    with pytest.raises(ConflictError, match=whole):
        cancel_run(store, dispatcher, part.id, by=ANN)
    cancel_run(store, dispatcher, whole, by=ANN)

    assert State.CANCELLED is entries.get(store, part.id).state


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.SKIPPED])
def test_an_ended_run_is_not_cancelled(
    store: SqlStore, dispatcher: RecordingDispatcher, state: State
) -> None:
    """The refusal says how it ended; nothing is audited."""
    run_id = entries.end(store, 0, state).run_id

    with pytest.raises(ConflictError, match=f"has ended as {state.value}"):
        cancel_run(store, dispatcher, run_id, by=ANN)

    assert [] == audit_of(store, run_id)


def test_cancelling_twice_is_refused(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """The second one learns who was first."""
    run_id = entries.begin(store).run_id
    cancel_run(store, dispatcher, run_id, by=ANN)

    with pytest.raises(ConflictError, match="cancelled by cli:ann"):
        cancel_run(store, dispatcher, run_id, by="token:bob")


def test_an_unknown_run_is_not_found(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """As everywhere."""
    with pytest.raises(NotFoundError):
        cancel_run(store, dispatcher, "1234", by=ANN)


def test_a_lost_answer_is_not_taken_for_a_conflict(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """The repeated try finds its own work."""
    run_id = entries.begin(store).run_id
    LostAnswer(store)

    run = cancel_run(store, dispatcher, run_id, by=ANN)

    assert State.CANCELLED is run.state
    assert 1 == len(audit_of(store, run_id))


def test_a_broker_that_is_away_does_not_stop_it(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """The follower is sent by a sweeper later."""
    claimed = entries.begin(store, 0)
    entries.enter(store, entries.waiting(1))
    dispatcher.broken = True

    run = cancel_run(store, dispatcher, claimed.run_id, by=ANN)

    assert State.CANCELLED is run.state
    assert run.finished_at is not None
    assert run.finished_at - claimed.claimed_at < timedelta(seconds=1)
    assert State.SCHEDULED is entries.get(store, entries.run(1).id).state
