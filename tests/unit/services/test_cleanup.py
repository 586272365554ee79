"""Retention: what is old goes, what is kept stays, and twice is harmless."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.domain.run import Claim, NewRun, State
from airq_cron.errors import LeaseLostError
from airq_cron.ports import RunFilter
from airq_cron.services.cleanup import BATCH, RETENTIONS, Retention, remove_expired
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests import entries
from tests.unit.air import Air

DAY = timedelta(days=1)
DONE = (State.SUCCEEDED, State.SKIPPED, State.CANCELLED)
BAD = (State.FAILED, State.DEAD, State.MISSED)
FEW = (Retention(DONE, 7 * DAY, 3), Retention(BAD, 30 * DAY, 2))

Past = Callable[..., list[str]]


@pytest.fixture
def past(store: SqlStore, clock: FakeClock) -> Past:
    """Give a function that enters ended runs, one a day, the newest *since* ago."""
    store.write(lambda unit: unit.jobs.add(entries.job()))

    def enter(
        state: State,
        count: int,
        *,
        since: timedelta = timedelta(),
        each: timedelta = DAY,
    ) -> list[str]:
        now = clock.now()
        ids: list[str] = []
        for number in reversed(range(count)):
            at = now - since - number * each
            clock.set_to(at)
            run = entries.run(scheduled_for=at, origin=f"manual:{state}-{at}")
            if state in (State.SKIPPED, State.MISSED):
                entries.enter(store, replace(run, state=state))
            else:
                entries.enter(store, run)
                entries.finish(store, entries.claim(store, run.id), state)
            ids.append(run.id)
        clock.set_to(now)
        return ids

    return enter


@pytest.fixture
def claim(store: SqlStore, clock: FakeClock) -> Claim:
    """Give a claimed run of the job that cleans up."""
    return entries.begin(store, of="weekly-cleanup", kind="cleanup")


def left(store: SqlStore) -> set[str]:
    with store.read() as unit:
        found = unit.runs.find(RunFilter(job="a-job"), limit=5000, after=None)
    return {run.id for run in found}


def test_the_retention_is_what_the_mission_says() -> None:
    """Completed runs 7 days or 1000 a job, failed 30 days or 100."""
    assert [
        (DONE, 7 * DAY, 1000),
        (BAD, 30 * DAY, 100),
    ] == [(one.states, one.age, one.kept) for one in RETENTIONS]


def test_nothing_young_goes(store: SqlStore, past: Past, claim: Claim) -> None:
    """Under the age and under the number."""
    ids = past(State.SUCCEEDED, 3) + past(State.FAILED, 2)

    assert {"removed": {}} == remove_expired(store, claim, retentions=FEW)
    assert set(ids) == left(store)


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.SKIPPED])
def test_completed_runs_go_after_a_week(
    state: State, store: SqlStore, past: Past, claim: Claim
) -> None:
    """Even when they are few."""
    past(state, 2, since=8 * DAY)
    young = past(state, 1)

    result = remove_expired(store, claim, retentions=FEW)

    assert {"removed": {"a-job": 2}} == result
    assert set(young) == left(store)


@pytest.mark.parametrize("state", [State.FAILED, State.DEAD, State.MISSED])
def test_failed_runs_stay_for_a_month(
    state: State, store: SqlStore, past: Past, claim: Claim
) -> None:
    """Somebody must have time to look at them."""
    kept = past(state, 1, since=29 * DAY)
    past(state, 1, since=31 * DAY)

    remove_expired(store, claim, retentions=FEW)

    assert set(kept) == left(store)


def test_of_many_runs_the_newest_stay(
    store: SqlStore, past: Past, claim: Claim
) -> None:
    """A job of every second does not fill the disk within a week."""
    ids = past(State.SUCCEEDED, 6, each=timedelta(minutes=1))

    result = remove_expired(store, claim, retentions=FEW)

    assert {"removed": {"a-job": 3}} == result
    assert set(ids[-3:]) == left(store)


def test_cleaning_twice_removes_nothing_more(
    store: SqlStore, past: Past, claim: Claim
) -> None:
    """The rows are gone already."""
    past(State.SUCCEEDED, 6)
    remove_expired(store, claim, retentions=FEW)

    assert {"removed": {}} == remove_expired(store, claim, retentions=FEW)


def test_unfinished_runs_are_never_removed(
    store: SqlStore, past: Past, claim: Claim
) -> None:
    """However old they are."""
    past(State.SUCCEEDED, 1, since=100 * DAY)
    old = entries.run(scheduled_for=datetime(2020, 1, 1, tzinfo=UTC))
    waiting = replace(old, origin="manual:w", state=State.WAITING)
    entries.enter(store, old, waiting)

    remove_expired(store, claim, retentions=FEW)

    assert {old.id, waiting.id} == left(store)


def test_more_runs_than_a_batch_are_all_removed(
    store: SqlStore, past: Past, claim: Claim
) -> None:
    """In transactions that are short."""
    old = datetime(2020, 1, 1, tzinfo=UTC)
    rows: list[NewRun] = [
        entries.run(scheduled_for=old + timedelta(minutes=number), state=State.SKIPPED)
        for number in range(BATCH + 1)
    ]
    entries.enter(store, *rows)

    result = remove_expired(store, claim, retentions=(Retention(DONE, 7 * DAY, 0),))

    assert {"removed": {"a-job": BATCH + 1}} == result


def test_ages_count_up_to_the_fire_time(
    store: SqlStore, past: Past, claim: Claim, clock: FakeClock
) -> None:
    """A run of a backfill removes what was old then, and nothing younger."""
    old, young = past(State.SUCCEEDED, 2, each=10 * DAY)
    then = replace(claim, scheduled_for=clock.now() - DAY, claimed_at=clock.now())
    none_kept = (Retention(DONE, 7 * DAY, 1),)

    remove_expired(store, then, retentions=none_kept)

    assert {young} == left(store)
    assert old not in left(store)


def test_figures_by_the_hour_are_kept_for_90_days(
    store: SqlStore, past: Past, claim: Claim, clock: FakeClock
) -> None:
    """The counts of a job's life stay."""
    past(State.SUCCEEDED, 1)
    ended_at = clock.now()

    def lately() -> float | None:
        with store.read() as unit:
            return unit.jobs.figures(ended_at)["a-job"].success_rate

    remove_expired(store, replace(claim, scheduled_for=ended_at + 89 * DAY))
    early = lately()
    remove_expired(store, replace(claim, scheduled_for=ended_at + 91 * DAY))

    assert (1.0, None) == (early, lately())


def test_measurements_are_never_removed(store: SqlStore, claim: Claim) -> None:
    """They are the record."""
    old = datetime(2011, 7, 21, tzinfo=UTC)
    Air().store(store, old, [1, 2, 3])

    remove_expired(store, claim)

    with store.read() as unit:
        assert 3 == len(unit.measurements.hours("paris", "open-meteo", old, old + DAY))


def test_an_attempt_that_lost_its_run_removes_nothing(
    store: SqlStore, past: Past, claim: Claim
) -> None:
    """Another attempt owns the run now."""
    ids = past(State.SUCCEEDED, 2, since=100 * DAY)

    with pytest.raises(LeaseLostError):
        remove_expired(store, replace(claim, attempt=7), retentions=FEW)

    assert set(ids) == left(store)
