"""One tick of beat: turn what is due into runs, and publish them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from airq_cron.domain.catchup import Decision, catch_up
from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.overlap import REPLACED, Standing, missed_run, place_runs
from airq_cron.domain.run import NewRun, State
from airq_cron.domain.schedule import Schedule, parse_schedule
from airq_cron.errors import ScheduleError
from airq_cron.ports import Dispatcher, Message, Move, Store, Unit
from airq_cron.services.pause import pause_unreadable
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
    key refuses a second run for the same fire time. A job whose schedule this
    process cannot read, as one in a zone that is newer than its tzdata, is
    switched off with a note: it would hold up all others.

    Args:
        by: the beat that plans.
    """
    jobs = unit.jobs.due(at, LIMIT)
    if not jobs:
        return []
    standing = unit.runs.count_unfinished([job.name for job in jobs])
    plan = Plan(at, by)
    for job in jobs:
        if plan.found >= FIRE_TIMES_IN_ALL:
            break
        judged = job if prevent_duplicates else replace(job, overlap=Overlap.ALLOW)
        try:
            plan.add(judged, Standing(*standing.get(job.name, (0, 0))))
        except ScheduleError as error:
            pause_unreadable(unit, job, error, by=by)
    for name, newer in sorted(plan.replaced):
        replace_unfinished(unit, name, by=newer)
    unit.jobs.move_cursors(plan.moves)
    known = set(unit.runs.insert(plan.runs))
    return ready_messages([run for run in plan.runs if run.id in known])


@dataclass
class Plan:
    """
    What becomes of the jobs that are due at *at*.

    Attributes:
        by: the beat that plans.
        found: how many fire times were decided.
        replaced: jobs whose unfinished runs give way, each with the id of the run
            for which they do.
    """

    at: datetime
    by: str
    found: int = 0
    runs: list[NewRun] = field(default_factory=list)
    moves: dict[str, Move] = field(default_factory=dict)
    replaced: list[tuple[str, str]] = field(default_factory=list)

    def add(self, job: Job, standing: Standing) -> None:
        """Decide the fire times of *job*; raises ScheduleError."""
        schedule = parse_schedule(job.schedule, job.zone)
        cursor = job.cursor or self.at
        decision = catch_up(schedule, cursor, self.at, job.catchup, limit=FIRE_TIMES)
        self.found += len(decision.run) + sum(one.count for one in decision.missed)
        self.moves[job.name] = Move(
            decision.cursor,
            schedule.next_after(decision.cursor),
            decision.last_fire_at or job.last_fire_at,
        )
        self.runs += [
            missed_run(job, missed, entered_by=self.by) for missed in decision.missed
        ]
        placed = place_runs(
            job,
            decision.run,
            standing,
            at=self.at,
            since=_interval_start(job, schedule, decision),
            entered_by=self.by,
        )
        if job.overlap is Overlap.REPLACE and placed and standing.unfinished:
            self.replaced.append((job.name, placed[-1].id))
        self.runs += placed


def _interval_start(
    job: Job, schedule: Schedule, decision: Decision
) -> datetime | None:
    """Return the fire time before the first that runs."""
    if not decision.run:
        return None
    if decision.missed:
        return decision.missed[-1].until
    if job.last_fire_at is not None:
        return job.last_fire_at
    return schedule.previous(decision.run[0])


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

    Where nothing is, it only reads: a beat does this twice a second for ever.

    Args:
        by: the name of this beat.

    Returns:
        The time until the next job or waiting run is due, not above zero when
        there is more to plan at once; None when nothing is to come.
    """

    def work(unit: Unit) -> tuple[list[Message], timedelta | None]:
        at = unit.runs.now()
        messages = plan_due(unit, at, by=by, prevent_duplicates=prevent_duplicates)
        return messages, _until_due(unit, at, unit.jobs.next_due_at())

    with store.read() as unit:
        at, first = unit.runs.now(), unit.jobs.next_due_at()
        pause = _until_due(unit, at, first)
    if first is None or first > at:
        return pause
    messages, pause = store.write(work)
    publish_runs(store, dispatcher, messages)
    return pause


def _until_due(unit: Unit, at: datetime, job_due: datetime | None) -> timedelta | None:
    """Return the time from *at* until the next job or waiting run is due, or None."""
    coming = (job_due, unit.runs.next_waiting_at())
    due = min((one for one in coming if one is not None), default=None)
    return None if due is None else due - at
