"""What runs came to is counted once, where and when they end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from airq_cron.domain.period import floor_hour
from airq_cron.domain.run import Outcome, State
from airq_cron.ports import JobFigures
from airq_cron.store.ledger_tables import job_hours, job_totals
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import (
    DAWN,
    WORKER,
    begin,
    claim,
    end,
    enter,
    finish,
    job,
    run,
)

NOTHING = {
    "succeeded": 0,
    "failed": 0,
    "skipped": 0,
    "missed": 0,
    "cancelled": 0,
    "total": 0,
}
UNKNOWN: dict[str, float | None] = {"avg": None, "p50": None, "p95": None}


@pytest.fixture(autouse=True)
def known_job(store: SqlStore) -> None:
    """Enter the job."""
    store.write(lambda unit: unit.jobs.add(job()))


def figures(store: SqlStore, *, later: timedelta = timedelta()) -> JobFigures:
    """Return the job's figures as they will be read later."""
    with store.read() as unit:
        return unit.jobs.figures(unit.runs.now() + later)["a-job"]


def totals(**some: int) -> dict[str, int]:
    """Return totals with some counts."""
    return NOTHING | some | {"total": sum(some.values())}


def test_a_job_without_runs_has_figures(store: SqlStore) -> None:
    """Unknown is None, not zero."""
    assert JobFigures(NOTHING, None, UNKNOWN, UNKNOWN) == figures(store)


def test_every_end_is_counted(store: SqlStore) -> None:
    """By a worker, at entry, by cancelling; missed stretches count each time."""
    end(store, 1, State.SUCCEEDED)
    end(store, 2, State.SUCCEEDED)
    end(store, 3, State.FAILED)
    enter(store, run(4, state=State.SKIPPED), run(5, state=State.MISSED))
    enter(store, run(6, state=State.MISSED, missed_until=DAWN, missed_count=150))
    enter(store, run(7))
    store.write(lambda unit: unit.runs.cancel([run(7).id], reason="asked"))

    found = figures(store)

    assert totals(succeeded=2, failed=1, skipped=1, missed=151, cancelled=1) == (
        found.totals
    )
    assert 2 / 3 == found.success_rate


def test_dead_runs_are_failed_ones(store: SqlStore) -> None:
    """Crashed out or given up: nobody got what they wanted."""
    claimed = begin(store, 1)
    store.write(lambda unit: unit.runs.crash([claimed.run_id], worker=WORKER, limit=1))
    end(store, 2, State.FAILED)

    found = figures(store)

    assert totals(failed=2) == found.totals
    assert 0.0 == found.success_rate


def test_nothing_is_counted_twice(store: SqlStore) -> None:
    """Repeated ends, known keys and repeated cancels add nothing."""
    claimed = begin(store, 1)
    for _ in range(3):
        finish(store, claimed)
        enter(store, run(2, state=State.SKIPPED))
        store.write(lambda unit: unit.runs.cancel([claimed.run_id], reason="late"))

    assert totals(succeeded=1, skipped=1) == figures(store).totals


def test_attempts_that_go_on_are_no_ends(store: SqlStore) -> None:
    """A retry, a crash and a handing back count when the run has ended."""
    claimed = begin(store, 1)
    finish(store, claimed, State.WAITING)
    store.write(lambda unit: unit.runs.take_waiting(9))
    claim(store, claimed.run_id)
    store.write(lambda unit: unit.runs.crash([claimed.run_id], worker=WORKER, limit=3))
    claim(store, claimed.run_id)
    store.write(lambda unit: unit.runs.hand_back(None, worker=WORKER))

    assert NOTHING == figures(store).totals


def test_parts_are_not_counted_as_runs(store: SqlStore) -> None:
    """The run that they belong to is."""
    whole = begin(store, 1)
    end(store, 1, State.SUCCEEDED, part=1, parent=whole.run_id)

    assert NOTHING == figures(store).totals


def test_durations_are_those_of_the_last_attempt(
    store: SqlStore, database: Database
) -> None:
    """The pause before a retry is not work."""
    claimed = begin(store, 1)
    finish(store, claimed, State.WAITING)
    database.pass_time(timedelta(minutes=30))
    store.write(lambda unit: unit.runs.take_waiting(9))
    second = claim(store, claimed.run_id)
    database.pass_time(timedelta(seconds=2))
    finish(store, second)

    average = figures(store).duration_ms["avg"]
    median = figures(store).duration_ms["p50"]
    assert average is not None
    assert median is not None
    assert 2000 <= average < 3000
    assert 1937 <= median < 3064


def test_punctuality_is_the_first_start_after_the_due_time(store: SqlStore) -> None:
    """Backfills and calls by hand have no due time to be late for."""
    with store.read() as unit:
        now = unit.runs.now()
    end(store, 0, State.SUCCEEDED, scheduled_for=now - timedelta(seconds=1))
    end(store, 1, State.SUCCEEDED, origin="backfill:b1")
    end(store, 1, State.SUCCEEDED, origin="manual:k")

    average = figures(store).punctuality_ms["avg"]
    assert average is not None
    assert 1000 <= average < 10_000


def test_skips_and_cancellations_have_no_duration(store: SqlStore) -> None:
    """They would make the job look fast."""
    finish(store, begin(store, 1), State.SKIPPED, Outcome.SUCCEEDED)
    begun = begin(store, 2)
    store.write(lambda unit: unit.runs.cancel([begun.run_id], reason="asked"))

    found = figures(store)

    assert UNKNOWN == found.duration_ms
    assert found.success_rate is None


def test_a_day_later_only_the_totals_are_left(store: SqlStore) -> None:
    """The figures of the last 24 h come from the roll-up hours they touch."""
    end(store, 1, State.SUCCEEDED)

    just_within = figures(store, later=timedelta(hours=24))
    beyond = figures(store, later=timedelta(hours=25))

    assert 1.0 == just_within.success_rate
    assert beyond.success_rate is None
    assert UNKNOWN == beyond.duration_ms
    assert totals(succeeded=1) == beyond.totals


def test_many_ends_of_an_hour_are_one_row(store: SqlStore, database: Database) -> None:
    """However many runs there are, a day is 24 rows a job."""
    enter(store, *(run(minute, state=State.SKIPPED) for minute in range(90)))
    enter(store, run(1, of="another", state=State.SKIPPED))

    assert database.count(job_hours) in {2, 4}
    assert 2 == database.count(job_totals)
    assert totals(skipped=90) == figures(store).totals


def test_ends_of_many_writers_add_up(database: Database, store: SqlStore) -> None:
    """Two transactions that end runs of the same jobs lose no count."""
    names = ("a-job", "b-job")

    def work(number: int) -> None:
        mine = database.open()
        order = names if number % 2 else names[::-1]
        for minute in range(20):
            mine.write(
                lambda unit, minute=minute: unit.runs.insert(  # type: ignore[misc]
                    [
                        run(minute, of=of, state=State.SKIPPED, origin=f"w:{number}")
                        for of in order
                    ]
                )
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert totals(skipped=80) == figures(store).totals


def test_old_hours_are_forgotten_and_totals_stay(
    store: SqlStore, database: Database
) -> None:
    """The oldest first, and never more at once than asked for."""
    with store.read() as unit:
        begun = floor_hour(unit.runs.now())
    for name in ("a-job", "b-job", "c-job"):
        end(store, 0, State.SUCCEEDED, of=name)

    def purge(before: datetime) -> int:
        return store.write(lambda unit: unit.jobs.purge_figures(before, 2))

    kept = purge(begun)
    counts = [purge(begun + timedelta(hours=2)) for _ in range(3)]

    assert (0, [2, 1, 0]) == (kept, counts)
    assert 0 == database.count(job_hours)
    assert totals(succeeded=1) == figures(store).totals
