"""Ended runs leave by age and number, and nothing else does."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from airq_cron.domain.run import State
from airq_cron.ports import RunFilter
from airq_cron.store.ledger_tables import attempts, runs
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import DAWN, begin, claim, end, enter, finish, run, split

GOOD = (State.SUCCEEDED, State.SKIPPED)
LONG_AGO = DAWN - timedelta(days=999)


def purge(
    store: SqlStore,
    *,
    states: Sequence[State] = GOOD,
    before: datetime = LONG_AGO,
    keep: int = 1000,
    limit: int = 500,
) -> int:
    """Purge the job."""
    return store.write(
        lambda unit: unit.runs.purge(
            "a-job", states=states, before=before, keep=keep, limit=limit
        )
    )


def minutes(store: SqlStore) -> list[int]:
    """Return which runs are left."""
    with store.read() as unit:
        found = unit.runs.find(RunFilter(), limit=100, after=None)
    return [(one.scheduled_for - DAWN).seconds // 60 for one in found]


def test_what_is_older_goes(store: SqlStore, database: Database) -> None:
    """Age counts from the end of a run."""
    end(store, 5, State.SUCCEEDED)
    database.pass_time(timedelta(days=8))
    end(store, 1, State.SUCCEEDED)
    with store.read() as unit:
        week_ago = unit.runs.now() - timedelta(days=7)

    assert 1 == purge(store, before=week_ago)
    assert [1] == minutes(store)


def test_the_newest_stay(store: SqlStore) -> None:
    """Beyond the number to keep, the oldest due times go."""
    for minute in (3, 1, 4, 2, 5):
        end(store, minute, State.SUCCEEDED)

    assert 3 == purge(store, keep=2)
    assert 0 == purge(store, keep=2)
    assert [5, 4] == minutes(store)


@pytest.mark.parametrize("keep", [0, 4, 5, 6])
def test_exactly_so_many_are_kept(store: SqlStore, keep: int) -> None:
    """Also none, all, and more than there are."""
    enter(store, *(run(minute, state=State.SKIPPED) for minute in range(5)))

    assert max(0, 5 - keep) == purge(store, keep=keep)
    assert min(5, keep) == len(minutes(store))


def test_runs_of_one_instant_are_told_apart(store: SqlStore) -> None:
    """The number holds though a manual run has the same scheduled_for."""
    enter(
        store,
        *(run(1, origin=f"manual:{key}", state=State.SKIPPED) for key in "abcde"),
    )

    assert 3 == purge(store, keep=2)


def test_other_states_and_jobs_stay(store: SqlStore) -> None:
    """Retention is judged for each group of states by itself."""
    end(store, 1, State.FAILED)
    begin(store, 2)
    enter(store, run(3), run(4, state=State.WAITING))
    enter(store, run(5, of="another", state=State.SKIPPED))
    enter(store, run(6, state=State.SKIPPED))

    assert 1 == purge(store, keep=0)
    assert [5, 4, 3, 2, 1] == minutes(store)


def test_a_batch_takes_the_oldest(store: SqlStore) -> None:
    """A limit bounds the time that the write lock is held."""
    enter(store, *(run(minute, state=State.SKIPPED) for minute in range(7)))

    counts = [purge(store, keep=0, limit=3) for _ in range(4)]

    assert [3, 3, 1, 0] == counts


def test_attempts_and_parts_go_with_their_run(
    store: SqlStore, database: Database
) -> None:
    """Nothing is left that belongs to nobody."""
    whole = end(store, 1, State.SUCCEEDED)
    end(store, 1, State.SUCCEEDED, part=1, parent=whole.run_id)

    assert 1 == purge(store, keep=0)
    assert (0, 0) == (database.count(runs), database.count(attempts))


def test_a_batch_is_as_large_as_its_parts(store: SqlStore) -> None:
    """A run with more parts than a batch has rows goes alone."""
    for minute, parts in enumerate((2, 2, 9, 1)):
        _, ids = split(store, parts, minute=minute)
        for part in ids:
            finish(store, claim(store, part))

    counts = [purge(store, keep=0, limit=6) for _ in range(4)]

    assert [2, 1, 1, 0] == counts


def test_an_open_run_cannot_be_purged(store: SqlStore) -> None:
    """Whoever asks for it is wrong."""
    with pytest.raises(ValueError, match="ended"):
        purge(store, states=[State.RUNNING])
