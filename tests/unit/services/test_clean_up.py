"""The whole cleanup: every kind by name, in transactions that let others by."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert

from airq_cron.clock import SystemClock
from airq_cron.domain.run import Claim, State
from airq_cron.services.cleanup import clean_up, find_expired
from airq_cron.store.ledger_tables import attempts, runs
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests import entries

DAY = timedelta(days=1)
KINDS = {
    "runs",
    "dead_letters",
    "attempts",
    "telemetry",
    "samples",
    "flips",
    "breaker_changes",
    "login_links",
    "sessions",
    "expired_tokens",
    "token_addresses",
    "idempotency_keys",
    "log_files",
}
MANY = 20_000
# The rule is 100 ms; a machine that does other work besides takes its time.
LONGEST_WAIT_S = 1.0


@pytest.fixture
def claim(store: SqlStore) -> Claim:
    """Give a claimed run of the job that cleans up."""
    return entries.begin(store, of="weekly-cleanup", kind="cleanup")


@pytest.fixture
def logs(tmp_path: Path, clock: FakeClock) -> Path:
    """Give a directory with an old closed log, an old open one, and a young one."""
    found = tmp_path / "log"
    found.mkdir()
    old, young = clock.now() - 31 * DAY, clock.now() - DAY
    for name, at in (("api.log.1", old), ("api.log", old), ("beat.log.1", young)):
        (found / name).write_text("line\n")
        os.utime(found / name, (at.timestamp(), at.timestamp()))
    return found


def test_every_kind_is_named(store: SqlStore, claim: Claim, logs: Path) -> None:
    """With what went, and after how many days it goes."""
    kinds = clean_up(store, claim, logs)["kinds"]

    assert KINDS == set(kinds)
    assert {"removed": 0, "age_days": 7} == kinds["runs"]
    assert {"removed": 0, "age_days": 30} == kinds["dead_letters"]
    assert {"removed": 0, "age_days": 90} == kinds["telemetry"]


def test_closed_log_files_go_after_a_month(
    store: SqlStore, claim: Claim, logs: Path
) -> None:
    """What a process may still write to is never taken from it."""
    kinds = clean_up(store, claim, logs)["kinds"]

    assert {"removed": 1, "age_days": 30} == kinds["log_files"]
    assert ["api.log", "beat.log.1"] == sorted(path.name for path in logs.iterdir())


def test_a_host_without_logs_has_none_to_remove(
    store: SqlStore, claim: Claim, tmp_path: Path
) -> None:
    """On many machines, the log goes elsewhere."""
    kinds = clean_up(store, claim, tmp_path / "nowhere")["kinds"]

    assert 0 == kinds["log_files"]["removed"]


def test_a_dry_run_counts_what_goes_and_leaves_it(
    store: SqlStore, claim: Claim, logs: Path, enter_many: Callable[[int], None]
) -> None:
    """The count is that of the cleanup that follows."""
    enter_many(30)
    at = claim.scheduled_for
    found = {line.kind: line.count for line in find_expired(store, at, logs)}
    assert found == {line.kind: line.count for line in find_expired(store, at, logs)}
    done = clean_up(store, claim, logs)

    assert (30, 30, 1) == (found["runs"], found["attempts"], found["log_files"])
    assert found == {name: one["removed"] for name, one in done["kinds"].items()}
    assert {"a-job": 30} == done["removed"]
    assert {0} == {line.count for line in find_expired(store, at, logs)}


@pytest.fixture
def enter_many(store: SqlStore, clock: FakeClock) -> Callable[[int], None]:
    """Give a function that enters ended runs of long ago, each with an attempt."""
    store.write(lambda unit: unit.jobs.add(entries.job()))

    def enter(count: int) -> None:
        now = clock.now()
        clock.set_to(now - 60 * DAY)
        first = entries.run(scheduled_for=clock.now())
        entries.enter(store, first)
        entries.finish(store, entries.claim(store, first.id), State.SUCCEEDED)
        clock.set_to(now)
        engine = create_engine(store.address)
        with engine.begin() as connection:
            like = connection.execute(runs.select()).mappings()
            row = next(one for one in like if one["id"] == first.id)
            tried = connection.execute(attempts.select()).mappings()
            attempt = next(one for one in tried if one["run_id"] == first.id)
            others = [f"old-{number}" for number in range(1, count)]
            ats = [
                row["scheduled_for"] + number * timedelta(seconds=1)
                for number in range(1, count)
            ]
            connection.execute(
                insert(runs),
                [
                    {**row, "id": name, "scheduled_for": at}
                    for name, at in zip(others, ats, strict=True)
                ],
            )
            connection.execute(
                insert(attempts), [{**attempt, "run_id": name} for name in others]
            )
        engine.dispose()

    return enter


def test_nobody_waits_long_beside_it(
    store: SqlStore,
    claim: Claim,
    logs: Path,
    enter_many: Callable[[int], None],
) -> None:
    """Another process writes on while tens of thousands of rows go."""
    enter_many(MANY)
    watch, waits, over = SystemClock(), [0.0], threading.Event()
    engine = create_engine(store.address, isolation_level="AUTOCOMMIT")

    def write_on() -> None:
        with engine.connect() as rival:
            while not over.is_set():
                began = watch.monotonic()
                rival.exec_driver_sql("BEGIN IMMEDIATE")
                waits.append(watch.monotonic() - began)
                rival.exec_driver_sql("COMMIT")
                over.wait(0.01)

    rival = threading.Thread(target=write_on)
    rival.start()
    try:
        done = clean_up(store, claim, logs, lambda: watch.wait(0.05))
    finally:
        over.set()
        rival.join(30)
        engine.dispose()

    assert MANY == done["kinds"]["runs"]["removed"]
    assert len(waits) > MANY // 500
    assert max(waits) < LONGEST_WAIT_S
