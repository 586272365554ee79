"""One tick of beat: turn what is due into runs, and publish them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from airq_cron.domain.catchup import catch_up
from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.overlap import missed_run, place_runs
from airq_cron.domain.run import NewRun, State
from airq_cron.domain.schedule import parse_schedule
from airq_cron.ports import Dispatcher, Message, Store, Unit
from airq_cron.services.publish import publish_runs

LIMIT = 500
# So many take some 4 ms; the rest of a long outage is decided by the next tick.
FIRE_TIMES = 1000


def plan_due(
    unit: Unit, at: datetime, *, prevent_duplicates: bool = True
) -> tuple[int, list[Message]]:
    """
    Enter the runs of all jobs due at *at* in the ledger, at most 500 jobs.

    Any number of beats may do it at once: a job is locked while its fire times
    are decided, its cursor moves in the same transaction, and the ledger's key
    refuses a second run for the same fire time.

    Returns:
        How many jobs were due, and the messages to publish.
    """
    jobs = unit.jobs.due(at, LIMIT)
    messages: list[Message] = []
    for job in jobs:
        runs = _plan_job(unit, job, at, prevent_duplicates=prevent_duplicates)
        known = set(unit.runs.insert(runs))
        messages += ready_messages([run for run in runs if run.id in known])
    unit.runs.stamp_sent([message.run_id for message in messages])
    return len(jobs), messages


def _plan_job(
    unit: Unit, job: Job, at: datetime, *, prevent_duplicates: bool
) -> list[NewRun]:
    schedule = parse_schedule(job.schedule, job.zone)
    decision = catch_up(schedule, job.cursor or at, at, job.catchup, limit=FIRE_TIMES)
    open_runs = unit.runs.unfinished(job.name)
    waiting = sum(
        run.state is State.WAITING and run.not_before is None for run in open_runs
    )
    if not prevent_duplicates:
        job = replace(job, overlap=Overlap.ALLOW)
    runs = [missed_run(job, missed) for missed in decision.missed]
    runs += place_runs(job, decision.run, unfinished=len(open_runs), waiting=waiting)
    unit.jobs.move_cursor(
        job.name,
        cursor=decision.cursor,
        next_due_at=schedule.next_after(decision.cursor),
    )
    return runs


def ready_messages(runs: Sequence[NewRun]) -> list[Message]:
    """Return the messages of those runs that may start at once."""
    return [
        Message(run.id, run.kind, run.queue, run.priority)
        for run in runs
        if run.state is State.SCHEDULED
    ]


def tick(
    store: Store, dispatcher: Dispatcher, *, prevent_duplicates: bool = True
) -> timedelta | None:
    """
    Plan and publish what is due now, by the ledger's clock.

    Returns:
        The time until the next job is due; zero when there is more to plan;
        None when no job is enabled.
    """

    def work(unit: Unit) -> tuple[int, list[Message], timedelta | None]:
        at = unit.runs.now()
        jobs, messages = plan_due(unit, at, prevent_duplicates=prevent_duplicates)
        due = unit.jobs.next_due_at()
        return jobs, messages, None if due is None else due - at

    jobs, messages, pause = store.write(work)
    publish_runs(store, dispatcher, messages)
    return timedelta() if jobs == LIMIT else pause
