"""Backfills in SQL: their rows, and how many of their runs go at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.backfill import Stage
from airq_cron.domain.run import Outcome, State
from airq_cron.errors import NotFoundError
from airq_cron.ports import Unit
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import (
    DAWN,
    backfill,
    begin,
    claim,
    enter,
    finish,
    get,
    open_backfill,
    run,
    waiting,
)

ORIGIN = "backfill:b1"


def follow(store: SqlStore, count: int, origin: str = ORIGIN) -> list[str]:
    """Enter runs that wait for their turn; return their ids, oldest first."""
    return enter(store, *(waiting(minute, origin=origin) for minute in range(count)))


def release(store: SqlStore, origin: str = ORIGIN) -> list[str]:
    """Release the next runs of the backfill."""
    return store.write(lambda unit: unit.runs.release_next("a-job", backfill=origin))


def stage(store: SqlStore, name: str = "b1") -> Stage:
    """Return how far a backfill is."""
    with store.read() as unit:
        return unit.backfills.get(name).stage


@pytest.mark.parametrize("more", [{}, {"concurrency": None}, {"job": "b" * 100}])
def test_a_backfill_is_read_as_it_was_entered(
    store: SqlStore, more: dict[str, Any]
) -> None:
    """A second time changes nothing, as when the answer to a commit was lost."""
    entered = backfill(**more)

    first = store.write(lambda unit: unit.backfills.add(entered))
    second = store.write(lambda unit: unit.backfills.add(backfill(runs=99)))

    assert (True, False) == (first, second)
    with store.read() as unit:
        assert entered == unit.backfills.get("b1")
    assert entered == store.write(lambda unit: unit.backfills.lock("b1"))


def test_an_unknown_backfill_is_not_found(store: SqlStore) -> None:
    """By whichever door."""
    with pytest.raises(NotFoundError, match="unknown backfill: nope"):
        store.write(lambda unit: unit.backfills.lock("nope"))
    with pytest.raises(NotFoundError, match="unknown backfill: nope"):
        store.write(lambda unit: unit.backfills.cancel_runs("nope", 9))


def test_a_mark_is_made_once(store: SqlStore) -> None:
    """The first time counts."""

    def mark(unit: Unit, hours: int) -> None:
        at = DAWN + timedelta(hours=hours)
        unit.backfills.mark_entered("b1", at)
        unit.backfills.mark_cancelled("b1", at)

    store.write(lambda unit: unit.backfills.add(backfill()))
    store.write(lambda unit: mark(unit, 0))
    store.write(lambda unit: mark(unit, 1))

    with store.read() as unit:
        found = unit.backfills.get("b1")
    assert (DAWN, DAWN) == (found.entered_at, found.cancelled_at)


def test_runs_are_counted_for_each_by_itself(store: SqlStore) -> None:
    """Neither parts nor the runs of others count."""
    both = [open_backfill(store, name) for name in ("b1", "b2")]
    follow(store, 3)
    whole = begin(store, 9, origin="backfill:b2")
    enter(store, run(9, part=1, parent=whole.run_id, origin="backfill:b2"), run(1))

    with store.read() as unit:
        counts = unit.backfills.counts(both)
        none = unit.backfills.counts([])
    assert {"b1": {"waiting": 3}, "b2": {"running": 1}} == counts
    assert {} == none


@pytest.mark.parametrize("concurrency", [1, 3])
def test_so_many_go_as_there_is_room_for(store: SqlStore, concurrency: int) -> None:
    """Oldest first; a run that waits for its retry keeps its place."""
    open_backfill(store, concurrency=concurrency)
    ids = follow(store, 6)

    first = release(store)
    again = release(store)
    retried = claim(store, first[0])
    finish(store, retried, State.WAITING, not_before=DAWN + timedelta(days=999))
    held = release(store)
    store.write(lambda unit: unit.runs.cancel(first[:1], reason="test"))
    after = release(store)

    assert (ids[:concurrency], [], []) == (first, again, held)
    assert [ids[concurrency]] == after


def test_without_a_bound_all_go(store: SqlStore) -> None:
    """They do not wait for one another."""
    open_backfill(store, concurrency=None)
    ids = follow(store, 6)

    assert sorted(ids) == sorted(release(store))


def test_parts_take_no_room(store: SqlStore) -> None:
    """Only whole runs are judged."""
    open_backfill(store)
    whole = begin(store, 0, origin=ORIGIN)
    enter(store, run(0, part=1, parent=whole.run_id, origin=ORIGIN))
    follower = enter(store, waiting(1, origin=ORIGIN))

    held = release(store)
    finish(store, whole)

    assert ([], follower) == (held, release(store))


def test_nothing_starts_before_all_is_entered(store: SqlStore) -> None:
    """Neither by an end nor by a sweeper."""
    store.write(lambda unit: unit.backfills.add(backfill(created_at=unit.runs.now())))
    ids = follow(store, 2)

    assert [] == release(store)
    assert [] == store.write(lambda unit: unit.runs.release_stuck(9))
    store.write(lambda unit: unit.backfills.mark_entered("b1", DAWN))
    assert ids[:1] == store.write(lambda unit: unit.runs.release_stuck(9))


def test_the_last_end_closes_it(store: SqlStore) -> None:
    """In its own transaction."""
    open_backfill(store)
    only = follow(store, 1)
    release(store)
    claimed = claim(store, only[0])

    def end(unit: Unit) -> list[str]:
        unit.runs.finish(claimed, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)
        return unit.runs.release_next("a-job", backfill=ORIGIN)

    before = stage(store)
    released = store.write(end)

    assert (Stage.RUNNING, [], Stage.DONE) == (before, released, stage(store))


def test_a_sweeper_closes_what_a_crash_left_open(store: SqlStore) -> None:
    """The last run ended, and nobody said so."""
    open_backfill(store)
    finish(store, begin(store, 0, origin=ORIGIN))

    store.write(lambda unit: unit.runs.release_stuck(9))

    assert Stage.DONE is stage(store)


def test_cancelling_goes_in_steps_until_nothing_is_left(store: SqlStore) -> None:
    """With the parts of what is split; other runs of the job stay."""
    open_backfill(store)
    follow(store, 3)
    whole = begin(store, 9, origin=ORIGIN)
    part = enter(store, run(9, part=1, parent=whole.run_id, origin=ORIGIN))
    other = enter(store, waiting(1, origin="backfill:b2"), run(1))

    steps = []
    while step := store.write(lambda unit: unit.backfills.cancel_runs("b1", 2)):
        steps.append(len(step))

    assert 5 == sum(steps)
    assert State.CANCELLED is get(store, part[0]).state
    assert [State.WAITING, State.SCHEDULED] == [get(store, one).state for one in other]


def test_ends_at_once_keep_all_places_taken(database: Database) -> None:
    """Three runs end at the same moment: three go, neither more nor fewer."""
    store = database.open()
    open_backfill(store, concurrency=3)
    follow(store, 12)
    under_way = release(store)
    barrier = threading.Barrier(3)

    def end(run_id: str) -> list[str]:
        mine = database.open()
        claimed = claim(mine, run_id)
        barrier.wait(timeout=20)

        def work(unit: Unit) -> list[str]:
            unit.runs.finish(claimed, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)
            return unit.runs.release_next("a-job", backfill=ORIGIN)

        return mine.write(work)

    counts = []
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            under_way = [one for some in pool.map(end, under_way) for one in some]
            counts.append(len(set(under_way)))

    assert [3, 3, 3] == counts


@pytest.mark.parametrize("sweepers", [4])
def test_many_sweepers_never_exceed_the_bound(
    database: Database, sweepers: int
) -> None:
    """Whoever comes second finds the places taken."""
    store = database.open()
    open_backfill(store, concurrency=2)
    follow(store, 40)
    barrier = threading.Barrier(sweepers)

    def sweep(_: int) -> list[list[str]]:
        mine = database.open()
        found = []
        for _ in range(10):
            barrier.wait(timeout=20)
            found.append(mine.write(lambda unit: unit.runs.release_stuck(9)))
            barrier.wait(timeout=20)
            mine.write(lambda unit: unit.runs.cancel(found[-1], reason="next round"))
        return found

    with ThreadPoolExecutor(sweepers) as pool:
        rounds = zip(*pool.map(sweep, range(sweepers)), strict=True)

    assert [2] * 10 == [sum(map(len, of)) for of in rounds]
