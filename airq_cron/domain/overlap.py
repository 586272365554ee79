"""What becomes of fire times while earlier runs of their job are unfinished."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.catchup import Missed
from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.limits import limits_of
from airq_cron.domain.run import NewRun, State
from airq_cron.domain.schedule import jitter, parse_schedule

REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How the unfinished part-0 runs of a job stand, where overlap is judged.

    Attributes:
        unfinished: those that have not ended.
        waiting: how many of them wait for their predecessor.
        slots: how many may be under way at once; above 1 in a backfill only.
    """

    unfinished: int = 0
    waiting: int = 0
    slots: int = 1


def place_runs(
    job: Job,
    fire_times: Sequence[datetime],
    standing: Standing,
    *,
    at: datetime,
    since: datetime | None = None,
    **more: Any,
) -> list[NewRun]:
    """
    Return a run for each fire time, by the job's overlap policy.

    Under `replace` the newest fire time runs, and the caller cancels what is
    unfinished; those before it in the same list are cancelled at once.

    Args:
        fire_times: ascending.
        at: now; jitter that has passed by then is not waited for.
        since: the fire time before the first, where its data interval begins.
        more: further fields of the runs.
    """
    runs: list[NewRun] = []
    unfinished, waiting = standing.unfinished, standing.waiting
    for number, fire_time in enumerate(fire_times, 1):
        newest = number == len(fire_times)
        now_standing = Standing(unfinished, waiting, standing.slots)
        state, reason, decision = _decide(job.overlap, now_standing, newest=newest)
        run = new_run(
            job,
            fire_time,
            state=state,
            reason=reason,
            decision=decision,
            interval_start=since,
            **more,
        )
        runs.append(_delay(job, run, at))
        unfinished += state in (State.SCHEDULED, State.WAITING)
        waiting += state is State.WAITING
        since = fire_time
    return runs


def _decide(
    overlap: Overlap, standing: Standing, *, newest: bool
) -> tuple[State, str | None, str]:
    if overlap is Overlap.REPLACE:
        if not newest:
            return State.CANCELLED, REPLACED, "replaced by a newer fire time"
        found = standing.unfinished
        words = f"replaces {found} unfinished" if found else "runs: none unfinished"
        return State.SCHEDULED, None, words
    if overlap is Overlap.ALLOW:
        return State.SCHEDULED, None, "runs: overlap is allowed"
    if standing.unfinished < standing.slots:
        return State.SCHEDULED, None, "runs: none unfinished"
    busy = f"{standing.unfinished} unfinished"
    if overlap is Overlap.QUEUE_ALL or (
        overlap is Overlap.QUEUE_ONE and not standing.waiting
    ):
        return State.WAITING, "predecessor", f"waits: {busy}, {overlap.value}"
    return State.SKIPPED, "overlap", f"skipped: {busy}, {overlap.value}"


def _delay(job: Job, run: NewRun, at: datetime) -> NewRun:
    """Let a run that may start wait for its jitter."""
    if not job.jitter_s or run.state is not State.SCHEDULED:
        return run
    schedule = parse_schedule(job.schedule, job.zone)
    delay = jitter(job.name, schedule, timedelta(seconds=job.jitter_s))
    if run.scheduled_for + delay <= at:
        return run
    return replace(
        run,
        state=State.WAITING,
        reason="jitter",
        not_before=run.scheduled_for + delay,
        decision=f"{run.decision}; jitter {delay.total_seconds():.1f} s",
    )


def missed_run(job: Job, missed: Missed, **more: Any) -> NewRun:
    """Return the ledger row of dropped fire times: one, or a whole stretch."""
    words = f"dropped: found late, catch-up {job.catchup.mode}"
    run = new_run(
        job,
        missed.since,
        state=State.MISSED,
        reason="catch-up",
        decision=words,
        **more,
    )
    if missed.count == 1:
        return run
    return replace(run, missed_until=missed.until, missed_count=missed.count)


def new_run(job: Job, scheduled_for: datetime, **more: Any) -> NewRun:
    """
    Return a new run of *job* with what it inherits from its definition.

    Args:
        more: any other field of `NewRun`; a priority stands before the job's.
    """
    inherited: dict[str, Any] = {
        "job": job.name,
        "kind": job.kind,
        "queue": job.queue.value,
        "priority": job.priority.value,
        "scheduled_for": scheduled_for,
        "params": job.params,
        "limits": limits_of(job),
    }
    return NewRun(**inherited | more)
