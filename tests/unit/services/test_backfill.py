"""Runs for fire times of the past, on purpose."""

from datetime import UTC, date, datetime, timedelta

import pytest

from airq_cron.domain.backfill import Stage
from airq_cron.domain.run import State
from airq_cron.errors import InvalidError, NotFoundError, StoreError
from airq_cron.services import backfill as backfill_module
from airq_cron.services.backfill import start_backfill
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests.backfills import DAY, FIRST, Away, Start, nightly, runs_of, starter, work_off


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def start(store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock) -> Start:
    """Give a function that enters a job of every night and starts a backfill."""
    return starter(store, dispatcher, clock.now())


def test_each_fire_time_on_the_days_gets_a_run(store: SqlStore, start: Start) -> None:
    """The days are those of the job's zone, both included."""
    backfill = start()

    found = runs_of(store, backfill)
    assert 3 == backfill.runs == len(found)
    assert [datetime(2026, 2, day, 22, 59, tzinfo=UTC) for day in (1, 2, 3)] == [
        run.scheduled_for for run in found
    ]
    assert {(f"backfill:{backfill.id}", "low")} == {
        (run.origin, run.priority) for run in found
    }


def test_fire_times_at_the_edges_of_the_days_belong_to_them(
    store: SqlStore, start: Start
) -> None:
    """Midnight opens its day; the last minute closes it."""
    backfill = start(FIRST, FIRST, nightly("0,59 0,23 * * *"))

    found = [run.scheduled_for for run in runs_of(store, backfill)]
    midnight = datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert [midnight, midnight + DAY - timedelta(minutes=1)] == [found[0], found[-1]]


def test_one_run_starts_and_the_others_wait_for_it(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """The live schedule is not held up."""
    found = runs_of(store, start())

    assert [State.QUEUED, State.WAITING, State.WAITING] == [run.state for run in found]
    assert [found[0].id] == dispatcher.ids
    assert ["predecessor"] * 2 == [run.reason for run in found[1:]]


def test_the_workers_do_them_one_after_the_other_oldest_first(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """Each end sends the next."""
    backfill = start()

    done = work_off(store, dispatcher)

    found = runs_of(store, backfill)
    assert [run.id for run in found] == done
    assert {State.SUCCEEDED} == {run.state for run in found}


def test_a_second_backfill_of_the_same_days_is_a_new_one(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """It computes everything again."""
    first = start()
    work_off(store, dispatcher)

    second = start()

    assert first.id != second.id
    assert 3 == len(runs_of(store, second))
    assert State.QUEUED is runs_of(store, second)[0].state


def test_two_backfills_at_once_do_not_wait_for_each_other(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """Overlap is judged within each."""
    start()
    start()

    assert 2 == len(dispatcher.ids)


def test_fire_times_that_have_not_come_are_left_out(
    store: SqlStore, start: Start, clock: FakeClock
) -> None:
    """A backfill is about the past."""
    today = clock.now().date()

    backfill = start(today - 2 * DAY, today + 5 * DAY)

    assert 2 == backfill.runs
    assert all(run.scheduled_for <= clock.now() for run in runs_of(store, backfill))


def test_the_spring_day_has_its_fire_time_though_it_was_skipped(
    store: SqlStore, start: Start
) -> None:
    """02:30 does not exist on 2025-03-30 in Paris; the run is at 03:00."""
    day = date(2025, 3, 30)

    (run,) = runs_of(store, start(day, day, nightly("30 2 * * *")))

    assert datetime(2025, 3, 30, 1, tzinfo=UTC) == run.scheduled_for


def test_more_runs_than_a_batch_are_all_entered(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """Each batch is a transaction of its own, and the first run goes last."""
    backfill = start(FIRST, FIRST, nightly("* * * * *"))

    assert 1440 == backfill.runs
    with store.read() as unit:
        assert {"queued": 1, "waiting": 1439} == unit.runs.progress(
            backfill.job, backfill.origin
        )
    assert 1 == len(dispatcher.ids)


@pytest.mark.parametrize(
    ("first", "last", "field", "phrase"),
    [
        (FIRST, FIRST - DAY, "to", "lies before from"),
        (date(2026, 5, 1), date(2026, 5, 2), "from", "has no fire time up to now"),
        (date(2027, 5, 1), date(2027, 5, 2), "from", "has no fire time up to now"),
        (date.min, FIRST, "from", "not in the years 1970 to 2099"),
        (FIRST, date.max, "to", "not in the years 1970 to 2099"),
    ],
)
def test_days_without_past_fire_times_are_refused(
    first: date, last: date, field: str, phrase: str, store: SqlStore, start: Start
) -> None:
    """With the name of the field and the reason."""
    with pytest.raises(InvalidError, match=phrase) as caught:
        start(first, last)

    assert field == caught.value.field


def test_too_many_fire_times_are_refused(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistyped year does not fill the ledger."""
    monkeypatch.setattr(backfill_module, "MOST", 2)

    with pytest.raises(InvalidError, match="more than 2 fire times"):
        start()


def test_an_unknown_job_is_refused(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock
) -> None:
    """Before anything is entered."""
    with pytest.raises(NotFoundError, match="unknown job: nope"):
        start_backfill(
            store, dispatcher, "nope", first=FIRST, last=FIRST, at=clock.now(), by="me"
        )


def test_a_broker_that_is_gone_loses_nothing(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """The first run is sent again by a sweeper."""
    dispatcher.broken = True

    found = runs_of(store, start())

    assert State.SCHEDULED is found[0].state


@pytest.mark.parametrize("works", [0, 1, 2])
def test_one_that_the_database_did_not_take_whole_is_called_off(
    works: int, store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock
) -> None:
    """Who asked is told that it failed, so no part of it passes for the whole."""
    job = nightly()
    store.write(lambda unit: unit.jobs.add(job))
    away = Away(store, works)

    with pytest.raises(StoreError):
        start_backfill(
            away, dispatcher, job.name, first=FIRST, last=FIRST, at=clock.now(), by="me"
        )

    with store.read() as unit:
        found = unit.backfills.find(job=None, limit=5, after=None)
    assert [Stage.CANCELLED] * bool(works) == [one.stage for one in found]
    assert [] == dispatcher.ids


def test_each_run_carries_its_own_interval_and_who_asked(
    store: SqlStore, start: Start
) -> None:
    """From the fire time before it, across the change of the clocks too."""
    found = runs_of(store, start(date(2025, 3, 29), date(2025, 3, 31)))

    before = datetime(2025, 3, 28, 22, 59, tzinfo=UTC)
    ends = [
        before + DAY,
        before + 2 * DAY - timedelta(hours=1),
        before + 3 * DAY - timedelta(hours=1),
    ]
    assert list(zip([before, *ends[:-1]], ends, strict=True)) == [
        (run.interval_start, run.scheduled_for) for run in found
    ]
    assert {"cli:me"} == {run.entered_by for run in found}


def test_the_first_fire_time_of_a_single_instant_has_no_interval(
    store: SqlStore, start: Start
) -> None:
    """There is none before it."""
    once = nightly("at 2026-02-01T12:00:00Z")

    (run,) = runs_of(store, start(FIRST, FIRST, once))

    assert run.interval_start is None
