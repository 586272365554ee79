"""How far backfills are, and the waiting for one."""

from datetime import timedelta

import pytest

from airq_cron.domain.backfill import Progress
from airq_cron.domain.run import State
from airq_cron.errors import NotFoundError
from airq_cron.services.read_backfills import (
    find_backfills,
    read_backfill,
    wait_for_backfill,
)
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests import entries
from tests.backfills import Start, runs_of, starter, work_off, work_one


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def start(store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock) -> Start:
    """Give a function that enters a job of every night and starts a backfill."""
    return starter(store, dispatcher, clock.now())


def test_pages_show_every_backfill_once_newest_first(
    store: SqlStore, start: Start, clock: FakeClock
) -> None:
    """Following the places to the end loses and repeats nothing."""
    started = []
    for _ in range(5):
        started.append(start().id)
        clock.advance(timedelta(seconds=1))
    seen: list[str] = []
    after: tuple[str, ...] | None = None
    while True:
        page = find_backfills(store, job=None, limit=2, after=after)
        seen += [one.backfill.id for one in page.items]
        after = page.after
        if after is None:
            break

    assert started[::-1] == seen


def test_backfills_of_one_instant_have_an_order_too(
    store: SqlStore, start: Start
) -> None:
    """By their ids, so that no page loses one."""
    ids = {start().id for _ in range(3)}
    first = find_backfills(store, job=None, limit=2, after=None)
    second = find_backfills(store, job=None, limit=2, after=first.after)

    assert ids == {one.backfill.id for one in (*first.items, *second.items)}
    assert 1 == len(second.items)


def test_only_those_of_one_job_are_listed(store: SqlStore, start: Start) -> None:
    """When a name is given."""
    start()

    assert 1 == len(find_backfills(store, job="a-job", limit=9, after=None).items)
    assert () == find_backfills(store, job="another", limit=9, after=None).items


def test_the_list_counts_each_by_itself(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """One that is over and one that has just begun."""
    over = start()
    work_off(store, dispatcher)
    begun = start()

    found = {
        one.backfill.id: (one.backfill.stage.value, one.ended, one.share)
        for one in find_backfills(store, job=None, limit=9, after=None).items
    }
    assert {over.id: ("done", 3, 1.0), begun.id: ("running", 0, 0.0)} == found


def test_the_share_grows_with_each_end(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """From 0 to 1, with the counts by state."""
    backfill = start()
    work_one(store, dispatcher, dispatcher.ids[0])

    found = read_backfill(store, backfill.id)
    assert {"succeeded": 1, "queued": 1, "waiting": 1} == found.counts
    assert (1, 1 / 3) == (found.ended, found.share)


def test_an_unknown_backfill_is_not_there(store: SqlStore) -> None:
    """The message names it."""
    with pytest.raises(NotFoundError, match="unknown backfill: nope"):
        read_backfill(store, "nope")


def test_waiting_shows_how_far_it_is(
    store: SqlStore, start: Start, dispatcher: RecordingDispatcher
) -> None:
    """And ends with the counts by state."""
    backfill = start()
    seen: list[int] = []

    found = wait_for_backfill(
        store,
        backfill.id,
        pause=lambda: work_one(store, dispatcher, dispatcher.ids[-1]),
        shown=lambda progress: seen.append(progress.ended),
    )

    assert [0, 1, 2, 3] == seen
    assert {"succeeded": 3} == found.counts


def test_waiting_ends_although_retention_removes_what_has_ended(
    store: SqlStore, start: Start
) -> None:
    """The runs of a backfill are the oldest of their job, so they go first."""
    backfill = start()
    seen: list[Progress] = []
    ids = [run.id for run in runs_of(store, backfill)]
    store.write(lambda unit: unit.runs.cancel(ids, reason="test"))
    store.write(
        lambda unit: unit.runs.purge(
            backfill.job,
            states=[State.CANCELLED],
            before=entries.DAWN,
            keep=1,
            limit=100,
        )
    )

    found = wait_for_backfill(
        store,
        backfill.id,
        pause=lambda: pytest.fail("it waits for runs that are gone"),
        shown=seen.append,
    )

    assert [backfill.runs] == [one.ended for one in seen]
    assert {"cancelled": 1} == found.counts
