"""Who changed what, newest first, and never changed again."""

from datetime import timedelta

import pytest

from airq_cron.ports import AuditEntry, AuditFilter, Unit
from airq_cron.store.store import SqlStore
from tests.databases import Database

PAUSE = AuditEntry(
    "token:ops",
    "job.pause",
    "job:a-job",
    before={"enabled": True},
    after={"enabled": False},
    note="upstream is moving",
)
CANCEL = AuditEntry("cli:ann", "run.cancel", "run:42")


def record(store: SqlStore, *entries: AuditEntry) -> None:
    """Enter each in a transaction of its own."""
    for entry in entries:

        def work(unit: Unit, entry: AuditEntry = entry) -> None:
            unit.audit.record(entry)

        store.write(work)


def find(store: SqlStore, **where: object) -> list[AuditEntry]:
    """Return what is found, at most nine."""
    with store.read() as unit:
        return unit.audit.find(AuditFilter(**where), limit=9, after=None)  # type: ignore[arg-type]


def test_an_entry_comes_back_as_it_was_made(store: SqlStore) -> None:
    """With the ledger's time and a number."""
    record(store, PAUSE)

    (found,) = find(store)

    assert (
        PAUSE.actor, PAUSE.action, PAUSE.subject, PAUSE.before, PAUSE.after, PAUSE.note
    ) == (
        found.actor, found.action, found.subject, found.before, found.after, found.note
    )  # fmt: skip
    assert found.at is not None
    assert found.id is not None


@pytest.mark.parametrize(
    ("where", "actions"),
    [
        ({}, ["run.cancel", "job.pause"]),
        ({"subject": "job:a-job"}, ["job.pause"]),
        ({"actor": "cli:ann"}, ["run.cancel"]),
        ({"actor": "nobody"}, []),
    ],
)
def test_entries_are_found_by_what_they_say(
    store: SqlStore, where: dict[str, str], actions: list[str]
) -> None:
    """Newest first."""
    record(store, PAUSE, CANCEL)

    assert actions == [one.action for one in find(store, **where)]


def test_a_period_is_half_open(store: SqlStore, database: Database) -> None:
    """What happened at its end belongs to the next."""
    record(store, PAUSE)
    database.pass_time(timedelta(seconds=10))
    record(store, CANCEL)
    newest, oldest = find(store)

    assert [oldest] == find(store, since=oldest.at, until=newest.at)


def test_pages_hold_every_entry_once(store: SqlStore) -> None:
    """The cursor is the last entry's time and number."""
    record(store, *[CANCEL] * 5)
    seen: list[int] = []
    after = None
    while True:
        with store.read() as unit:
            page = unit.audit.find(AuditFilter(), limit=2, after=after)
        if not page:
            break
        seen += [one.id for one in page if one.id is not None]
        assert page[-1].at is not None
        assert page[-1].id is not None
        after = (page[-1].at, page[-1].id)

    assert sorted(set(seen), reverse=True) == seen
    assert 5 == len(seen)
