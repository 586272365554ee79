"""What the ledger knows of one fire time."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from airq_cron.domain.run import Run, State
from airq_cron.store.store import SqlStore
from tests.entries import DAWN, begin, claim, end, enter, finish, run

MINUTE = timedelta(minutes=1)


def due(store: SqlStore, minute: float, job: str = "a-job") -> list[Run]:
    """Return what was due so long after the dawn."""
    with store.read() as unit:
        return unit.runs.at_fire_time(job, DAWN + minute * MINUTE)


def parts_of(
    store: SqlStore, run_id: str, state: State | None = None, after: int = 0
) -> list[int]:
    """Return two numbers of parts."""
    with store.read() as unit:
        found = unit.runs.parts_of(run_id, state=state, limit=2, after=after)
    return [one.part for one in found]


def test_every_run_of_one_fire_time_is_found(store: SqlStore) -> None:
    """Of every origin, the last created first, with attempts and without parts."""
    end(store, 1, State.FAILED)
    enter(store, run(1, origin="backfill:b1"))
    enter(store, run(1, part=1, parent=run(1).id))
    enter(store, run(0), run(2), run(1, of="another"))

    found = due(store, 1)

    assert ["backfill:b1", "schedule"] == [one.origin for one in found]
    assert [0, 1] == [len(one.attempts) for one in found]


def test_a_fire_time_that_nobody_entered_has_no_run(store: SqlStore) -> None:
    """Between two, before the first, after the last, of nobody."""
    enter(store, run(1), run(3))

    for minute in (0, 2, 4, 1.5):
        assert [] == due(store, minute)
    assert [] == due(store, 1, "nobody")


@pytest.mark.parametrize(
    ("minute", "found"), [(9, 0), (10, 1), (11, 1), (160, 1), (161, 0)]
)
def test_a_missed_stretch_covers_its_fire_times(
    store: SqlStore, minute: int, found: int
) -> None:
    """From the first to the last of them, both included."""
    stretch = run(
        10,
        state=State.MISSED,
        reason="catch-up",
        missed_until=DAWN + 160 * MINUTE,
        missed_count=151,
    )
    enter(store, stretch, run(162), run(20, origin="manual:k"))

    assert found == len(due(store, minute))


def test_a_backfill_into_a_missed_stretch_comes_first(store: SqlStore) -> None:
    """Both tell about the fire time: what was dropped, and what made up for it."""
    more: dict[str, Any] = {"missed_until": DAWN + 200 * MINUTE, "missed_count": 201}
    enter(store, run(0, state=State.MISSED, **more))
    enter(store, run(50, origin="backfill:b1"))

    assert ["backfill:b1", "schedule"] == [one.origin for one in due(store, 50)]


def test_fire_times_with_a_row_are_counted(store: SqlStore) -> None:
    """Those of the schedule in [since, until); a stretch counts each."""
    enter(store, run(0), run(1), run(2), run(1, origin="backfill:b1"))
    enter(store, run(3, state=State.MISSED, missed_count=101, missed_until=DAWN))

    def count(since: int, until: int) -> int:
        with store.read() as unit:
            return unit.runs.count_due(
                "a-job", DAWN + since * MINUTE, DAWN + until * MINUTE
            )

    assert (2, 103, 0) == (count(0, 2), count(1, 60), count(60, 120))


def test_the_oldest_fire_time_that_is_kept_is_told(store: SqlStore) -> None:
    """Of one job; None when it has no run."""
    enter(store, run(5), run(2), run(1, of="another"))

    def oldest(job: str) -> datetime | None:
        with store.read() as unit:
            return unit.runs.oldest_due(job)

    assert DAWN + 2 * MINUTE == oldest("a-job")
    assert oldest("nobody") is None


def test_parts_are_listed_by_number(store: SqlStore) -> None:
    """Page by page, all or those of one state."""
    claimed = begin(store, 0)
    parts = [run(0, part=number, parent=claimed.run_id) for number in (3, 1, 2)]
    enter(store, *parts)
    finish(store, claim(store, parts[0].id), State.FAILED)

    assert [1, 2] == parts_of(store, claimed.run_id)
    assert [3] == parts_of(store, claimed.run_id, after=2)
    assert [3] == parts_of(store, claimed.run_id, State.FAILED)
    assert [] == parts_of(store, "unknown")


def test_the_last_runs_of_many_jobs_are_marks(store: SqlStore) -> None:
    """So many of each job, oldest first, without parts; who has none is absent."""
    end(store, 1, State.FAILED)
    enter(store, run(0), run(2), run(3), run(9, of="another"))
    enter(store, run(4, part=1, parent=run(3).id))

    with store.read() as unit:
        found = unit.runs.marks(["a-job", "another", "nobody"], 3)
        none = unit.runs.marks([], 3)

    assert {"a-job", "another"} == set(found)
    assert [("failed", 1), ("scheduled", 2), ("scheduled", 3)] == [
        (one.state.value, (one.scheduled_for - DAWN) // MINUTE)
        for one in found["a-job"]
    ]
    assert {} == none
