"""Calls with a key on both databases: one of them makes something."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from airq_cron.domain.idempotency import FirstCall, IdempotencyKey, Operation
from airq_cron.errors import ConflictError, InvalidError, StoreError
from airq_cron.ports import RowKind
from airq_cron.services.backfill import start_backfill
from airq_cron.services.cancel_backfill import cancel_backfill
from airq_cron.services.manage_jobs import create_job, delete_job, list_jobs
from airq_cron.store.store import SqlStore
from airq_cron.testing import RecordingDispatcher
from tests.backfills import Away, nightly
from tests.databases import Database
from tests.entries import DAWN

JOB_KEY = IdempotencyKey(Operation.CREATE_JOB, "deploy-17", "0a" * 32)
KEY = replace(JOB_KEY, operation=Operation.START_BACKFILL)
OTHER_BODY = "0b" * 32
CALLERS = 4
HOURLY = {"kind": "health", "schedule": "0 * * * *"}


def create(store: SqlStore, key: IdempotencyKey = JOB_KEY, name: str = "mine") -> Any:
    """Make a job."""
    return create_job(store, name, HOURLY, by="cli:me", key=key)


def start(store: Any, key: IdempotencyKey = KEY) -> Any:
    """Start a backfill of three runs of a job that may be there already."""
    with store.read() as unit:
        known = [job.name for job in unit.jobs.all()]
    if nightly().name not in known:
        store.write(lambda unit: unit.jobs.add(nightly()))
    return start_backfill(
        store,
        RecordingDispatcher(),
        nightly().name,
        first=date(2026, 2, 1),
        last=date(2026, 2, 3),
        at=datetime(2026, 3, 1, tzinfo=UTC),
        by="cli:me",
        key=key,
    )


def names(store: SqlStore) -> list[str]:
    """Return the jobs there are."""
    return [job.name for job in list_jobs(store, limit=99, after=None).items]


def backfills(store: SqlStore) -> list[str]:
    """Return the backfills there are."""
    with store.read() as unit:
        return [one.id for one in unit.backfills.find(None, limit=99, after=None)]


def at_once(database: Database, call: Callable[[SqlStore], Any]) -> list[Any]:
    """Return what a few callers get, each a process by its store, at one moment."""
    gate = Barrier(CALLERS)

    def one(store: SqlStore) -> Any:
        gate.wait()
        return call(store)

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(one, [database.open() for _ in range(CALLERS)]))


def test_the_first_call_is_kept(store: SqlStore) -> None:
    """By operation and key; a later one changes nothing unless it is meant to."""

    def keep(key: IdempotencyKey, made: str) -> FirstCall | None:
        return store.write(
            lambda unit: unit.idempotency_keys.keep(key, made=made, at=DAWN)
        )

    first = FirstCall(JOB_KEY.digest, "mine")

    assert keep(JOB_KEY, "mine") is None
    assert first == keep(replace(JOB_KEY, digest=OTHER_BODY), "yours")
    assert keep(KEY, "a backfill") is None
    store.write(
        lambda unit: unit.idempotency_keys.replace(
            replace(KEY, digest=OTHER_BODY), made="another"
        )
    )
    with store.read() as unit:
        found = [unit.idempotency_keys.find(key) for key in (JOB_KEY, KEY)]
        unknown = unit.idempotency_keys.find(replace(KEY, key="DEPLOY-17"))
    assert ([first, FirstCall(OTHER_BODY, "another")], None) == (found, unknown)


def test_a_repeated_call_gives_the_job_of_the_first(
    store: SqlStore, database: Database
) -> None:
    """As it is by now, in another process too; it is audited once."""
    made = create(store)

    again = create(database.open())

    assert made == again
    assert ["mine"] == names(store)


def test_another_body_is_refused_with_what_the_first_made(store: SqlStore) -> None:
    """The same key cannot mean two things."""
    create(store)
    start(store)

    for call in (create, start):
        key = replace(JOB_KEY if call is create else KEY, digest=OTHER_BODY)
        made = "mine" if call is create else backfills(store)[0]
        with pytest.raises(InvalidError, match=made) as caught:
            call(store, key)
        assert "Idempotency-Key" == caught.value.field
    assert 1 == len(backfills(store))


def test_a_call_that_was_refused_leaves_its_key_free(store: SqlStore) -> None:
    """It has made nothing, so it may be sent again, mended."""
    create(store, replace(JOB_KEY, key="before"))
    with pytest.raises(ConflictError):
        create(store)

    assert "yours" == create(store, name="yours").name


def test_a_job_that_is_gone_is_not_made_again(store: SqlStore) -> None:
    """Whoever repeats the call did not mean to undo the deletion."""
    create(store)
    delete_job(store, "mine", by="cli:me")

    with pytest.raises(ConflictError, match="take a new key"):
        create(store)
    assert [] == names(store)


def test_of_many_calls_at_once_one_makes_a_job(
    store: SqlStore, database: Database
) -> None:
    """All are given the same."""
    made = at_once(database, create)

    assert [made[0]] * CALLERS == made
    assert ["mine"] == names(store)


def test_of_many_calls_at_once_one_starts_a_backfill(
    store: SqlStore, database: Database
) -> None:
    """The others are given it while its runs are still being entered."""
    store.write(lambda unit: unit.jobs.add(nightly()))

    made = at_once(database, start)

    assert [backfills(store)[0]] * CALLERS == [one.id for one in made]
    assert 1 == len(backfills(store))


def test_a_repeated_call_gives_the_backfill_of_the_first(store: SqlStore) -> None:
    """Whatever became of it; without the key it would be another one."""
    made = start(store)
    cancel_backfill(store, made.id, by="cli:me")

    again = start(store)

    assert made.id == again.id
    assert again.cancelled_at is not None
    assert made.id != start(store, replace(KEY, key="another")).id


def test_a_backfill_that_broke_off_is_started_anew(store: SqlStore) -> None:
    """The caller was told that it failed, and repeats it for that reason."""
    store.write(lambda unit: unit.jobs.add(nightly()))
    with pytest.raises(StoreError):
        start(Away(store, after=1))
    (broken_off,) = backfills(store)

    made = start(store)

    assert made.id != broken_off
    assert made.entered_at is not None
    assert made.id == start(store).id


def test_keys_go_with_a_cleanup(store: SqlStore) -> None:
    """Then a call with the same key is a new one."""
    made = start(store)
    future = made.created_at + timedelta(days=8)

    gone = store.write(
        lambda unit: unit.expiring.purge(RowKind.IDEMPOTENCY_KEYS, future, 99)
    )

    assert 1 == gone
    assert made.id != start(store).id
