"""The last health check is kept, whoever asked for it."""

from datetime import timedelta

from airq_cron.ports import Check
from airq_cron.store.store import SqlStore
from tests import entries

OK = {"state": "ok", "problems": [], "waiting": {"analytics": 0}, "processes": []}


def keep(store: SqlStore, check: Check) -> None:
    store.write(lambda unit: unit.checks.put(check))


def last(store: SqlStore) -> Check | None:
    with store.read() as unit:
        return unit.checks.last()


def test_before_the_first_there_is_none(store: SqlStore) -> None:
    """A new instance knows nothing of itself."""
    assert last(store) is None


def test_a_check_comes_back_as_it_was(store: SqlStore) -> None:
    """With whoever asked for it, also when a run did it."""
    asked = Check(entries.DAWN, None, "token:ops", OK)
    keep(store, asked)
    assert asked == last(store)

    done = Check(entries.DAWN + timedelta(seconds=1), "a-run", "health-check", OK)
    keep(store, done)
    assert done == last(store)


def test_an_older_check_replaces_no_newer(store: SqlStore) -> None:
    """One that took its time does not hide what was seen since."""
    newer = Check(entries.DAWN, None, "token:ops", OK)
    older = Check(entries.DAWN - timedelta(seconds=1), "a-run", "health-check", {})
    keep(store, newer)
    keep(store, older)

    assert newer == last(store)
