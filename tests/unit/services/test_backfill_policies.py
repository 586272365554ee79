"""Policies, bounds and half-entered backfills."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from airq_cron.domain.backfill import Backfill, Stage
from airq_cron.domain.job import Overlap
from airq_cron.domain.run import State
from airq_cron.errors import ConflictError, InvalidError
from airq_cron.ports import AuditFilter, Unit
from airq_cron.services import backfill as backfill_module
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests.backfills import DAY, FIRST, Start, nightly, runs_of, starter, work_one


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def start(store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock) -> Start:
    """Give a function that enters a job of every night and starts a backfill."""
    return starter(store, dispatcher, clock.now())


@pytest.mark.parametrize(
    ("overlap", "concurrency", "expected"),
    [
        (Overlap.QUEUE_ALL, None, "QWWWW"),
        (Overlap.QUEUE_ALL, 2, "QQWWW"),
        (Overlap.QUEUE_ONE, None, "QWSSS"),
        (Overlap.QUEUE_ONE, 3, "QQQWS"),
        (Overlap.SKIP, None, "QSSSS"),
        (Overlap.SKIP, 2, "QQSSS"),
        (Overlap.REPLACE, None, "CCCCQ"),
        (Overlap.ALLOW, None, "QQQQQ"),
        (Overlap.ALLOW, 2, "QQWWW"),
    ],
)
def test_each_policy_means_what_it_says(
    overlap: Overlap, concurrency: int | None, expected: str,
    store: SqlStore, start: Start,
) -> None:  # fmt: skip
    """As if all fire times had come at once, with so many places."""
    backfill = start(FIRST, FIRST + 4 * DAY, overlap=overlap, concurrency=concurrency)

    found = runs_of(store, backfill)
    assert expected == "".join(run.state[0].upper() for run in found)
    assert all(run.decision for run in found)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_never_more_than_its_concurrency_are_under_way(
    concurrency: int,
    store: SqlStore,
    start: Start,
    dispatcher: RecordingDispatcher,
) -> None:
    """Each end lets one go, until all have ended."""
    backfill = start(FIRST, FIRST + 9 * DAY, concurrency=concurrency)
    ahead = []
    for done in range(10):
        ahead.append(len(dispatcher.ids) - done)
        work_one(store, dispatcher, dispatcher.ids[done])

    assert [concurrency] * (11 - concurrency) == ahead[: 11 - concurrency]
    assert {State.SUCCEEDED} == {run.state for run in runs_of(store, backfill)}
    with store.read() as unit:
        assert Stage.DONE is unit.backfills.get(backfill.id).stage


@pytest.mark.parametrize("concurrency", [0, -1, 51])
def test_a_concurrency_out_of_bounds_is_refused(concurrency: int, start: Start) -> None:
    """The message names the bounds."""
    with pytest.raises(InvalidError, match="concurrency: must be 1 to 50"):
        start(concurrency=concurrency)


def test_jitter_and_margin_of_the_job_do_not_count(
    store: SqlStore, start: Start
) -> None:
    """One spreads what is due together, the other is about being late."""
    job = replace(nightly(), jitter_s=3600, start_margin_s=5)

    found = runs_of(store, start(job=job))

    assert {None} == {run.start_margin_s for run in found}
    assert "queued" == found[0].state


def test_the_audit_trail_says_who_asked_for_what(store: SqlStore, start: Start) -> None:
    """In the transaction that enters it."""
    backfill = start()

    with store.read() as unit:
        (entry,) = unit.audit.find(AuditFilter(), limit=9, after=None)
    assert ("cli:me", "backfill.start", f"backfill:{backfill.id}") == (
        entry.actor, entry.action, entry.subject
    )  # fmt: skip
    assert {
        "job": backfill.job,
        "from": "2026-02-01",
        "to": "2026-02-03",
        "overlap": "queue_all",
        "concurrency": 1,
        "runs": 3,
    } == entry.after


def break_off(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, start: Start, *, entered: int
) -> Backfill:
    """Let the process die when so many batches of one run are entered."""
    monkeypatch.setattr(backfill_module, "BATCH", 1)
    insert, calls = backfill_module._insert, count()

    def dying(*given: Any, **named: Any) -> None:
        if next(calls) == entered:
            raise KeyboardInterrupt
        insert(*given, **named)

    monkeypatch.setattr(backfill_module, "_insert", dying)
    with pytest.raises(KeyboardInterrupt):
        start()
    with store.read() as unit:
        (found,) = unit.backfills.find(None, limit=9, after=None)
    return found


def test_half_a_backfill_never_starts_and_is_called_off(
    store: SqlStore,
    start: Start,
    dispatcher: RecordingDispatcher,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A part of what was asked for would pass for the whole."""
    backfill = break_off(store, monkeypatch, start, entered=2)
    assert Stage.ENTERING is backfill.stage

    clock.advance(timedelta(minutes=9))
    early = store.write(lambda unit: unit.runs.release_stuck(9))
    clock.advance(timedelta(minutes=2))
    for _ in range(3):
        early += store.write(lambda unit: unit.runs.release_stuck(9))

    assert [] == early == dispatcher.ids
    assert {State.CANCELLED} == {run.state for run in runs_of(store, backfill)}
    with store.read() as unit:
        found = unit.backfills.get(backfill.id)
        entry = unit.audit.find(AuditFilter(actor="system"), limit=1, after=None)[0]
    assert Stage.CANCELLED is found.stage
    assert found.finished_at is not None
    assert ("backfill.cancel", "its entering was broken off") == (
        entry.action, entry.note
    )  # fmt: skip


def test_what_is_cancelled_while_it_is_entered_gets_no_more_runs(
    store: SqlStore, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever enters it is told."""
    monkeypatch.setattr(backfill_module, "BATCH", 1)
    insert = backfill_module._insert

    def disturbed(unit: Unit, backfill: Backfill, runs: Any) -> None:
        insert(unit, backfill, runs)
        unit.backfills.mark_cancelled(backfill.id, unit.runs.now())

    monkeypatch.setattr(backfill_module, "_insert", disturbed)

    with pytest.raises(ConflictError, match="was cancelled before it was entered"):
        start()
