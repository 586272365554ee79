"""Nobody starts a run that waited too long, is past its time, or of another kind."""

from datetime import timedelta

import pytest

from airq_cron.domain.limits import Limits
from airq_cron.domain.run import NewRun, Outcome, State
from airq_cron.ports import Unit
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import begin, enter, finish, get, run, try_claim

SECOND = timedelta(seconds=1)
MARGIN = Limits(start_margin_s=5)


@pytest.fixture
def queued(store: SqlStore) -> str:
    """Give a run that waits in its queue, with a start margin of 5 s."""
    return enter_queued(store, run(1, limits=MARGIN))


def enter_queued(store: SqlStore, entered: NewRun) -> str:
    """Enter a run whose message is in its queue; return its id."""
    enter(store, entered)
    store.write(lambda unit: unit.runs.mark_queued([entered.id]))
    return entered.id


def test_within_its_start_margin_a_run_starts(store: SqlStore, queued: str) -> None:
    """The margin is the longest wait, not the usual one."""
    assert try_claim(store, queued) is not None


def test_past_its_start_margin_a_run_is_missed(
    store: SqlStore, database: Database, queued: str
) -> None:
    """Whoever gets its message ends it, and it is counted once."""
    database.pass_time(6 * SECOND)

    assert try_claim(store, queued) is None

    found = get(store, queued)
    assert (State.MISSED, "start_margin", 0) == (
        found.state,
        found.reason,
        found.attempt,
    )
    with store.read() as unit:
        assert {"missed": 1} == unit.runs.progress("a-job", "schedule")


def test_a_sweeper_ends_what_no_worker_asks_for(
    store: SqlStore, database: Database, queued: str
) -> None:
    """With all workers gone, nobody else would say so."""
    early = store.write(lambda unit: unit.runs.end_overdue(9))
    database.pass_time(6 * SECOND)
    late = store.write(lambda unit: unit.runs.end_overdue(9))
    again = store.write(lambda unit: unit.runs.end_overdue(9))

    assert ([], [queued], []) == (early, late, again)
    assert State.MISSED is get(store, queued).state


def test_what_may_still_wait_hides_nothing_behind_it(
    store: SqlStore, database: Database
) -> None:
    """However many were sent before it, and have a longer margin."""
    for minute in (2, 3):
        enter_queued(store, run(minute, limits=Limits(start_margin_s=999)))
    queued = enter_queued(store, run(1, limits=MARGIN))
    database.pass_time(6 * SECOND)

    assert [queued] == store.write(lambda unit: unit.runs.end_overdue(1))


@pytest.mark.postgres
def test_a_sweeper_does_not_hold_up_who_starts_in_time(
    postgres_database: Database,
) -> None:
    """It locks only what it ends."""
    store = postgres_database.open(lock_wait_s=0.1, patience_s=0)
    entered = run(1, limits=MARGIN)
    enter(store, entered)

    def sweep(unit: Unit) -> None:
        unit.runs.end_overdue(9)
        assert try_claim(postgres_database.open(lock_wait_s=1.0), entered.id)

    store.write(sweep)


def test_a_message_sent_again_does_not_begin_the_wait_anew(
    store: SqlStore, database: Database, queued: str
) -> None:
    """The margin counts from when the run was first queued."""
    before = _waited_to_be_queued(store, queued)
    database.pass_time(4 * SECOND)
    store.write(lambda unit: unit.runs.take_lost({}, SECOND, 9))
    store.write(lambda unit: unit.runs.mark_queued([queued]))
    database.pass_time(2 * SECOND)

    assert before == _waited_to_be_queued(store, queued)
    assert try_claim(store, queued) is None


def _waited_to_be_queued(store: SqlStore, run_id: str) -> timedelta:
    found = get(store, run_id)
    assert found.queued_at is not None
    return found.queued_at - found.created_at


def test_the_margin_is_for_the_first_start(store: SqlStore, database: Database) -> None:
    """A retry that waits is not a run that never began."""
    claimed = begin(store, limits=MARGIN)
    finish(store, claimed, State.WAITING, outcome=Outcome.FAILED)
    store.write(lambda unit: unit.runs.take_waiting(9))
    database.pass_time(20 * SECOND)

    assert try_claim(store, claimed.run_id) is not None


def test_no_attempt_begins_past_the_deadline(
    store: SqlStore, database: Database
) -> None:
    """The run has failed, whatever its retry rule says."""
    claimed = begin(store, limits=Limits(run_limit_s=5))
    store.write(
        lambda unit: unit.runs.hand_back([claimed.run_id], worker="worker@host")
    )
    database.pass_time(6 * SECOND)

    assert try_claim(store, claimed.run_id) is None

    found = get(store, claimed.run_id)
    assert (State.FAILED, "deadline", 1) == (found.state, found.reason, found.attempt)


def test_a_run_of_another_kind_is_not_started(store: SqlStore) -> None:
    """Nor given again to the owner of its attempt; it is as it was."""
    entered = run(1)
    enter(store, entered)

    assert try_claim(store, entered.id, kind="cleanup") is None
    assert (State.SCHEDULED, 0) == (
        get(store, entered.id).state,
        get(store, entered.id).attempt,
    )
    claimed = try_claim(store, entered.id, kind=entered.kind)
    assert claimed == try_claim(store, entered.id, kind=entered.kind)
    assert claimed is not None
    assert try_claim(store, entered.id, kind="cleanup") is None
