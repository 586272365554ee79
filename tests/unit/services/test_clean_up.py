"""The whole cleanup: every kind by name, in transactions that let others by."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert

from airq_cron.domain.run import Claim, State
from airq_cron.ports import AuditEntry, WaitingMessage
from airq_cron.services.clean_files import INSTANCE_LOCK
from airq_cron.services.clean_messages import MOST_LOOKED_AT, WINDOW
from airq_cron.services.cleanup import BATCH, Premises, clean_up, find_expired
from airq_cron.services.instance_key import keep_key
from airq_cron.services.verify_trail import verify_trail
from airq_cron.store.history_tables import audit
from airq_cron.store.ledger_tables import attempts, runs
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import FakeClock, MemoryLeftovers
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
    "audit",
    "log_files",
    "temporary_files",
    "messages_without_run",
    "report_cache",
}
MANY = 2 * BATCH + 200


@pytest.fixture
def claim(store: SqlStore) -> Claim:
    """Give a claimed run of the job that cleans up."""
    return entries.begin(store, of="weekly-cleanup", kind="cleanup")


@pytest.fixture
def broker() -> MemoryLeftovers:
    """Give a broker without anything that is left over."""
    return MemoryLeftovers()


@pytest.fixture
def premises(logs: Path, broker: MemoryLeftovers) -> Premises:
    """Give the places that are looked at beside the database."""
    return Premises(logs.parent, 365 * DAY, lambda: broker)


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


def test_every_kind_is_named(store: SqlStore, claim: Claim, premises: Premises) -> None:
    """With what went, and after how many days it goes."""
    kinds = clean_up(store, claim, premises)["kinds"]

    assert KINDS == set(kinds)
    assert {"removed": 0, "age_days": 7} == kinds["runs"]
    assert {"removed": 0, "age_days": 30} == kinds["dead_letters"]
    assert {"removed": 0, "age_days": 90} == kinds["telemetry"]


def test_closed_log_files_go_after_a_month(
    store: SqlStore, claim: Claim, premises: Premises, logs: Path
) -> None:
    """What a process may still write to is never taken from it."""
    kinds = clean_up(store, claim, premises)["kinds"]

    assert {"removed": 1, "age_days": 30} == kinds["log_files"]
    assert ["api.log", "beat.log.1"] == sorted(path.name for path in logs.iterdir())


def test_logs_beside_the_data_of_a_sandbox_go_too(
    store: SqlStore, claim: Claim, premises: Premises, logs: Path, tmp_path: Path
) -> None:
    """Where an instance holds the directory; those of others are left alone."""
    below = replace(premises, var_dir=tmp_path / "sandbox")
    assert 0 == clean_up(store, claim, below)["kinds"]["log_files"]["removed"]

    (tmp_path / INSTANCE_LOCK).touch()
    assert 1 == clean_up(store, claim, below)["kinds"]["log_files"]["removed"]
    assert ["api.log", "beat.log.1"] == sorted(path.name for path in logs.iterdir())


def test_a_host_without_logs_has_none_to_remove(
    store: SqlStore, claim: Claim, premises: Premises, tmp_path: Path
) -> None:
    """On many machines, the log goes elsewhere."""
    elsewhere = replace(premises, var_dir=tmp_path / "nowhere")
    kinds = clean_up(store, claim, elsewhere)["kinds"]

    assert 0 == kinds["log_files"]["removed"]


def test_a_dry_run_counts_what_goes_and_leaves_it(
    store: SqlStore,
    claim: Claim,
    premises: Premises,
    enter_many: Callable[[int], None],
) -> None:
    """The count is that of the cleanup that follows."""
    enter_many(30)
    at = claim.scheduled_for
    found = {line.kind: line.count for line in find_expired(store, at, premises)}
    assert found == {
        line.kind: line.count for line in find_expired(store, at, premises)
    }
    done = clean_up(store, claim, premises)

    assert (30, 30, 1) == (found["runs"], found["attempts"], found["log_files"])
    assert found == {name: one["removed"] for name, one in done["kinds"].items()}
    assert found["report_cache"] is None
    assert {"a-job": 30} == done["removed"]
    assert {0, None} == {line.count for line in find_expired(store, at, premises)}


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


def test_no_transaction_takes_more_than_a_batch(
    store: SqlStore,
    claim: Claim,
    premises: Premises,
    enter_many: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lock is held for so many rows at most, and others come to write after each."""
    enter_many(MANY)
    write, took, rests = store.write, [], []

    def count(*args: Any, **more: Any) -> Any:
        took.append(write(*args, **more))
        return took[-1]

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", count)
        done = clean_up(store, claim, premises, lambda: rests.append(len(took)))

    full = [number for number in took if number]
    assert MANY == done["kinds"]["runs"]["removed"] == sum(full)
    assert [BATCH, BATCH, MANY - 2 * BATCH] == full
    assert len(full) == len(rests)


def test_the_audit_trail_goes_after_its_age_and_holds_right_afterwards(
    system: System, clock: FakeClock, claim: Claim, premises: Premises
) -> None:
    """A signed checkpoint takes the place of what went."""
    store, key = system.store, keep_key(system.settings)
    for number in range(7):
        entry = AuditEntry("cli:ann", "job.pause", f"job:{number}")
        store.write(lambda unit, entry=entry: unit.audit.record(entry))  # type: ignore[misc]
        clock.advance(100 * DAY)
    late = replace(claim, scheduled_for=clock.now())
    found = {
        line.kind: line for line in find_expired(store, late.scheduled_for, premises)
    }

    done = clean_up(store, late, premises)

    assert (4, 365 * DAY) == (found["audit"].count, found["audit"].age)
    assert {"removed": 4, "age_days": 365} == done["kinds"]["audit"]
    verdict = verify_trail(store, key)
    assert (3, None) == (verdict.rows, verdict.broken)
    assert verdict.start is not None
    assert ("retention", 4) == (verdict.start.kind, verdict.start.row_id)


def test_a_broken_trail_is_not_shortened(
    system: System, clock: FakeClock, claim: Claim, premises: Premises
) -> None:
    """It would hide that; the rest of the cleanup is done."""
    store = system.store
    entry = AuditEntry("cli:ann", "job.pause", "job:x")
    store.write(lambda unit: unit.audit.record(entry))
    engine = create_engine(store.address)
    with engine.begin() as connection:
        connection.execute(audit.update().values(actor="cli:eve"))
    engine.dispose()
    clock.advance(400 * DAY)
    late = replace(claim, scheduled_for=clock.now())

    done = clean_up(store, late, premises)

    assert 0 == done["kinds"]["audit"]["removed"]
    assert done["kinds"]["log_files"]["removed"]


def message(run_id: str, sent_at: datetime) -> WaitingMessage:
    return WaitingMessage(run_id, sent_at, f"{run_id} {sent_at}".encode())


def test_messages_whose_run_is_gone_go(
    store: SqlStore, claim: Claim, premises: Premises, broker: MemoryLeftovers
) -> None:
    """What a run needs stays, and what is young, and what is not ours."""
    at = claim.scheduled_for
    old, young = at - 2 * DAY, at - DAY / 2
    stays = [message(claim.run_id, old), None, message("sent just now", young)]
    broker.waiting = {
        "data-fetch": [message("gone 1", old - DAY), message("gone 2", old), *stays],
        "analytics": [],
    }
    (line,) = (
        one
        for one in find_expired(store, at, premises)
        if one.kind == "messages_without_run"
    )

    done = clean_up(store, claim, premises)

    assert (2, old - DAY, DAY) == (line.count, line.oldest, line.age)
    assert {"removed": 2, "age_days": 1} == done["kinds"]["messages_without_run"]
    assert stays == broker.waiting["data-fetch"]


def test_of_a_long_list_all_that_is_gone_goes(
    store: SqlStore, claim: Claim, premises: Premises, broker: MemoryLeftovers
) -> None:
    """Window after window, though what is taken out moves the others; bounded."""
    old = claim.scheduled_for - 2 * DAY
    needed = message(claim.run_id, old)
    broker.waiting["data-fetch"] = [
        needed if number % 3 == 0 else message(f"gone {number}", old)
        for number in range(3 * WINDOW)
    ]
    broker.waiting["analytics"] = [needed] * (MOST_LOOKED_AT + WINDOW)
    broker.waiting["analytics"].append(message("too far", old))

    done = clean_up(store, claim, premises)

    assert 2 * WINDOW == done["kinds"]["messages_without_run"]["removed"]
    assert [needed] * WINDOW == broker.waiting["data-fetch"]
    assert MOST_LOOKED_AT + WINDOW + 1 == len(broker.waiting["analytics"])


def test_keys_that_never_end_are_reported(
    store: SqlStore, claim: Claim, premises: Premises, broker: MemoryLeftovers
) -> None:
    """Their number, and the first names; nothing is done to them."""
    broker.endless = [f"airq:x:{number:02}" for number in range(20)]

    found = clean_up(store, claim, premises)["endless_keys"]

    assert {"count": 20, "first": broker.endless[:10]} == found


def test_without_a_broker_the_rest_is_cleaned_up(
    store: SqlStore, claim: Claim, premises: Premises, broker: MemoryLeftovers
) -> None:
    """What it holds is unknown, not nothing."""
    broker.waiting, broker.broken = {"data-fetch": []}, True
    lines = {
        line.kind: line for line in find_expired(store, claim.scheduled_for, premises)
    }

    done = clean_up(store, claim, premises)

    assert lines["messages_without_run"].count is None
    assert done["kinds"]["messages_without_run"]["removed"] is None
    assert done["endless_keys"] is None
    assert done["kinds"]["log_files"]["removed"]


def test_drafts_that_a_crash_left_go_after_a_day(
    store: SqlStore, claim: Claim, premises: Premises, clock: FakeClock
) -> None:
    """Some hold a secret; the files themselves stay."""
    old, young = clock.now() - 2 * DAY, clock.now() - DAY / 2
    for name, at in (
        (".admin.token.4711", old),
        (".instance.key.0011aabb", old),
        ("instance.new", young),
        ("admin.token", old),
        ("instance.json", old),
    ):
        (premises.var_dir / name).write_text("x")
        os.utime(premises.var_dir / name, (at.timestamp(), at.timestamp()))

    done = clean_up(store, claim, premises)

    assert {"removed": 2, "age_days": 1} == done["kinds"]["temporary_files"]
    left = {path.name for path in premises.var_dir.iterdir()}
    assert left >= {"admin.token", "instance.json", "instance.new"}
