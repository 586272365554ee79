"""Many dead letters are seen to at once."""

from datetime import timedelta

import pytest

from airq_cron.domain.run import State
from airq_cron.ports import AuditFilter, LetterFilter, Unit
from airq_cron.services.dead_letters import (
    BATCH,
    discard_dead_letters,
    find_dead_letters,
    retry_dead_letters,
)
from airq_cron.store.store import SqlStore
from airq_cron.testing import RecordingDispatcher
from tests import entries

ANN = "cli:ann"
ANY = LetterFilter()


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


def fail(store: SqlStore, *minutes: int, of: str = "a-job") -> list[str]:
    """Enter runs that fail; return their ids."""
    failing = [entries.run(minute, of=of) for minute in minutes]
    entries.enter(store, *failing)

    def work(unit: Unit) -> None:
        for one in failing:
            unit.runs.claim(one.id, owner=entries.OWNER, lease=entries.LEASE)
        unit.runs.crash([one.id for one in failing], worker=entries.WORKER, limit=1)

    store.write(work)
    return [one.id for one in failing]


def left(store: SqlStore) -> list[str]:
    """Return the ids of all dead letters, newest first."""
    page = find_dead_letters(store, ANY, limit=1000, after=None)
    return [run.id for run in page.items]


def test_dead_letters_come_in_pages(store: SqlStore) -> None:
    """Each page says where the next one begins."""
    ids = fail(store, *range(5))

    first = find_dead_letters(store, ANY, limit=3, after=None)
    rest = find_dead_letters(store, ANY, limit=3, after=first.after)

    assert ids[::-1] == [run.id for run in (*first.items, *rest.items)]
    assert first.after is not None
    assert rest.after is None


@pytest.mark.parametrize("after", [("yesterday", "x"), ("2026-03-01",), ()])
def test_a_wrong_cursor_is_refused(store: SqlStore, after: tuple[str, ...]) -> None:
    """As a value, before anything is read."""
    with pytest.raises(ValueError, match=r"."):
        find_dead_letters(store, ANY, limit=3, after=after)


def test_all_of_one_job_are_started_again(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """Others stay; each is published and audited by itself."""
    ours, others = fail(store, 1, 2), fail(store, 1, of="another")

    count = retry_dead_letters(store, dispatcher, LetterFilter(job="a-job"), by=ANN)

    assert 2 == count
    assert sorted(ours) == sorted(dispatcher.ids)
    assert others == left(store)
    with store.read() as unit:
        trail = unit.audit.find(AuditFilter(actor=ANN), limit=9, after=None)
    assert {f"run:{one}" for one in ours} == {one.subject for one in trail}


def test_a_filter_by_time_holds_for_many(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """Due in [since, until)."""
    ids = fail(store, 1, 2, 3)
    minute = timedelta(minutes=1)
    where = LetterFilter(
        since=entries.DAWN + 2 * minute, until=entries.DAWN + 3 * minute
    )

    assert 1 == retry_dead_letters(store, dispatcher, where, by=ANN)
    assert [ids[1]] == dispatcher.ids


def test_no_more_than_asked_for_are_started(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """The newest first; batch by batch."""
    ids = fail(store, *range(BATCH + 20))

    count = retry_dead_letters(store, dispatcher, ANY, by=ANN, limit=BATCH + 10)

    assert BATCH + 10 == count
    assert set(ids[10:]) == set(dispatcher.ids)
    assert ids[:10][::-1] == left(store)


def test_all_are_discarded(store: SqlStore) -> None:
    """Once; their rows stay."""
    ids = fail(store, *range(3))

    first = discard_dead_letters(store, ANY, by=ANN)
    second = discard_dead_letters(store, ANY, by=ANN)

    assert (3, 0) == (first, second)
    assert [State.DEAD] * 3 == entries.states(store, ids)


def test_an_empty_list_is_no_work(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """Nothing is written, nothing published."""
    assert 0 == retry_dead_letters(store, dispatcher, ANY, by=ANN)
    assert 0 == discard_dead_letters(store, ANY, by=ANN)
    assert [] == dispatcher.ids


def test_a_run_with_parts_counts_once(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """However many of its parts are sent."""
    _, parts = entries.split(store, 2)
    for part in parts:
        entries.finish(store, entries.claim(store, part), State.FAILED)

    assert 1 == retry_dead_letters(store, dispatcher, ANY, by=ANN)
    assert set(parts) == set(dispatcher.ids)
