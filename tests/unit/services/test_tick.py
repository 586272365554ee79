"""One tick of beat: what is due becomes runs, each once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import Job, Overlap, Priority
from airq_cron.domain.run import Run, State
from airq_cron.errors import ScheduleError
from airq_cron.ports import AuditFilter, Message, Move, RunFilter, Unit
from airq_cron.services.manage_jobs import change_job
from airq_cron.services.pause import resume_job
from airq_cron.services.tick import FIRE_TIMES, FIRE_TIMES_IN_ALL, LIMIT, tick
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests import entries

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

Enter = Callable[..., None]


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that stands just before a full minute."""
    return FakeClock(NOON - SECOND)


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def enter(store: SqlStore, clock: FakeClock) -> Enter:
    """Give a function that adds jobs as the only ones, decided up to now."""

    def add(*jobs: Job) -> None:
        def work(unit: Unit) -> None:
            for known in unit.jobs.all():
                unit.jobs.save(replace(known, enabled=False, next_due_at=None))
            for job in jobs:
                unit.jobs.add(replace(job, cursor=clock.now(), next_due_at=NOON))

        store.write(work)

    return add


def runs_of(store: SqlStore, job: str = "a-job") -> list[Run]:
    """Return the runs of *job*, oldest first."""
    with store.read() as unit:
        return unit.runs.find(RunFilter(job=job), limit=1000, after=None)[::-1]


def states_of(store: SqlStore) -> list[State]:
    return [run.state for run in runs_of(store)]


@pytest.mark.parametrize("waits", [True, False])
def test_where_no_job_is_due_nothing_is_written(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    enter: Enter,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    *,
    waits: bool,
) -> None:
    """A beat asks twice a second for ever; a run that waits is for its sweep."""
    enter(entries.job())
    if waits:
        run = entries.run(1, state=State.WAITING, not_before=clock.now())
        entries.enter(store, run)
    monkeypatch.setattr(SqlStore, "write", None)

    assert (timedelta() if waits else SECOND) == tick(store, dispatcher)


def test_before_its_time_nothing_happens(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter
) -> None:
    """The tick says how long there is to wait."""
    enter(entries.job())

    assert SECOND == tick(store, dispatcher)
    assert ([], []) == (runs_of(store), dispatcher.published)


def test_a_due_job_becomes_a_run_and_a_message(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """The message carries the run's id, queue and priority alone."""
    enter(entries.job(priority=Priority.HIGH, kind="health"))
    clock.set_to(NOON)

    pause = tick(store, dispatcher)

    (run,) = runs_of(store)
    assert (NOON, State.QUEUED, "schedule", 0) == (
        run.scheduled_for, run.state, run.origin, run.part
    )  # fmt: skip
    assert [Message(run.id, "health", "monitoring", "high")] == dispatcher.published
    assert MINUTE == pause


def test_a_second_tick_for_the_same_minute_does_nothing(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """The cursor has moved, whoever ticks."""
    enter(entries.job())
    clock.set_to(NOON + SECOND)

    tick(store, dispatcher)
    tick(store, dispatcher)

    assert 1 == len(runs_of(store))
    assert 1 == len(dispatcher.published)


def test_another_beat_that_plans_from_an_old_cursor_makes_no_second_run(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """The ledger's key is the last line of defence."""
    enter(entries.job())
    clock.set_to(NOON)
    tick(store, dispatcher)
    back = Move(NOON - SECOND, NOON, None)
    store.write(lambda unit: unit.jobs.move_cursors({"a-job": back}))

    tick(store, dispatcher)

    assert 1 == len(runs_of(store))
    assert 1 == len(dispatcher.published)


def test_a_job_that_is_off_is_not_planned(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """And with no job on, there is nothing to wait for."""
    enter(entries.job(enabled=False))
    clock.set_to(NOON)

    assert tick(store, dispatcher) is None
    assert [] == runs_of(store)


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        (Overlap.SKIP, State.SKIPPED),
        (Overlap.QUEUE_ONE, State.WAITING),
        (Overlap.QUEUE_ALL, State.WAITING),
        (Overlap.ALLOW, State.QUEUED),
    ],
)
def test_a_fire_time_beside_an_unfinished_run_follows_the_policy(
    overlap: Overlap,
    expected: State,
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    enter: Enter,
    clock: FakeClock,
) -> None:
    """Only what may start is published."""
    enter(entries.job(overlap=overlap))
    clock.set_to(NOON)
    tick(store, dispatcher)
    clock.set_to(NOON + MINUTE)

    tick(store, dispatcher)

    assert [State.QUEUED, expected] == states_of(store)
    assert (2 if expected is State.QUEUED else 1) == len(dispatcher.published)


def test_without_duplicate_prevention_every_job_may_overlap(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """CRON_ENABLE_DUPLICATE_PREVENTION=false means `allow` for all."""
    enter(entries.job(overlap=Overlap.SKIP))
    for minute in range(2):
        clock.set_to(NOON + minute * MINUTE)
        tick(store, dispatcher, prevent_duplicates=False)

    assert [State.QUEUED, State.QUEUED] == states_of(store)


@pytest.mark.parametrize(
    ("catchup", "expected"),
    [
        (Catchup("none"), [State.MISSED] * 4 + [State.QUEUED]),
        (Catchup("latest"), [State.MISSED] * 4 + [State.QUEUED]),
        (Catchup("all"), [State.QUEUED] * 5),
        (Catchup("all", cap=2), [State.MISSED] * 2 + [State.QUEUED] * 3),
    ],
    ids=["none", "latest", "all", "capped"],
)
def test_fire_times_found_late_follow_the_catch_up(
    catchup: Catchup,
    expected: list[State],
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    enter: Enter,
    clock: FakeClock,
) -> None:
    """No fire time goes without a row: it ran, or it was missed."""
    enter(entries.job(catchup=catchup, overlap=Overlap.ALLOW))
    clock.set_to(NOON + 4 * MINUTE + SECOND)

    tick(store, dispatcher)

    assert expected == states_of(store)
    assert [NOON + number * MINUTE for number in range(5)] == [
        run.scheduled_for for run in runs_of(store)
    ]


def test_a_long_outage_is_one_missed_row(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """It names the stretch and how many fire times were in it."""
    enter(entries.job(catchup=Catchup("latest")))
    clock.set_to(NOON + 600 * MINUTE + SECOND)

    tick(store, dispatcher)

    missed, run = runs_of(store)
    assert (State.MISSED, NOON, NOON + 599 * MINUTE, 600) == (
        missed.state, missed.scheduled_for, missed.missed_until, missed.missed_count
    )  # fmt: skip
    assert (State.QUEUED, NOON + 600 * MINUTE) == (run.state, run.scheduled_for)


def test_a_broker_that_is_gone_loses_nothing(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """The run stands in the ledger, to be sent again."""
    enter(entries.job())
    clock.set_to(NOON)
    dispatcher.broken = True

    tick(store, dispatcher)

    (run,) = runs_of(store)
    assert (State.SCHEDULED, NOON) == (run.state, run.sent_at)


def test_a_full_tick_is_followed_by_the_next_at_once(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """No transaction plans more than 500 jobs."""
    enter(*(entries.job(f"job-{number:03}") for number in range(LIMIT + 1)))
    clock.set_to(NOON)

    first = tick(store, dispatcher)
    second = tick(store, dispatcher)

    assert (timedelta(), MINUTE) == (first, second)
    assert LIMIT + 1 == len(set(dispatcher.ids))


def test_jobs_with_many_fire_times_leave_the_others_to_the_next_tick(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """After a long outage no transaction decides them all."""
    enter(*(entries.job(name, schedule="every 1s") for name in ("a", "b", "c")))
    clock.set_to(NOON + timedelta(seconds=FIRE_TIMES - 1))

    first = tick(store, dispatcher)
    planned = [len(runs_of(store, name)) > 0 for name in ("a", "b", "c")]
    second = tick(store, dispatcher)

    assert first is not None
    assert first < timedelta()
    assert [True, True, False] == planned
    assert SECOND == second
    assert FIRE_TIMES_IN_ALL == 2 * FIRE_TIMES


def test_a_job_that_fires_once_has_no_next_time(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """After its instant it rests."""
    enter(entries.job(schedule="at 2026-03-01T12:00:00Z"))
    clock.set_to(NOON)

    assert tick(store, dispatcher) is None
    assert [State.QUEUED] == states_of(store)
    with store.read() as unit:
        assert unit.jobs.get("a-job").next_due_at is None


def test_a_job_that_cannot_be_read_holds_up_no_other(
    store: SqlStore, dispatcher: RecordingDispatcher, enter: Enter, clock: FakeClock
) -> None:
    """Its zone is newer than this beat's tzdata, perhaps; it is off, and says why."""
    enter(entries.job("a-lost-one", zone="Mars/Base"), entries.job())
    clock.set_to(NOON)

    pause = tick(store, dispatcher, by="beat-1")

    (run,) = runs_of(store)
    assert [run.id] == dispatcher.ids
    assert MINUTE == pause
    with store.read() as unit:
        lost = unit.jobs.get("a-lost-one")
        (entry,) = unit.audit.find(AuditFilter("job:a-lost-one"), limit=9, after=None)
    words = "beat-1 could not read its schedule: timezone: unknown zone 'Mars/Base'"
    assert (False, words, None) == (lost.enabled, lost.note, lost.next_due_at)
    assert ("system", "job.pause", words) == (entry.actor, entry.action, entry.note)


@pytest.mark.parametrize("paused", [True, False])
def test_a_job_that_cannot_be_read_is_repaired_by_an_edit(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    enter: Enter,
    clock: FakeClock,
    *,
    paused: bool,
) -> None:
    """Whether a beat has met it before or not."""
    enter(entries.job(zone="Mars/Base"))
    clock.set_to(NOON + SECOND)
    if paused:
        tick(store, dispatcher)
        with pytest.raises(ScheduleError, match="unknown zone 'Mars/Base'"):
            resume_job(store, "a-job", by="me")

    change_job(store, "a-job", {"timezone": "UTC", "enabled": True}, by="me")
    clock.advance(MINUTE)
    tick(store, dispatcher)

    assert [NOON + MINUTE] == [run.scheduled_for for run in runs_of(store)]
