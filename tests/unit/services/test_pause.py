"""Jobs that are paused by hand, or because they keep failing."""

from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.job import Job
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.domain.run import Claim, State
from airq_cron.errors import InvalidError, NotFoundError
from airq_cron.ports import AuditFilter
from airq_cron.services.execute import Ending, execute_run
from airq_cron.services.manage_jobs import read_job
from airq_cron.services.pause import pause_job, resume_job
from airq_cron.services.sweep import sweep
from airq_cron.services.tick import tick
from airq_cron.services.toggle import toggle_job
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryQueues, RecordingDispatcher
from tests import entries

ME = "cli:me"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def fragile(store: SqlStore, clock: FakeClock) -> Job:
    """Enter a job that is paused after three failed runs in a row."""
    job = entries.job(
        "fragile", pause_after=3, cursor=clock.now(), next_due_at=clock.now()
    )
    store.write(lambda unit: unit.jobs.add(job))
    return job


def fire(store: SqlStore, clock: FakeClock, error: Exception | None = None) -> State:
    """Let the next fire time come, and a worker carry it out."""
    clock.advance(MINUTE)
    dispatcher = RecordingDispatcher()
    tick(store, dispatcher)
    (run_id,) = [
        run for run in dispatcher.ids if entries.get(store, run).job == "fragile"
    ]
    state = carry_out(store, run_id, error)
    assert state is not None
    return state


def carry_out(store: SqlStore, run_id: str, error: Exception | None) -> State | None:
    """Let a worker claim the run, and end it well or with *error*."""

    def body(claim: Claim) -> Ending:
        del claim
        if error is not None:
            raise error
        return Ending()

    return execute_run(
        store,
        RecordingDispatcher(),
        run_id,
        owner=entries.OWNER,
        body=body,
        chance=lambda: 0.5,
    )


def standing(store: SqlStore, name: str = "fragile") -> tuple[bool, str | None]:
    """Return whether a job is on, and its note."""
    job = read_job(store, name)
    return job.enabled, job.note


def test_a_paused_job_says_why(store: SqlStore) -> None:
    """It fires no more, and the audit has the note."""
    job = pause_job(store, "health-check", note="moving house", by=ME)

    assert (False, "moving house", None) == (job.enabled, job.note, job.next_due_at)
    with store.read() as unit:
        (entry,) = unit.audit.find(
            AuditFilter(subject="job:health-check"), limit=9, after=None
        )
    assert (ME, "job.pause", "moving house") == (entry.actor, entry.action, entry.note)
    assert {"enabled": True, "note": None} == entry.before
    assert {"enabled": False, "note": "moving house"} == entry.after


def test_pausing_twice_keeps_the_newer_note(store: SqlStore) -> None:
    """The same note again changes nothing."""
    for note in ("first", "second", "second"):
        job = pause_job(store, "health-check", note=note, by=ME)

    assert ("second", 3) == (job.note, job.version)


def test_a_resumed_job_looks_ahead(store: SqlStore, clock: FakeClock) -> None:
    """Its note is gone, and what passed was not missed."""
    pause_job(store, "health-check", note="x", by=ME)
    clock.advance(timedelta(days=1))

    job = resume_job(store, "health-check", by=ME)

    assert (True, None, clock.now()) == (job.enabled, job.note, job.cursor)
    assert [] == entries.runs_of(store, "health-check")


def test_switching_on_forgets_the_note(store: SqlStore) -> None:
    """Pause and toggle are one switch."""
    pause_job(store, "health-check", note="x", by=ME)
    toggle_job(store, "health-check", enabled=True, by=ME)

    assert (True, None) == standing(store, "health-check")


@pytest.mark.parametrize("note", ["x" * 501, "two\nlines", "\x1b[31m"])
def test_a_note_is_one_printable_line(store: SqlStore, note: str) -> None:
    """It is shown on terminals and pages."""
    with pytest.raises(InvalidError) as refusal:
        pause_job(store, "health-check", note=note, by=ME)
    assert "note" == refusal.value.field


def test_an_unknown_job_cannot_be_paused(store: SqlStore) -> None:
    """Nor resumed."""
    with pytest.raises(NotFoundError):
        pause_job(store, "nope", note="", by=ME)
    with pytest.raises(NotFoundError):
        resume_job(store, "nope", by=ME)


@pytest.mark.usefixtures("fragile")
def test_the_third_failure_in_a_row_pauses(store: SqlStore, clock: FakeClock) -> None:
    """With the last error, by nobody."""
    for number in range(3):
        assert (True, None) == standing(store)
        assert State.FAILED is fire(store, clock, ValueError(f"no {number}"))

    assert (
        False,
        "paused after 3 failed runs in a row; last error: ValueError: no 2",
    ) == standing(store)
    with store.read() as unit:
        (entry,) = unit.audit.find(
            AuditFilter(subject="job:fragile"), limit=9, after=None
        )
    assert ("system", "job.pause") == (entry.actor, entry.action)


@pytest.mark.usefixtures("fragile")
def test_a_success_in_between_begins_anew(store: SqlStore, clock: FakeClock) -> None:
    """Only an unbroken row counts."""
    for error in (ValueError(), ValueError(), None, ValueError(), ValueError()):
        fire(store, clock, error)
    assert standing(store)[0]

    fire(store, clock, ValueError())

    assert not standing(store)[0]


@pytest.mark.usefixtures("fragile")
def test_failures_before_the_resume_do_not_count(
    store: SqlStore, clock: FakeClock
) -> None:
    """Else the first one would pause it at once."""
    for _ in range(3):
        fire(store, clock, ValueError())
    resume_job(store, "fragile", by=ME)

    for _ in range(2):
        fire(store, clock, ValueError())
    assert standing(store)[0]
    fire(store, clock, ValueError())
    assert not standing(store)[0]


@pytest.mark.usefixtures("fragile")
def test_what_was_not_carried_out_counts_neither_way(
    store: SqlStore, clock: FakeClock
) -> None:
    """Skipped, missed and cancelled runs are no successes."""
    for number, state in enumerate((State.SKIPPED, State.MISSED, State.CANCELLED)):
        fire(store, clock, ValueError())
        entries.enter(
            store,
            entries.run(
                of="fragile",
                state=state,
                scheduled_for=clock.now() + timedelta(seconds=number + 1),
            ),
        )

    assert not standing(store)[0]


@pytest.mark.usefixtures("fragile")
@pytest.mark.parametrize("origin", ["manual:x", "backfill:0123456789ab"])
def test_only_the_schedule_counts(
    store: SqlStore, clock: FakeClock, origin: str
) -> None:
    """Whoever tries something by hand does not switch the job off."""
    for _ in range(2):
        fire(store, clock, ValueError())
    by_hand = entries.run(of="fragile", origin=origin, scheduled_for=clock.now())
    entries.enter(store, by_hand)

    assert State.FAILED is carry_out(store, by_hand.id, ValueError())
    assert standing(store)[0]


def test_an_attempt_that_is_tried_again_is_no_failed_run(
    store: SqlStore, clock: FakeClock
) -> None:
    """The rule of retries comes first."""
    retry = RetryRule(Backoff.FIXED, attempts=2, delay_s=1.0)
    job = entries.job(
        "fragile",
        pause_after=1,
        retry=retry,
        cursor=clock.now(),
        next_due_at=clock.now(),
    )
    store.write(lambda unit: unit.jobs.add(job))

    assert State.WAITING is fire(store, clock, ValueError())
    assert standing(store)[0]


@pytest.mark.usefixtures("fragile")
def test_dead_runs_are_failures_too(store: SqlStore, clock: FakeClock) -> None:
    """The sweeper that finds the third crash of the third run pauses the job."""
    for _ in range(2):
        fire(store, clock, ValueError())
    clock.advance(MINUTE)
    tick(store, RecordingDispatcher())
    (run,) = [
        one for one in entries.runs_of(store, "fragile") if one.finished_at is None
    ]
    for _ in range(3):
        entries.claim(store, run.id)
        clock.advance(timedelta(seconds=11))
        sweep(store, RecordingDispatcher(), MemoryQueues(), take_back=True)

    assert State.DEAD is entries.get(store, run.id).state
    assert (
        False,
        "paused after 3 failed runs in a row; last error: its worker died 3 times",
    ) == standing(store)


@pytest.mark.usefixtures("fragile")
def test_a_deadline_that_passed_is_a_failure_too(
    store: SqlStore, clock: FakeClock
) -> None:
    """Whoever ends the run, as here a worker that finds it too late to start."""
    for _ in range(2):
        fire(store, clock, ValueError())
    clock.advance(MINUTE)
    tick(store, RecordingDispatcher())
    run = entries.runs_of(store, "fragile")[-1]
    entries.claim(store, run.id)
    store.write(lambda unit: unit.runs.hand_back(None, worker=entries.WORKER))
    clock.advance(2 * MINUTE)

    assert carry_out(store, run.id, None) is None

    assert "deadline" == entries.get(store, run.id).reason
    assert (False, "paused after 3 failed runs in a row; last error: deadline") == (
        standing(store)
    )


def test_a_job_without_the_rule_goes_on(store: SqlStore, clock: FakeClock) -> None:
    """However often it fails."""
    job = entries.job("fragile", cursor=clock.now(), next_due_at=clock.now())
    store.write(lambda unit: unit.jobs.add(job))
    more: Any = [fire(store, clock, ValueError()) for _ in range(5)]

    assert [State.FAILED] * 5 == more
    assert (True, None) == standing(store)
