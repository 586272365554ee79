"""What becomes of fire times while earlier runs of their job are unfinished."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from airq_cron.domain.catchup import Missed
from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.run import NewRun, State


def place_runs(
    job: Job, fire_times: Sequence[datetime], *, unfinished: int, waiting: int
) -> list[NewRun]:
    """
    Return a run for each fire time, by the job's overlap policy.

    Args:
        fire_times: ascending.
        unfinished: part-0 runs of the job that have not ended.
        waiting: how many of those wait for their predecessor.
    """
    runs = []
    for fire_time in fire_times:
        state, reason = _decide(job.overlap, unfinished, waiting)
        runs.append(new_run(job, fire_time, state=state, reason=reason))
        unfinished += state is not State.SKIPPED
        waiting += state is State.WAITING
    return runs


def _decide(
    overlap: Overlap, unfinished: int, waiting: int
) -> tuple[State, str | None]:
    if unfinished == 0 or overlap is Overlap.ALLOW:
        return State.SCHEDULED, None
    if overlap is Overlap.QUEUE_ALL or (overlap is Overlap.QUEUE_ONE and not waiting):
        return State.WAITING, "predecessor"
    return State.SKIPPED, "overlap"


def missed_run(job: Job, missed: Missed) -> NewRun:
    """Return the ledger row of dropped fire times: one, or a whole stretch."""
    run = new_run(job, missed.since, state=State.MISSED, reason="catch-up")
    if missed.count == 1:
        return run
    return replace(run, missed_until=missed.until, missed_count=missed.count)


def new_run(
    job: Job,
    scheduled_for: datetime,
    *,
    state: State = State.SCHEDULED,
    reason: str | None = None,
    origin: str = "schedule",
    priority: str | None = None,
) -> NewRun:
    """Return a new run of *job* with what it inherits from its definition."""
    return NewRun(
        job=job.name,
        kind=job.kind,
        queue=job.queue.value,
        priority=priority or job.priority.value,
        scheduled_for=scheduled_for,
        state=state,
        origin=origin,
        reason=reason,
        params=job.params,
    )
