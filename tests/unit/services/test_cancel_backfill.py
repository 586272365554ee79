"""A backfill is called off: nothing of it starts, and what runs is stopped."""

import pytest

from airq_cron.domain.backfill import Stage
from airq_cron.domain.job import Overlap
from airq_cron.domain.run import State
from airq_cron.errors import LeaseLostError, NotFoundError
from airq_cron.ports import AuditFilter
from airq_cron.services import cancel_backfill as cancel_module
from airq_cron.services.cancel_backfill import cancel_backfill
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests import entries
from tests.backfills import DAY, FIRST, Start, runs_of, starter, work_off, work_one


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def start(store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock) -> Start:
    """Give a function that enters a job of every night and starts a backfill."""
    return starter(store, dispatcher, clock.now())


def test_what_has_not_ended_is_cancelled(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """What has ended stays as it is."""
    backfill = start()
    work_one(store, dispatcher, dispatcher.ids[0])

    cancelled = cancel_backfill(store, backfill.id, by="token:ops")

    assert Stage.CANCELLED is cancelled.stage
    found = runs_of(store, backfill)
    assert ["succeeded", "cancelled", "cancelled"] == [run.state for run in found]
    assert {"backfill cancelled"} == {run.reason for run in found[1:]}


def test_a_run_under_way_loses_its_claim(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """Its writes are refused from then on."""
    backfill = start()
    claim = entries.claim(store, dispatcher.ids[0])

    cancel_backfill(store, backfill.id, by="me")

    with pytest.raises(LeaseLostError):
        store.write(lambda unit: unit.runs.now(), claim=claim)


def test_a_second_call_changes_nothing(store: SqlStore, start: Start) -> None:
    """Neither the time nor the audit trail."""
    backfill = start()
    first = cancel_backfill(store, backfill.id, by="me")

    second = cancel_backfill(store, backfill.id, by="another")

    assert first.cancelled_at == second.cancelled_at
    with store.read() as unit:
        entries_of = unit.audit.find(
            AuditFilter(subject=f"backfill:{backfill.id}"), limit=9, after=None
        )
    assert [("me", "backfill.cancel"), ("cli:me", "backfill.start")] == [
        (one.actor, one.action) for one in entries_of
    ]


def test_one_that_is_over_stays_as_it_is(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """There is nothing left to cancel."""
    backfill = start()
    work_off(store, dispatcher)

    found = cancel_backfill(store, backfill.id, by="me")

    assert Stage.DONE is found.stage
    assert {State.SUCCEEDED} == {run.state for run in runs_of(store, backfill)}


def test_many_runs_are_cancelled_in_batches(
    store: SqlStore, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction holds the lock for long."""
    monkeypatch.setattr(cancel_module, "BATCH", 2)
    backfill = start(FIRST, FIRST + 6 * DAY, overlap=Overlap.ALLOW)

    cancel_backfill(store, backfill.id, by="me")

    assert {State.CANCELLED} == {run.state for run in runs_of(store, backfill)}


def test_a_sweeper_cancels_what_a_dead_process_left(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """And nothing of it starts in between."""
    backfill = start()
    at = backfill.created_at
    store.write(lambda unit: unit.backfills.mark_cancelled(backfill.id, at))
    work_one(store, dispatcher, dispatcher.ids[0])

    released = store.write(lambda unit: unit.runs.release_stuck(9))
    store.write(lambda unit: unit.runs.release_stuck(9))

    assert [] == released
    assert 1 == len(dispatcher.ids)
    assert ["succeeded", "cancelled", "cancelled"] == [
        run.state for run in runs_of(store, backfill)
    ]
    with store.read() as unit:
        assert unit.backfills.get(backfill.id).finished_at is not None


def test_other_backfills_and_live_runs_go_on(store: SqlStore, start: Start) -> None:
    """Only its own runs are cancelled."""
    mine, other = start(), start()
    entries.enter(store, entries.run(1))

    cancel_backfill(store, mine.id, by="me")

    assert {State.QUEUED, State.WAITING} == {run.state for run in runs_of(store, other)}
    assert State.SCHEDULED is entries.get(store, entries.run(1).id).state


def test_an_unknown_backfill_is_refused(store: SqlStore) -> None:
    """The message names it."""
    with pytest.raises(NotFoundError, match="unknown backfill: nope"):
        cancel_backfill(store, "nope", by="me")
