"""One tick of beat: turn what is due into runs, and publish them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from airq_cron.domain.catchup import Decision, catch_up
from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.overlap import REPLACED, Standing, missed_run, place_runs
from airq_cron.domain.run import NewRun, State
from airq_cron.domain.schedule import parse_schedule
from airq_cron.ports import Dispatcher, Message, Move, Store, Unit
from airq_cron.services.publish import publish_runs

LIMIT = 500
# So many take some 4 ms; the rest of a long outage is decided by the next tick.
FIRE_TIMES = 1000
# After so many of all jobs together the other jobs are left to the next tick.
FIRE_TIMES_IN_ALL = 2000


def plan_due(
    unit: Unit, at: datetime, *, by: str, prevent_duplicates: bool = True
) -> list[Message]:
    """
    Enter the runs of jobs due at *at* in the ledger; return what to publish.

    At most 500 jobs, and fewer when they have many fire times: the others stay
    due. Any number of beats may do it at once: a job is locked while its fire
    times are decided, its cursor moves in the same transaction, and the ledger's
    key refuses a second run for the same fire time.

    Args:
        by: the beat that plans.
    """
    jobs = unit.jobs.due(at, LIMIT)
    standing = unit.runs.count_unfinished([job.name for job in jobs])
    runs: list[NewRun] = []
    moves: dict[str, Move] = {}
    replaced: list[tuple[str, str]] = []
    found = 0
    for job in jobs:
        if found >= FIRE_TIMES_IN_ALL:
            break
        schedule = parse_schedule(job.schedule, job.zone)
        cursor = job.cursor or at
        decision = catch_up(schedule, cursor, at, job.catchup, limit=FIRE_TIMES)
        found += len(decision.run) + sum(missed.count for missed in decision.missed)
        since = _interval_start(job, decision)
        moves[job.name] = Move(
            decision.cursor,
            schedule.next_after(decision.cursor),
            decision.last_fire_at or job.last_fire_at,
        )
        judged = job if prevent_duplicates else replace(job, overlap=Overlap.ALLOW)
        found_standing = Standing(*standing.get(job.name, (0, 0)))
        runs += [missed_run(job, missed, entered_by=by) for missed in decision.missed]
        placed = place_runs(
            judged, decision.run, found_standing, at=at, since=since, entered_by=by
        )
        if judged.overlap is Overlap.REPLACE and placed and found_standing.unfinished:
            replaced.append((job.name, placed[-1].id))
        runs += placed
    for name, newer in replaced:
        replace_unfinished(unit, name, by=newer)
    unit.jobs.move_cursors(moves)
    known = set(unit.runs.insert(runs))
    messages = ready_messages([run for run in runs if run.id in known])
    unit.runs.stamp_sent([message.run_id for message in messages])
    return messages


def _interval_start(job: Job, decision: Decision) -> datetime | None:
    """Return the fire time before the first that runs."""
    if not decision.run:
        return None
    if decision.missed:
        return decision.missed[-1].until
    if job.last_fire_at is not None:
        return job.last_fire_at
    return parse_schedule(job.schedule, job.zone).previous(decision.run[0])


def replace_unfinished(unit: Unit, job: str, *, by: str) -> list[str]:
    """
    Cancel what is unfinished of *job* in favour of the run *by*; return the ids.

    A worker that is busy with one learns it at its next renewal, and ends it.
    """
    found = [run.id for run in unit.runs.unfinished(job) if run.id != by]
    return unit.runs.cancel(found, reason=f"{REPLACED} by {by}")


def ready_messages(runs: Sequence[NewRun]) -> list[Message]:
    """Return the messages of those runs that may start at once."""
    return [
        Message(
            run.id,
            run.kind,
            run.queue,
            run.priority,
            run.limits.time_limit_s,
            run.limits.soft_limit_s,
        )
        for run in runs
        if run.state is State.SCHEDULED
    ]


def tick(
    store: Store,
    dispatcher: Dispatcher,
    *,
    by: str = "beat",
    prevent_duplicates: bool = True,
) -> timedelta | None:
    """
    Plan and publish what is due now, by the ledger's clock.

    Args:
        by: the name of this beat.

    Returns:
        The time until the next job or waiting run is due, not above zero when
        there is more to plan at once; None when nothing is to come.
    """

    def work(unit: Unit) -> tuple[list[Message], timedelta | None]:
        at = unit.runs.now()
        messages = plan_due(unit, at, by=by, prevent_duplicates=prevent_duplicates)
        coming = (unit.jobs.next_due_at(), unit.runs.next_waiting_at())
        due = min((one for one in coming if one is not None), default=None)
        return messages, None if due is None else due - at

    messages, pause = store.write(work)
    publish_runs(store, dispatcher, messages)
    return pause
