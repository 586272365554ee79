"""A run that waits for its predecessor goes when that has ended, one at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from airq_cron.domain.run import Outcome, State
from airq_cron.ports import Unit
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import (
    DAWN,
    begin,
    claim,
    enter,
    finish,
    get,
    open_backfill,
    run,
    waiting,
)


def release(store: SqlStore, backfill: str | None = None) -> list[str]:
    """Release the next run of the job."""
    return store.write(lambda unit: unit.runs.release_next("a-job", backfill=backfill))


def test_the_oldest_follower_goes_when_its_predecessor_ended(store: SqlStore) -> None:
    """One at a time, in order."""
    first = begin(store, 0)
    enter(store, waiting(2), waiting(1))

    busy = release(store)
    finish(store, first)
    released = release(store)
    held = release(store)

    found = get(store, run(1).id)
    assert [] == busy
    assert [run(1).id] == released
    assert [] == held
    assert (State.SCHEDULED, None) == (found.state, found.reason)
    assert found.sent_at is not None


@pytest.mark.parametrize("state", [State.SCHEDULED, State.RUNNING, State.WAITING])
def test_a_follower_waits_while_anything_is_under_way(
    store: SqlStore, state: State
) -> None:
    """Ready, running, or waiting for its retry."""
    enter(store, run(5), waiting(6))
    if state is not State.SCHEDULED:
        claimed = claim(store, run(5).id)
    if state is State.WAITING:
        finish(store, claimed, State.WAITING, not_before=DAWN + timedelta(days=999))

    assert [] == release(store)


def test_backfills_and_the_schedule_do_not_wait_for_each_other(
    store: SqlStore,
) -> None:
    """Each backfill is a line of its own; by hand and schedule are one."""
    begin(store, 0, origin="manual:k")
    enter(
        store,
        waiting(1),
        waiting(1, origin="backfill:b1"),
        waiting(2, origin="backfill:b1"),
        waiting(1, origin="backfill:b2"),
    )

    released = [release(store, origin) for origin in (None, "backfill:b1")]
    rest = [release(store, origin) for origin in ("backfill:b1", "backfill:b2")]

    assert [[], [run(1, origin="backfill:b1").id]] == released
    assert [[], [run(1, origin="backfill:b2").id]] == rest


def test_parts_do_not_hold_up_a_follower(store: SqlStore) -> None:
    """Overlap is judged among whole runs."""
    whole = begin(store, 0)
    enter(store, run(0, part=1, parent=whole.run_id), waiting(1))
    finish(store, whole)

    assert [run(1).id] == release(store)


def test_the_sweeper_releases_what_a_crash_left_behind(store: SqlStore) -> None:
    """One run a line, whoever should have released it."""
    open_backfill(store)
    enter(
        store,
        waiting(1),
        waiting(2),
        waiting(1, of="another"),
        waiting(7, origin="backfill:b1"),
    )
    begin(store, 0, of="busy")
    enter(store, waiting(1, of="busy"))

    released = store.write(lambda unit: unit.runs.release_stuck(9))
    again = store.write(lambda unit: unit.runs.release_stuck(9))

    expected = [run(1), run(1, of="another"), run(7, origin="backfill:b1")]
    assert sorted(one.id for one in expected) == sorted(released)
    assert [] == again


def test_two_ends_at_once_release_one_follower(database: Database) -> None:
    """Both predecessors end at the same moment; the follower goes exactly once."""
    store = database.open()
    both = [begin(store, minute) for minute in (0, 1)]
    enter(store, waiting(2), waiting(3))
    barrier = threading.Barrier(2)

    def end_and_release(number: int) -> list[str]:
        mine = database.open()
        barrier.wait(timeout=20)

        def work(unit: Unit) -> list[str]:
            unit.runs.finish(both[number], State.SUCCEEDED, outcome=Outcome.SUCCEEDED)
            return unit.runs.release_next("a-job", backfill=None)

        return mine.write(work)

    with ThreadPoolExecutor(2) as pool:
        shares = list(pool.map(end_and_release, range(2)))
    swept = store.write(lambda unit: unit.runs.release_stuck(9))

    assert [run(2).id] == [*shares[0], *shares[1], *swept]


@pytest.mark.parametrize("sweepers", [4])
def test_many_sweepers_release_one_follower(database: Database, sweepers: int) -> None:
    """Whoever comes second finds that it is not the follower's turn."""
    store = database.open()
    enter(store, *(waiting(minute) for minute in range(40)))
    barrier = threading.Barrier(sweepers)

    def sweep(_: int) -> list[list[str]]:
        mine = database.open()
        found = []
        for _ in range(20):
            barrier.wait(timeout=20)
            found.append(mine.write(lambda unit: unit.runs.release_stuck(9)))
            barrier.wait(timeout=20)
            mine.write(lambda unit: unit.runs.cancel(found[-1], reason="next round"))
        return found

    with ThreadPoolExecutor(sweepers) as pool:
        rounds = zip(*pool.map(sweep, range(sweepers)), strict=True)

    released = [sum(map(len, of)) for of in rounds]
    assert [1] * 20 == released


def test_jobs_that_are_busy_hide_none_that_is_stuck(store: SqlStore) -> None:
    """A sweeper's few looks go to jobs of which nothing is under way."""
    busy = [run(0, of="busy"), waiting(1, of="busy")]
    stuck = waiting(0, of="stuck")
    enter(store, *busy, stuck)

    released = store.write(lambda unit: unit.runs.release_stuck(1))

    assert [stuck.id] == released
