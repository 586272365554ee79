"""Parts end at the same time on PostgreSQL, and their run ends once."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from airq_cron.domain.limits import Limits
from airq_cron.domain.run import ENDED, Outcome, State
from airq_cron.errors import LeaseLostError
from airq_cron.ports import Unit
from airq_cron.store.ledger_tables import job_totals
from airq_cron.store.store import SqlStore
from tests.conftest import WaitUntil
from tests.databases import Database
from tests.entries import (
    LEASE,
    begin,
    claim,
    enter,
    finish,
    get,
    job,
    run,
    split,
    states,
)
from tests.stage import Stage

pytestmark = pytest.mark.postgres
SECOND = timedelta(seconds=1)
THREADS = 6
RUNS = 4
PARTS = 12


@pytest.fixture
def stage(postgres_database: Database, wait_until: WaitUntil) -> Iterator[Stage]:
    """Give a stage, closed when the test ends."""
    # Without patience, a deadlock is an error instead of a delay.
    made = Stage(postgres_database, wait_until, patience_s=0)
    made.first.write(lambda unit: unit.jobs.add(job()))
    yield made
    made.close()


def totals(store: SqlStore) -> dict[str, int]:
    """Return how many runs ended in all, by state."""
    with store.read() as unit:
        counts = unit.jobs.figures(unit.runs.now())["a-job"].totals
    return {state: count for state, count in counts.items() if count}


def test_two_last_parts_close_their_run_once(stage: Stage) -> None:
    """The second waits for the first one's count, and is the last."""
    claimed, parts = split(stage.first, 2)
    first, second = (claim(stage.first, part) for part in parts)

    def end(unit: Unit) -> None:
        unit.runs.finish(first, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)

    stage.hold(end)
    waiting = stage.meet_by(lambda store: finish(store, second, State.FAILED))
    stage.commit()
    waiting.result()

    found = get(stage.first, claimed.run_id)
    assert (State.FAILED, 0, 1) == (found.state, found.parts_left, found.parts_failed)
    assert {"failed": 1, "total": 1} == totals(stage.first)


def test_parts_that_are_just_entered_are_cancelled_too(stage: Stage) -> None:
    """A person cancels a run at the moment when it splits."""
    claimed = begin(stage.first)
    parts = stage.hold(lambda unit: unit.runs.split(claimed, [{}, {}]))
    cancelled = stage.meet(
        lambda unit: unit.runs.cancel([claimed.run_id], reason="asked")
    )
    stage.commit()

    ids = [claimed.run_id, *parts.result()]
    assert sorted(ids) == cancelled.result()
    assert [State.CANCELLED] * 3 == states(stage.first, ids)
    assert {"cancelled": 1, "total": 1} == totals(stage.first)


def test_a_part_that_ends_meanwhile_is_not_cancelled(stage: Stage) -> None:
    """Its own end holds; the cancelled run has one part that failed, not two."""
    claimed, parts = split(stage.first, 2)
    ending = claim(stage.first, parts[0])

    def end(unit: Unit) -> None:
        unit.runs.finish(ending, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)

    stage.hold(end)
    cancelled = stage.meet(
        lambda unit: unit.runs.cancel([claimed.run_id], reason="asked")
    )
    stage.commit()

    assert sorted([claimed.run_id, parts[1]]) == cancelled.result()
    found = get(stage.first, claimed.run_id)
    assert (State.CANCELLED, 0, 1) == (
        found.state,
        found.parts_left,
        found.parts_failed,
    )


def test_who_cancels_a_run_waits_for_its_parts_first(stage: Stage) -> None:
    """A part that is writing still needs the row of its run."""
    claimed, parts = split(stage.first, 1)
    ending = claim(stage.first, parts[0])

    def end(unit: Unit) -> None:
        unit.runs.finish(ending, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)

    held = stage.hold(lambda unit: unit.runs.check_fence(ending), then=end)
    cancelled = stage.meet(
        lambda unit: unit.runs.cancel([claimed.run_id], reason="asked")
    )
    stage.commit()

    assert (None, []) == (held.result(), cancelled.result())
    assert State.SUCCEEDED is get(stage.first, claimed.run_id).state


def test_two_copies_of_an_overdue_message_end_the_run_once(
    stage: Stage, postgres_database: Database
) -> None:
    """Both workers find it too late; one of them ends it."""
    late = run(1, limits=Limits(start_margin_s=5))
    enter(stage.first, late)
    stage.first.write(lambda unit: unit.runs.mark_queued([late.id]))
    postgres_database.pass_time(6 * SECOND)

    def take(unit: Unit) -> object:
        return unit.runs.claim(late.id, owner="w:1", lease=LEASE)

    stage.hold(take)
    second = stage.meet(take)
    stage.commit()

    assert second.result() is None
    assert {"missed": 1, "total": 1} == totals(stage.first)


class Crowd:
    """Workers, people and sweepers who are at the same runs at the same time."""

    def __init__(self, database: Database, runs: dict[str, list[str]]) -> None:
        """Know the runs and their parts."""
        self._database = database
        self._runs = runs

    def play(self, seed: int) -> int:
        """Do random things until all runs have ended; return how many."""
        # Without patience, a deadlock is an error instead of a delay.
        store = self._database.open(patience_s=0, lock_wait_s=20)
        choice = random.Random(seed)
        steps = 0
        while set(states(store, list(self._runs))) - ENDED:
            whole = choice.choice(list(self._runs))
            part = choice.choice(self._runs[whole])
            self._act(store, choice.random(), whole, part, owner=f"w{seed}:1")
            steps += 1
        return steps

    def _act(
        self, store: SqlStore, draw: float, whole: str, part: str, owner: str
    ) -> None:
        if draw < 0.01:
            store.write(lambda unit: unit.runs.cancel([whole, part], reason="asked"))
        elif draw < 0.05:
            store.write(lambda unit: unit.runs.cancel([part], reason="asked"))
        elif draw < 0.15:
            store.write(sweep)
        else:
            self._work(store, draw, part, owner)

    def _work(self, store: SqlStore, draw: float, part: str, owner: str) -> None:
        held = store.write(lambda unit: unit.runs.claim(part, owner=owner, lease=LEASE))
        if held is None:
            return
        if draw < 0.25:
            worker = owner.partition(":")[0]
            store.write(lambda unit: unit.runs.crash([part], worker=worker, limit=2))
            return
        state = State.FAILED if draw < 0.35 else State.SUCCEEDED
        try:
            finish(store, held, state)
        except LeaseLostError:
            assert get(store, part).state is State.CANCELLED


def sweep(unit: Unit) -> None:
    """Do what a sweeper does in one transaction."""
    unit.runs.end_overdue(99)
    unit.runs.end_overdue_splits(9)
    unit.runs.take_unsent(0 * SECOND, 99)
    unit.runs.take_expired(2, 99)


def test_a_crowd_does_not_lock_up(postgres_database: Database) -> None:
    """Whoever ends parts and runs takes their rows in the same order."""
    store = postgres_database.open()
    store.write(lambda unit: unit.jobs.add(job()))
    split_runs = [split(store, PARTS, minute=minute) for minute in range(RUNS)]
    runs = {claimed.run_id: parts for claimed, parts in split_runs}
    crowd = Crowd(postgres_database, runs)

    with ThreadPoolExecutor(THREADS) as threads:
        steps = list(threads.map(crowd.play, range(THREADS)))

    assert all(steps)
    for whole, parts in runs.items():
        found, ends = get(store, whole), states(store, parts)
        failed = sum(state is not State.SUCCEEDED for state in ends)
        assert ENDED >= set(ends)
        assert (0, failed) == (found.parts_left, found.parts_failed)
    assert RUNS == totals(store)["total"]
    assert 1 == postgres_database.count(job_totals)
