"""A person starts a run again, or gives it up."""

import pytest

from airq_cron.domain.run import State
from airq_cron.errors import ConflictError, NotFoundError
from airq_cron.ports import AuditEntry, AuditFilter, LetterFilter
from airq_cron.services.discard_run import discard_run
from airq_cron.services.retry_run import retry_run
from airq_cron.store.store import SqlStore
from airq_cron.testing import RecordingDispatcher
from tests import entries
from tests.lost_answer import LostAnswer

ANN = "cli:ann"


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def failed(store: SqlStore) -> str:
    """Give a run that failed."""
    claimed = entries.begin(store)
    entries.finish(store, claimed, State.FAILED, error="boom")
    return claimed.run_id


def audit_of(store: SqlStore, run_id: str) -> list[AuditEntry]:
    """Return what people did with a run."""
    with store.read() as unit:
        where = AuditFilter(subject=f"run:{run_id}")
        return unit.audit.find(where, limit=9, after=None)


def test_a_failed_run_is_published_again(
    store: SqlStore, dispatcher: RecordingDispatcher, failed: str
) -> None:
    """Under its id; who asked, and what it had failed of, is kept."""
    run = retry_run(store, dispatcher, failed, by=ANN)

    assert (failed, State.QUEUED, None) == (run.id, run.state, run.error)
    assert [failed] == dispatcher.ids
    (entry,) = audit_of(store, failed)
    assert (ANN, "run.retry") == (entry.actor, entry.action)
    assert {"state": "failed", "error": "boom"} == entry.before


def test_it_may_run_beside_a_later_one(
    store: SqlStore, dispatcher: RecordingDispatcher, failed: str
) -> None:
    """A person wants it now; no overlap policy is asked."""
    entries.begin(store, 5)

    assert State.QUEUED is retry_run(store, dispatcher, failed, by=ANN).state


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.SKIPPED, State.CANCELLED])
def test_only_failed_and_dead_runs_are_retried_or_discarded(
    store: SqlStore, dispatcher: RecordingDispatcher, state: State
) -> None:
    """The refusal says what the run is; nothing is audited."""
    run_id = entries.end(store, 0, state).run_id

    with pytest.raises(ConflictError, match=f"is {state.value}; only failed"):
        retry_run(store, dispatcher, run_id, by=ANN)
    with pytest.raises(ConflictError, match=f"is {state.value}; only failed"):
        discard_run(store, run_id, by=ANN)

    assert [] == dispatcher.ids
    assert [] == audit_of(store, run_id)


def test_retrying_twice_is_refused(
    store: SqlStore, dispatcher: RecordingDispatcher, failed: str
) -> None:
    """The run is under way already."""
    retry_run(store, dispatcher, failed, by=ANN)

    with pytest.raises(ConflictError, match="is queued"):
        retry_run(store, dispatcher, failed, by=ANN)


def test_a_part_is_seen_to_with_its_run(
    store: SqlStore, dispatcher: RecordingDispatcher, failed: str
) -> None:
    """The refusal names the run."""
    part = entries.run(part=1, parent=failed)
    entries.enter(store, part)
    entries.finish(store, entries.claim(store, part.id), State.FAILED)

    with pytest.raises(ConflictError, match=failed):
        retry_run(store, dispatcher, part.id, by=ANN)
    with pytest.raises(ConflictError, match=failed):
        discard_run(store, part.id, by=ANN)


def test_unknown_runs_are_not_found(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """As everywhere."""
    with pytest.raises(NotFoundError):
        retry_run(store, dispatcher, "1234", by=ANN)
    with pytest.raises(NotFoundError):
        discard_run(store, "1234", by=ANN)


def test_a_lost_answer_is_not_taken_for_a_conflict(
    store: SqlStore, dispatcher: RecordingDispatcher, failed: str
) -> None:
    """The run is retried once, and published."""
    LostAnswer(store)

    run = retry_run(store, dispatcher, failed, by=ANN)

    assert State.QUEUED is run.state
    assert [failed] == dispatcher.ids
    assert 1 == len(audit_of(store, failed))


def test_discarding_keeps_the_run(store: SqlStore, failed: str) -> None:
    """It is off the list; the second time changes nothing."""
    first = discard_run(store, failed, by=ANN, reason="not worth it")
    second = discard_run(store, failed, by="token:bob")

    assert State.FAILED is first.state
    assert first.discarded_at is not None
    assert first == second
    with store.read() as unit:
        found = unit.runs.find_dead_letters(LetterFilter(), limit=9, after=None)
    assert [] == found
    assert [(ANN, "run.discard", "not worth it")] == [
        (one.actor, one.action, one.note) for one in audit_of(store, failed)
    ]


def test_a_discarded_run_may_still_be_retried(
    store: SqlStore, dispatcher: RecordingDispatcher, failed: str
) -> None:
    """People change their minds."""
    discard_run(store, failed, by=ANN)

    run = retry_run(store, dispatcher, failed, by=ANN)

    assert (State.QUEUED, None) == (run.state, run.discarded_at)
