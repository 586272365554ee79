"""One tick of beat: turn what is due into runs, and publish them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from airq_cron.domain.catchup import catch_up
from airq_cron.domain.job import Overlap
from airq_cron.domain.overlap import missed_run, place_runs
from airq_cron.domain.run import NewRun, State
from airq_cron.domain.schedule import parse_schedule
from airq_cron.ports import Dispatcher, Message, Store, Unit
from airq_cron.services.publish import publish_runs

LIMIT = 500
# So many take some 4 ms; the rest of a long outage is decided by the next tick.
FIRE_TIMES = 1000
# After so many of all jobs together the other jobs are left to the next tick.
FIRE_TIMES_IN_ALL = 2000


def plan_due(
    unit: Unit, at: datetime, *, prevent_duplicates: bool = True
) -> list[Message]:
    """
    Enter the runs of jobs due at *at* in the ledger; return what to publish.

    At most 500 jobs, and fewer when they have many fire times: the others stay
    due. Any number of beats may do it at once: a job is locked while its fire
    times are decided, its cursor moves in the same transaction, and the ledger's
    key refuses a second run for the same fire time.
    """
    jobs = unit.jobs.due(at, LIMIT)
    standing = unit.runs.count_unfinished([job.name for job in jobs])
    runs: list[NewRun] = []
    moves: dict[str, tuple[datetime, datetime | None]] = {}
    found = 0
    for job in jobs:
        if found >= FIRE_TIMES_IN_ALL:
            break
        schedule = parse_schedule(job.schedule, job.zone)
        cursor = job.cursor or at
        decision = catch_up(schedule, cursor, at, job.catchup, limit=FIRE_TIMES)
        found += len(decision.run) + sum(missed.count for missed in decision.missed)
        moves[job.name] = decision.cursor, schedule.next_after(decision.cursor)
        judged = job if prevent_duplicates else replace(job, overlap=Overlap.ALLOW)
        unfinished, waiting = standing.get(job.name, (0, 0))
        runs += [missed_run(job, missed) for missed in decision.missed]
        runs += place_runs(judged, decision.run, unfinished=unfinished, waiting=waiting)
    unit.jobs.move_cursors(moves)
    known = set(unit.runs.insert(runs))
    messages = ready_messages([run for run in runs if run.id in known])
    unit.runs.stamp_sent([message.run_id for message in messages])
    return messages


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
        The time until the next job is due, not above zero when there is more to
        plan at once; None when no job is enabled.
    """

    def work(unit: Unit) -> tuple[list[Message], timedelta | None]:
        at = unit.runs.now()
        messages = plan_due(unit, at, prevent_duplicates=prevent_duplicates)
        due = unit.jobs.next_due_at()
        return messages, None if due is None else due - at

    messages, pause = store.write(work)
    publish_runs(store, dispatcher, messages)
    return pause
