"""Jobs and runs to enter in a ledger, each with only what a test says of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from airq_cron.domain.backfill import Backfill
from airq_cron.domain.job import Job, Overlap, Queue
from airq_cron.domain.run import Claim, NewRun, Outcome, Run, State
from airq_cron.domain.run import run_id as id_of
from airq_cron.ports import RunFilter, Unit
from airq_cron.store.store import SqlStore

DAWN = datetime(2026, 3, 1, tzinfo=UTC)
LEASE = timedelta(seconds=10)
OWNER = "worker@host:7"
WORKER = "worker@host"


def job(name: str = "a-job", **more: Any) -> Job:
    """Return a job that fires every minute."""
    values: dict[str, Any] = {
        "kind": "health",
        "schedule": "* * * * *",
        "zone": "UTC",
        "queue": Queue.MONITORING,
        "source": "person",
    }
    return Job(name=name, **values | more)


def switch_off_jobs(store: SqlStore) -> None:
    """Pause every job, for a scene in which nobody plans them."""

    def work(unit: Unit) -> None:
        for one in unit.jobs.all():
            unit.jobs.save(replace(one, enabled=False, next_due_at=None))

    store.write(work)


def run(minute: int = 0, *, of: str = "a-job", **more: Any) -> NewRun:
    """Return a run due some minutes after the dawn of 2026-03-01."""
    values: dict[str, Any] = {
        "kind": "health",
        "queue": "monitoring",
        "priority": "normal",
        "scheduled_for": DAWN + timedelta(minutes=minute),
    }
    return NewRun(job=of, **values | more)


def waiting(minute: int, **more: Any) -> NewRun:
    """Return a run that waits for its predecessor."""
    return run(minute, state=State.WAITING, reason="predecessor", **more)


def backfill(name: str = "b1", **more: Any) -> Backfill:
    """Return a backfill of one day whose runs carry `backfill:<name>`."""
    values: dict[str, Any] = {
        "job": "a-job",
        "first": DAWN.date(),
        "last": DAWN.date(),
        "overlap": Overlap.QUEUE_ALL,
        "concurrency": 1,
        "runs": 10,
        "entered_by": "cli:me",
        "created_at": DAWN,
    }
    return Backfill(id=name, **values | more)


def open_backfill(store: SqlStore, name: str = "b1", **more: Any) -> Backfill:
    """Enter a backfill whose runs may start."""
    entered = backfill(name, **more)

    def work(unit: Unit) -> None:
        unit.backfills.add(entered)
        unit.backfills.mark_entered(entered.id, DAWN)

    store.write(work)
    return entered


def enter(store: SqlStore, *entered: NewRun) -> list[str]:
    """Insert runs; return the ids that were new."""
    return store.write(lambda unit: unit.runs.insert(entered))


def try_claim(
    store: SqlStore,
    run_id: str,
    *,
    owner: str = OWNER,
    lease: timedelta = LEASE,
    kind: str | None = None,
) -> Claim | None:
    """Claim a run if it can be claimed."""
    return store.write(
        lambda unit: unit.runs.claim(run_id, owner=owner, lease=lease, kind=kind)
    )


def claim(
    store: SqlStore, run_id: str, *, owner: str = OWNER, lease: timedelta = LEASE
) -> Claim:
    """Claim a run that can be claimed."""
    claimed = try_claim(store, run_id, owner=owner, lease=lease)
    assert claimed is not None
    return claimed


def begin(store: SqlStore, minute: int = 0, **more: Any) -> Claim:
    """Enter a run and claim it."""
    entered = run(minute, **more)
    enter(store, entered)
    return claim(store, entered.id)


def finish(
    store: SqlStore,
    claimed: Claim,
    state: State = State.SUCCEEDED,
    outcome: Outcome | None = None,
    **more: Any,
) -> None:
    """End a claimed attempt."""
    if outcome is None:
        good = state is State.SUCCEEDED
        outcome = Outcome.SUCCEEDED if good else Outcome.FAILED
    ended = outcome
    store.write(lambda unit: unit.runs.finish(claimed, state, outcome=ended, **more))


def end(store: SqlStore, minute: int, state: State, **more: Any) -> Claim:
    """Enter a run, claim it and end it."""
    claimed = begin(store, minute, **more)
    finish(store, claimed, state)
    return claimed


def split(store: SqlStore, parts: int, **more: Any) -> tuple[Claim, list[str]]:
    """Enter a run, claim it and split it; return the claim and the parts' ids."""
    claimed = begin(store, **more)
    slices = [{"slice": number} for number in range(1, parts + 1)]
    return claimed, store.write(lambda unit: unit.runs.split(claimed, slices))


def part_ids(store: SqlStore, run_id: str) -> list[str]:
    """Return the ids of the parts of a run, in their order."""
    whole = get(store, run_id)
    key = (whole.job, whole.scheduled_for, whole.origin)
    return [id_of(*key, part) for part in range(1, (whole.parts or 0) + 1)]


def get(store: SqlStore, run_id: str) -> Run:
    """Return one run with its attempts."""
    with store.read() as unit:
        return unit.runs.get(run_id)


def runs_of(store: SqlStore, job: str) -> list[Run]:
    """Return the whole runs of a job, earliest fire time first."""
    with store.read() as unit:
        found = unit.runs.find(RunFilter(job=job), limit=1000, after=None)
    return found[::-1]


def states(store: SqlStore, ids: Sequence[str]) -> list[State]:
    """Return the states of runs."""
    return [get(store, run_id).state for run_id in ids]


def outcomes(store: SqlStore, run_id: str) -> list[Outcome | None]:
    """Return how the attempts of a run ended, in order."""
    return [attempt.outcome for attempt in get(store, run_id).attempts]
