"""What a tick does by a job's policies: replace, jitter, intervals, decisions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.run import Run, State
from airq_cron.ports import RunFilter, Unit
from airq_cron.services.sweep import sweep
from airq_cron.services.tick import tick
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryQueues, RecordingDispatcher
from tests import entries

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

Plan = Callable[[Job, datetime], list[Run]]


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that stands just before noon."""
    return FakeClock(NOON - SECOND)


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def plan(store: SqlStore, clock: FakeClock, dispatcher: RecordingDispatcher) -> Plan:
    """Give a function that enters a job once, moves on, ticks, and returns its runs."""

    def work(job: Job, at: datetime) -> list[Run]:
        def enter(unit: Unit) -> None:
            if job.name not in {known.name for known in unit.jobs.all()}:
                for known in unit.jobs.all():
                    unit.jobs.save(replace(known, enabled=False, next_due_at=None))
                unit.jobs.add(replace(job, cursor=clock.now(), next_due_at=NOON))

        store.write(enter)
        clock.set_to(at)
        tick(store, dispatcher, by="beat-1")
        with store.read() as unit:
            return unit.runs.find(RunFilter(job=job.name), limit=99, after=None)[::-1]

    return work


def test_a_newer_fire_time_replaces_what_runs(plan: Plan, store: SqlStore) -> None:
    """The old run is cancelled in the same transaction, and says by what."""
    job = entries.job(overlap=Overlap.REPLACE)
    (old,) = plan(job, NOON)
    claimed = entries.claim(store, old.id)

    old, new = plan(job, NOON + MINUTE)

    assert (State.CANCELLED, f"replaced by {new.id}") == (old.state, old.reason)
    assert (State.QUEUED, "replaces 1 unfinished") == (new.state, new.decision)
    assert claimed.attempt == old.attempt


def test_of_fire_times_found_together_the_newest_runs(plan: Plan) -> None:
    """Those before it were replaced before they began."""
    job = entries.job(overlap=Overlap.REPLACE, catchup=Catchup("all"))

    runs = plan(job, NOON + 2 * MINUTE)

    assert [State.CANCELLED, State.CANCELLED, State.QUEUED] == [
        run.state for run in runs
    ]


def test_jitter_delays_the_start_and_not_the_due_time(
    plan: Plan, store: SqlStore, clock: FakeClock, dispatcher: RecordingDispatcher
) -> None:
    """The run waits as long as its name says, less than half the period."""
    (run,) = plan(entries.job(jitter_s=20), NOON)

    assert (State.WAITING, "jitter", NOON) == (run.state, run.reason, run.scheduled_for)
    assert run.not_before is not None
    assert NOON < run.not_before < NOON + 20 * SECOND
    assert [] == dispatcher.published
    assert run.not_before - NOON == tick(store, dispatcher)
    clock.set_to(run.not_before)
    sweep(store, dispatcher, MemoryQueues(), take_back=False)
    assert [run.id] == dispatcher.ids


def test_jitter_that_has_passed_is_not_waited_for(
    plan: Plan, dispatcher: RecordingDispatcher
) -> None:
    """What is found late has waited enough."""
    (run,) = plan(entries.job(jitter_s=20), NOON + 30 * SECOND)

    assert [run.id] == dispatcher.ids


def test_each_run_carries_its_data_interval(plan: Plan) -> None:
    """From the fire time before to its own, also over several ticks."""
    job = entries.job(overlap=Overlap.ALLOW, catchup=Catchup("all"))
    plan(job, NOON + MINUTE)
    runs = plan(job, NOON + 3 * MINUTE)

    assert [(NOON + (n - 1) * MINUTE, NOON + n * MINUTE) for n in range(4)] == [
        (run.interval_start, run.scheduled_for) for run in runs
    ]


def test_after_dropped_fire_times_the_interval_begins_at_the_last_of_them(
    plan: Plan,
) -> None:
    """A run never answers for a stretch that the ledger calls missed."""
    job = entries.job(catchup=Catchup("none"))

    *_, run = plan(job, NOON + 10 * MINUTE)

    assert NOON + 9 * MINUTE == run.interval_start


def test_a_one_off_has_no_interval(plan: Plan) -> None:
    """There is no fire time before it."""
    (run,) = plan(entries.job(schedule="at 2026-03-01T12:00:00Z"), NOON)

    assert run.interval_start is None


@pytest.mark.parametrize(
    ("overlap", "decision"),
    [
        (Overlap.SKIP, "skipped: 1 unfinished, skip"),
        (Overlap.QUEUE_ONE, "waits: 1 unfinished, queue_one"),
        (Overlap.QUEUE_ALL, "waits: 1 unfinished, queue_all"),
        (Overlap.REPLACE, "replaces 1 unfinished"),
        (Overlap.ALLOW, "runs: overlap is allowed"),
    ],
)
def test_a_run_says_who_entered_it_and_what_was_decided(
    plan: Plan, overlap: Overlap, decision: str
) -> None:
    """Later steps change its state and reason, but not this."""
    job = entries.job(overlap=overlap)
    plan(job, NOON)

    *_, run = plan(job, NOON + MINUTE)

    assert ("beat-1", decision) == (run.entered_by, run.decision)
