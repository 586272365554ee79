"""Looking into the ledger, page by page, without the past in the way."""

from datetime import datetime, timedelta

import pytest

from airq_cron.domain.run import NewRun, Run, State
from airq_cron.ports import RunFilter
from airq_cron.store.store import SqlStore
from tests.entries import DAWN, begin, claim, end, enter, finish, job, run

EVERYTHING = RunFilter()


def find(
    store: SqlStore,
    where: RunFilter = EVERYTHING,
    *,
    limit: int = 100,
    after: tuple[datetime, str] | None = None,
) -> list[Run]:
    """List runs."""
    with store.read() as unit:
        return unit.runs.find(where, limit=limit, after=after)


def newest_first(*entered: NewRun) -> list[str]:
    """Return ids in the order of the list."""
    order = sorted(entered, key=lambda one: (one.scheduled_for, one.id), reverse=True)
    return [one.id for one in order]


def test_pages_follow_each_other_without_gap_or_overlap(store: SqlStore) -> None:
    """Also where many runs share one instant."""
    entered = [run(minute // 5, of=f"job-{minute}") for minute in range(23)]
    enter(store, *entered)

    seen: list[str] = []
    after = None
    while page := find(store, limit=4, after=after):
        seen += [one.id for one in page]
        after = (page[-1].scheduled_for, page[-1].id)

    assert newest_first(*entered) == seen


def test_a_run_that_comes_in_between_shifts_no_page(store: SqlStore) -> None:
    """The cursor is a place in the order, not a count."""
    entered = [run(minute) for minute in range(6)]
    enter(store, *entered)
    first = find(store, limit=3)
    enter(store, run(99))

    rest = find(store, limit=9, after=(first[-1].scheduled_for, first[-1].id))

    assert newest_first(*entered)[3:] == [one.id for one in rest]


@pytest.mark.parametrize(
    ("where", "minutes"),
    [
        (RunFilter(), [5, 4, 3, 2, 1, 0]),
        (RunFilter(job="a-job"), [5, 2, 1, 0]),
        (RunFilter(job="nobody"), []),
        (RunFilter(queue="analytics"), [3]),
        (RunFilter(origin="schedule"), [5, 3, 2, 1, 0]),
        (RunFilter(origin="backfill:b1"), [4]),
        (RunFilter(state=State.SUCCEEDED), [0]),
        (RunFilter(state=State.FAILED), [1]),
        (RunFilter(state=State.SKIPPED), [2]),
        (RunFilter(state=State.RUNNING), [5]),
        (RunFilter(state=State.DEAD), []),
        (RunFilter(since=DAWN + timedelta(minutes=4)), [5, 4]),
        (RunFilter(until=DAWN + timedelta(minutes=2)), [1, 0]),
        (RunFilter(job="a-job", state=State.FAILED, queue="monitoring"), [1]),
    ],
)
def test_a_list_is_filtered(
    store: SqlStore, where: RunFilter, minutes: list[int]
) -> None:
    """Filters join; since is included, until is not."""
    end(store, 0, State.SUCCEEDED)
    end(store, 1, State.FAILED)
    enter(store, run(2, state=State.SKIPPED))
    enter(store, run(3, of="another", queue="analytics"))
    enter(store, run(4, of="another", origin="backfill:b1", state=State.WAITING))
    begin(store, 5)

    found = find(store, where)

    assert minutes == [(one.scheduled_for - DAWN).seconds // 60 for one in found]


def test_parts_are_not_listed_as_runs(store: SqlStore) -> None:
    """They stand under the run that they are a part of."""
    enter(store, run(1), run(1, part=1, parent=run(1).id))

    assert [run(1).id] == [one.id for one in find(store)]


def test_unfinished_runs_of_a_job_come_oldest_first(store: SqlStore) -> None:
    """Schedule and manual runs together; a backfill alone; never parts."""
    end(store, 0, State.SUCCEEDED)
    claimed = begin(store, 4)
    enter(
        store,
        run(3, origin="manual:k"),
        run(2, state=State.WAITING),
        run(1, origin="backfill:b1"),
        run(1, origin="backfill:b2"),
        run(4, part=1, parent=claimed.run_id),
        run(1, of="another"),
    )

    with store.read() as unit:
        ours = unit.runs.unfinished("a-job")
        backfill = unit.runs.unfinished("a-job", backfill="backfill:b1")

    assert [run(2).id, run(3, origin="manual:k").id, run(4).id] == [
        one.id for one in ours
    ]
    assert [run(1, origin="backfill:b1").id] == [one.id for one in backfill]


def test_unfinished_runs_of_many_jobs_are_counted_at_once(store: SqlStore) -> None:
    """As a tick judges overlap: without backfills and parts."""
    end(store, 0, State.SUCCEEDED)
    claimed = begin(store, 1)
    enter(
        store,
        run(2, state=State.WAITING),
        run(3, state=State.WAITING, not_before=DAWN),
        run(4, origin="backfill:b1"),
        run(1, part=1, parent=claimed.run_id),
        run(1, of="another"),
        run(1, of="not-asked-for"),
    )

    with store.read() as unit:
        found = unit.runs.count_unfinished(["a-job", "another", "idle"])

    assert {"a-job": (3, 1), "another": (1, 0)} == found


def test_open_runs_are_counted_by_queue_and_state(store: SqlStore) -> None:
    """Parts count too; what has ended does not."""
    end(store, 0, State.SUCCEEDED)
    claimed = begin(store, 1)
    enter(
        store,
        run(2),
        run(3),
        run(1, part=1, parent=claimed.run_id, queue="analytics"),
        run(4, state=State.WAITING),
    )
    store.write(lambda unit: unit.runs.mark_queued([run(3).id]))

    with store.read() as unit:
        counts = unit.runs.count_by_state()

    assert {
        ("monitoring", "running"): 1,
        ("monitoring", "scheduled"): 1,
        ("monitoring", "queued"): 1,
        ("monitoring", "waiting"): 1,
        ("analytics", "scheduled"): 1,
    } == counts


def test_an_idle_ledger_counts_nothing(store: SqlStore) -> None:
    """No queue is listed for nothing."""
    with store.read() as unit:
        assert {} == unit.runs.count_by_state()
        assert {} == unit.runs.last_ended()
        assert {} == unit.runs.progress("a-job", "schedule")


def test_the_last_ended_run_is_the_newest_due(store: SqlStore) -> None:
    """Neither an open run nor a backfill of the past hides it."""
    for name in ("a-job", "another", "idle"):
        store.write(lambda unit, name=name: unit.jobs.add(job(name)))  # type: ignore[misc]
    end(store, 5, State.FAILED)
    end(store, 3, State.SUCCEEDED, origin="backfill:b1")
    begin(store, 9)
    enter(store, run(7, of="another", state=State.SKIPPED), run(8, of="another"))

    with store.read() as unit:
        last = unit.runs.last_ended()

    assert {"a-job": run(5).id, "another": run(7, of="another").id} == {
        name: one.id for name, one in last.items()
    }
    assert State.FAILED is last["a-job"].state


def test_a_backfill_tells_its_progress(store: SqlStore) -> None:
    """Counts by state, of this backfill alone and without parts."""
    origin = "backfill:b1"
    done = end(store, 1, State.SUCCEEDED, origin=origin)
    enter(
        store,
        run(2, origin=origin),
        run(3, origin=origin, state=State.WAITING),
        run(4, origin=origin, state=State.WAITING),
        run(1, origin=origin, part=1, parent=done.run_id),
        run(1, origin="backfill:b2"),
        run(1, origin=origin, of="another"),
    )

    with store.read() as unit:
        progress = unit.runs.progress("a-job", origin)

    assert {"succeeded": 1, "scheduled": 1, "waiting": 2} == progress


def test_progress_of_the_schedule_is_its_own(store: SqlStore) -> None:
    """Manual runs and backfills are other origins."""
    enter(store, run(1), run(2, origin="manual:k"))
    finish(store, claim(store, run(1).id))

    with store.read() as unit:
        assert {"succeeded": 1} == unit.runs.progress("a-job", "schedule")
        assert {"scheduled": 1} == unit.runs.progress("a-job", "manual:k")


def test_a_reading_transaction_sees_one_moment(store: SqlStore) -> None:
    """What others commit meanwhile is seen by the next one."""
    enter(store, run(1))
    with store.read() as unit:
        before = unit.runs.find(EVERYTHING, limit=9, after=None)
        enter(store, run(2))
        after = unit.runs.find(EVERYTHING, limit=9, after=None)

    assert (1, 1, 2) == (len(before), len(after), len(find(store)))
