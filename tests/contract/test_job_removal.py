"""A job goes, and leaves nothing behind that still runs."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import pytest
from sqlalchemy import event

from airq_cron.domain.run import State
from airq_cron.errors import StoreError
from airq_cron.ports import Unit
from airq_cron.services.manage_jobs import BATCH, delete_job
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import (
    begin,
    enter,
    get,
    job,
    open_backfill,
    run,
    split,
    states,
    try_claim,
    waiting,
)

ME = "cli:me"


def add(unit: Unit, name: str) -> None:
    """Add a job of that name."""
    unit.jobs.add(job(name))


@contextmanager
def claimed_before(
    statement: int, store: SqlStore, other: SqlStore, run_id: str
) -> Iterator[None]:
    """Have a worker claim the run before the store's statement of that number."""
    count = 0

    def claim(*_: object) -> None:
        nonlocal count
        count += 1
        if count == statement:
            # It may be locked already.
            with suppress(StoreError):
                try_claim(other, run_id)

    event.listen(store._engine, "before_cursor_execute", claim)
    yield
    event.remove(store._engine, "before_cursor_execute", claim)


@pytest.mark.postgres
def test_a_run_that_is_claimed_meanwhile_is_cancelled(
    postgres_database: Database,
) -> None:
    """Whatever state the deletion finds it in; SQLite has one writer at a time."""
    store = postgres_database.open()
    other = postgres_database.open(patience_s=0.0, lock_wait_s=0.05)
    found = []

    for statement in range(1, 20):
        name = f"job-{statement}"
        store.write(partial(add, name=name))
        entered = run(of=name)
        enter(store, entered)
        with claimed_before(statement, store, other, entered.id):
            delete_job(store, name, by=ME)
        found.append(get(store, entered.id).state)

    assert {State.CANCELLED} == set(found)


def test_all_unfinished_runs_go_with_their_job(store: SqlStore) -> None:
    """More than one batch, those of its backfills, and parts."""
    store.write(lambda unit: unit.jobs.add(job()))
    open_backfill(store)
    whole, parts = split(store, 2)
    ids = [whole.run_id, *parts, begin(store, 1).run_id]
    ids += enter(store, *(waiting(minute) for minute in range(2, BATCH + 10)))
    ids += enter(store, waiting(0, origin="backfill:b1"))

    delete_job(store, "a-job", by=ME)

    assert {State.CANCELLED} == set(states(store, ids))


def test_no_transaction_of_a_deletion_is_long(store: SqlStore) -> None:
    """The runs of a backfill are cancelled in batches once the job is gone."""
    store.write(lambda unit: unit.jobs.add(job()))
    open_backfill(store)
    enter(store, *(waiting(one, origin="backfill:b1") for one in range(BATCH + 1)))
    commits: list[object] = []
    event.listen(store._engine, "commit", commits.append)

    delete_job(store, "a-job", by=ME)

    with store.read() as unit:
        assert {"cancelled": BATCH + 1} == unit.runs.progress("a-job", "backfill:b1")
    # The job, two batches of runs, and a look that finds none.
    assert len(commits) > 3
