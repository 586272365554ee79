"""A write gets through: busy, cut off, unanswered, or not at all."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from airq_cron.clock import SystemClock
from airq_cron.domain.run import Outcome, State
from airq_cron.errors import LeaseLostError, NotFoundError, StoreError, UnreachableError
from airq_cron.ports import Unit
from airq_cron.services.check_foundations import UNSAFE, check_database_settings
from airq_cron.services.diagnose import Severity
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests.databases import Database
from tests.entries import begin, claim, enter, get, job, run
from tests.lost_answer import LostAnswer


def names(store: SqlStore) -> list[str]:
    """Return the names of all jobs."""
    with store.read() as unit:
        return [one.name for one in unit.jobs.all()]


@contextmanager
def locked(database: Database) -> Iterator[Callable[[], None]]:
    """Hold the table of jobs against every writer; give the way to let go."""
    if database.kind == "sqlite":
        path = database.url.removeprefix("sqlite:///")
        holder: Any = sqlite3.connect(path, check_same_thread=False)
        holder.isolation_level = None
        holder.execute("BEGIN IMMEDIATE")
    else:
        holder = psycopg.connect(database.url)
        holder.execute("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE")
    try:
        yield holder.rollback
    finally:
        holder.close()


def test_what_fails_leaves_nothing(store: SqlStore) -> None:
    """An error of the work takes back all that it wrote, and is passed on."""

    def work(unit: Unit) -> None:
        unit.jobs.add(job())
        unit.runs.get("unknown")

    with pytest.raises(NotFoundError):
        store.write(work)
    assert [] == names(store)


def test_a_reader_cannot_write(store: SqlStore) -> None:
    """On neither database."""
    with pytest.raises(StoreError), store.read() as unit:
        unit.jobs.add(job())
    store.write(lambda unit: unit.jobs.add(job()))

    assert ["a-job"] == names(store)


def test_a_reader_sees_one_moment_on_sqlite(sqlite_database: Database) -> None:
    """What is committed meanwhile does not mix with what it has read."""
    store = sqlite_database.open()
    with store.read() as unit:
        before = unit.jobs.all()
        store.write(lambda other: other.jobs.add(job()))
        after = unit.jobs.all()

    assert ([], []) == (before, after)
    assert ["a-job"] == names(store)


def test_a_write_waits_for_a_locked_database(
    database: Database, wait_until: Callable[..., None]
) -> None:
    """It is tried again until the lock is gone."""
    store = database.open()
    tries: list[float] = []
    clock = SystemClock()

    def work(unit: Unit) -> None:
        tries.append(clock.monotonic())
        unit.jobs.add(job())

    with locked(database) as let_go, ThreadPoolExecutor(1) as pool:
        writing = pool.submit(store.write, work)
        began = clock.monotonic()
        wait_until(lambda: clock.monotonic() - began > 0.5, "two tries have failed")
        assert not writing.done()
        let_go()
        writing.result(10)

    assert ["a-job"] == names(store)


def test_patience_ends(database: Database) -> None:
    """A database that stays locked is a clear error, after the time given."""
    store = database.open(patience_s=0.5, lock_wait_s=0.1)
    clock = SystemClock()
    began = clock.monotonic()

    with locked(database), pytest.raises(StoreError, match=r"within 0\.5 s") as caught:
        store.write(lambda unit: unit.jobs.add(job()))

    assert 0.5 <= clock.monotonic() - began < 5
    assert caught.value.retryable


def test_what_matters_little_is_tried_once(database: Database) -> None:
    """Without patience one try is all, however patient the store is."""
    store = database.open(patience_s=60, lock_wait_s=0.1)
    clock = SystemClock()
    began = clock.monotonic()

    with locked(database), pytest.raises(StoreError):
        store.write(lambda unit: unit.jobs.add(job()), patience_s=0)

    assert clock.monotonic() - began < 5


def test_a_writer_does_not_wait_for_readers(store: SqlStore) -> None:
    """Nor readers for a writer."""
    with store.read() as unit:
        unit.jobs.all()
        store.write(lambda other: other.jobs.add(job()))

    assert ["a-job"] == names(store)


def test_many_writers_all_get_through(database: Database) -> None:
    """No write is lost or done twice while they press."""
    writers, each = 6, 15
    store = database.open()
    barrier = threading.Barrier(writers)

    def write(number: int) -> None:
        mine = database.open()
        barrier.wait(timeout=20)
        for minute in range(each):
            enter(mine, run(minute, of=f"job-{number}", state=State.SKIPPED))

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))

    with store.read() as unit:
        ended = sum(
            sum(unit.runs.progress(f"job-{number}", "schedule").values())
            for number in range(writers)
        )
    assert writers * each == ended


def test_a_commit_that_failed_is_repeated(store: SqlStore) -> None:
    """Nothing of the first try is there."""
    LostAnswer(store, before=True)

    store.write(lambda unit: unit.jobs.add(job()))

    assert ["a-job"] == names(store)


def test_a_commit_whose_answer_was_lost_is_not_done_twice(store: SqlStore) -> None:
    """Adding, saving, entering and claiming may all be repeated."""
    answer = LostAnswer(store)
    store.write(lambda unit: unit.jobs.add(job()))
    answer.losses = 1
    ids = enter(store, run(1))
    answer.losses = 1
    claimed = claim(store, run(1).id)

    assert ["a-job"] == names(store)
    assert [] == ids
    assert (1, 1) == (claimed.attempt, len(get(store, run(1).id).attempts))


def test_an_end_whose_answer_was_lost_is_an_end(store: SqlStore) -> None:
    """The ledger says that it was committed, and the result is given."""
    claimed = begin(store)
    LostAnswer(store)
    calls = []

    def work(unit: Unit) -> str:
        calls.append(1)
        unit.jobs.add(job())
        unit.runs.finish(claimed, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)
        return "done"

    result = store.write(work, claim=claimed)

    assert ("done", 1) == (result, len(calls))
    assert ["a-job"] == names(store)
    assert State.SUCCEEDED is get(store, claimed.run_id).state


def test_an_end_that_was_lost_is_done_again(store: SqlStore) -> None:
    """The ledger says that it was not committed."""
    claimed = begin(store)
    LostAnswer(store, before=True)

    def work(unit: Unit) -> None:
        unit.runs.finish(claimed, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)

    store.write(work, claim=claimed)

    assert State.SUCCEEDED is get(store, claimed.run_id).state


def test_a_lost_answer_does_not_hide_a_lost_lease(store: SqlStore) -> None:
    """The run was cancelled before the work could be repeated."""
    claimed = begin(store)
    other = SqlStore(
        store._url.render_as_string(hide_password=False), SystemClock(), patience_s=2
    )
    answer = LostAnswer(store, before=True)

    def work(unit: Unit) -> None:
        unit.runs.finish(claimed, State.SUCCEEDED, outcome=Outcome.SUCCEEDED)

    class Cancelling(FakeClock):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            other.write(lambda unit: unit.runs.cancel([claimed.run_id], reason="asked"))

    store._clock = Cancelling(SystemClock().now())
    with pytest.raises(LeaseLostError):
        store.write(work, claim=claimed)
    other.dispose()
    assert 0 == answer.losses
    assert State.CANCELLED is get(store, claimed.run_id).state


@pytest.mark.postgres
def test_a_server_that_cuts_the_line_is_asked_again(
    postgres_database: Database,
) -> None:
    """Idle lines and one in the middle of a transaction."""
    store = postgres_database.open()
    calls = []

    def cut() -> None:
        with psycopg.connect(postgres_database.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def work(unit: Unit) -> None:
        calls.append(1)
        unit.jobs.all()
        if len(calls) == 1:
            cut()
        unit.jobs.add(job(f"job-{len(calls)}"))

    cut()
    store.write(work)
    cut()
    store.write(lambda unit: unit.jobs.add(job("last")))

    assert ["job-2", "last"] == names(store)


@pytest.mark.postgres
def test_a_line_that_rested_is_tried_before_a_read(
    postgres_database: Database,
) -> None:
    """A read is not repeated, so it begins on a line that answers."""
    clock = FakeClock(SystemClock().now())
    store = postgres_database.open(clock)
    assert [] == names(store)
    with psycopg.connect(postgres_database.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    clock.wait(5)

    assert [] == names(store)


def test_what_every_connection_sets_is_in_force(store: SqlStore) -> None:
    """The database itself says so, and the doctor has nothing to say."""
    found = store.settings_in_force()

    assert set(UNSAFE) & set(found)
    assert Severity.OK is check_database_settings(found).severity


@pytest.mark.postgres
def test_a_session_that_stops_in_a_transaction_loses_its_locks(
    postgres_database: Database,
) -> None:
    """Lines are set up with the limits that let others go on."""
    store = postgres_database.open(lock_wait_s=2.0)
    settings = (
        "lock_timeout",
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "timezone",
        "transaction_isolation",
    )
    with store._engine.connect() as connection:
        found = [connection.scalar(text(f"SHOW {name}")) for name in settings]
        driver: Any = connection.connection.driver_connection
        line = driver.info.get_parameters()

    assert ["2s", "10s", "5s", "UTC", "read committed"] == found
    assert ("1", "5", "10000") == (
        line["keepalives"],
        line["keepalives_idle"],
        line["tcp_user_timeout"],
    )


def test_sqlite_is_set_up_for_many_processes(sqlite_database: Database) -> None:
    """WAL, normal syncs, references watched, and patience with locks."""
    store = sqlite_database.open(lock_wait_s=2.0)
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with store._engine.connect() as connection:
        found = [connection.scalar(text(f"PRAGMA {name}")) for name in pragmas]

    assert ["wal", 1, 1, 2000] == found


def test_the_ledgers_clock_is_the_servers_on_postgresql(database: Database) -> None:
    """On SQLite it is the host's, as the process sees it."""
    clock = FakeClock()
    store = database.open(clock)

    with store.read() as unit:
        now = unit.runs.now()

    assert (database.kind == "sqlite") == (clock.now() == now)


def test_an_absent_database_is_named(database: Database) -> None:
    """The setting, the address without its password, and the reason."""
    url = "sqlite:////nowhere/at/all.db"
    if database.kind == "postgresql":
        url = "postgresql://me:secret@127.0.0.1:1/airq"
    store = SqlStore(url, SystemClock(), patience_s=0.1)

    with pytest.raises(UnreachableError, match="AIRQ_DATABASE_URL") as caught:
        store.check()
    with pytest.raises(StoreError):
        store.write(lambda unit: unit.jobs.add(job()))
    with pytest.raises(StoreError), store.read():
        pass

    assert "secret" not in str(caught.value)
    assert url.replace("secret", "***") in str(caught.value)


def test_a_present_database_passes_the_check(store: SqlStore) -> None:
    """Both in reach and with the right tables."""
    store.check()
    store.check_schema()


def test_a_file_that_is_no_database_is_named(
    sqlite_database: Database, tmp_path: Any
) -> None:
    """It is neither read nor written."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 100)
    store = SqlStore(f"sqlite:///{path}", SystemClock(), patience_s=0.1)

    with pytest.raises(UnreachableError, match="not a database"):
        store.check()
    with pytest.raises(StoreError):
        store.migrate()
    assert path.read_text().startswith("Dear reader")
    assert "sqlite" == sqlite_database.kind
