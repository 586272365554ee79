"""Explain why a job did, or did not, run at an instant."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.explanation import (
    Change,
    FireTimes,
    Reason,
    Traces,
    fire_times_around,
    fire_times_at,
    judge,
)
from airq_cron.domain.job import Job
from airq_cron.domain.moment import local_text, read_moment
from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.domain.run import Run, instant_text
from airq_cron.domain.schedule import parse_schedule
from airq_cron.domain.timeline import Event, sum_up, tell
from airq_cron.errors import InvalidError, NotFoundError
from airq_cron.ports import AuditEntry, AuditFilter, JobFigures, RunFilter, Store, Unit
from airq_cron.services.cleanup import FIGURES_KEPT

FIELD = "scheduled_for"
LAST = "last"
# So many changes of a job on either side of an instant are looked at.
CHANGES = 500
DEEDS = 100
DEEDS_DONE = {"cancel": "cancelled", "discard": "discarded", "retry": "started again"}


@dataclass(frozen=True, slots=True)
class Story:
    """One run with all that happened to it, oldest first."""

    run: Run
    timeline: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class ToldRun:
    """One run, what happened to it, and why it did or did not do its work."""

    story: Story
    verdict: str


@dataclass(frozen=True, slots=True)
class HourRecord:
    """What a job came to in the hour that begins at *hour*."""

    hour: datetime
    figures: JobFigures


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    Why a job did, or did not, run.

    Attributes:
        local: `scheduled_for` as clocks show it in the job's zone.
        reason: the state of the newest run; without runs one of `Reason`.
        verdict: the same in a sentence.
        runs: those due at the instant, last created first.
        hour: the roll-up of the hour in which it was due, or of the next one
            when nothing ended in it; None when it knows nothing.
        previous_fire_at, next_fire_at: around the instant, as the job is defined
            now; None when there is none, or no such job any more.
    """

    job: str
    scheduled_for: datetime
    local: str
    reason: str
    verdict: str
    runs: tuple[Story, ...]
    hour: HourRecord | None
    previous_fire_at: datetime | None
    next_fire_at: datetime | None
    as_of: datetime


def explain_run(store: Store, name: str, when: str) -> Explanation:
    """
    Return why the job *name* did, or did not, run at *when*.

    Args:
        when: an instant, a local time in the job's zone, or `last` for its last
            fire time. Of a local time that comes twice, the pass counts in which
            the job fires.

    Raises:
        NotFoundError: there is no such job, and the ledger has no run of one.
        InvalidError: *when* is not of these forms, or may mean two fire times.
    """
    with store.read() as unit:
        at = unit.runs.now()
        job = _find_job(unit, name)
        scheduled_for = _find_instant(unit, job, name, when, at)
        return _explain(unit, job, name, scheduled_for, at)


def tell_run(store: Store, run_id: str) -> ToldRun:
    """Return a run, or a part of one, with its story; raises NotFoundError."""
    with store.read() as unit:
        at, run = unit.runs.now(), unit.runs.get(run_id)
        return ToldRun(Story(run, _timeline(unit, run, at)), sum_up(run, at))


def _explain(
    unit: Unit, job: Job | None, name: str, scheduled_for: datetime, at: datetime
) -> Explanation:
    changes = _changes(unit, name, scheduled_for)
    found = unit.runs.at_fire_time(name, scheduled_for)
    if job is not None and not fire_times_at(job, scheduled_for, changes).hit:
        # A stretch covers fire times, not what lies between them.
        found = [run for run in found if run.scheduled_for == scheduled_for]
    if found:
        reason, verdict = found[0].state.value, sum_up(found[0], at)
    elif job is None:
        reason, verdict = Reason.UNKNOWN.value, "The job is gone, with what ran then."
    else:
        traces = _traces(unit, name, changes, scheduled_for, at)
        reason, verdict = judge(job, scheduled_for, traces, at=at)
    around = FireTimes() if job is None else fire_times_around(job, scheduled_for)
    return Explanation(
        job=name,
        scheduled_for=scheduled_for,
        local=local_text(scheduled_for, "UTC" if job is None else job.zone),
        reason=reason,
        verdict=verdict,
        runs=tuple(Story(run, _timeline(unit, run, at)) for run in found),
        hour=_hour(unit, name, scheduled_for),
        previous_fire_at=around.previous,
        next_fire_at=around.next,
        as_of=at,
    )


def _find_job(unit: Unit, name: str) -> Job | None:
    """Return the job; None for one that is gone, whose runs are still kept."""
    try:
        return unit.jobs.get(name)
    except NotFoundError:
        if unit.runs.oldest_due(name) is None:
            raise
        return None


def _find_instant(
    unit: Unit, job: Job | None, name: str, when: str, at: datetime
) -> datetime:
    if when == LAST:
        return _last(unit, job, name, at)
    candidates = read_moment(when, "UTC" if job is None else job.zone, field=FIELD)
    if len(candidates) == 1:
        return candidates[0]
    firing = [
        one
        for one in candidates
        if unit.runs.at_fire_time(name, one)
        or (job is not None and fire_times_around(job, one).hit)
    ]
    if len(firing) == 1:
        return firing[0]
    shown = " and ".join(instant_text(one) for one in candidates)
    raise InvalidError(FIELD, f"clocks show it twice: say which of {shown}")


def _last(unit: Unit, job: Job | None, name: str, at: datetime) -> datetime:
    until = at + timedelta.resolution
    newest = unit.runs.find(RunFilter(job=name, until=until), limit=1, after=None)
    if newest:
        return newest[0].missed_until or newest[0].scheduled_for
    previous = (
        None if job is None else parse_schedule(job.schedule, job.zone).previous(until)
    )
    if previous is None:
        raise InvalidError(FIELD, f"{name} has never been due")
    return previous


def _changes(unit: Unit, name: str, at: datetime) -> list[Change]:
    """Return what people changed in the job, on both sides of *at*."""
    subject = f"job:{name}"
    found = [
        *unit.audit.find(AuditFilter(subject, until=at), limit=CHANGES, after=None),
        *unit.audit.find(AuditFilter(subject, since=at), limit=CHANGES, after=None),
    ]
    return [
        Change(
            entry.at or at,
            entry.actor,
            entry.action,
            entry.before or {},
            entry.after or {},
            entry.note,
        )
        for entry in found
    ]


def _traces(
    unit: Unit, name: str, changes: list[Change], due: datetime, at: datetime
) -> Traces:
    hour = floor_hour(due)
    return Traces(
        changes,
        oldest=unit.runs.oldest_due(name),
        ended=_ended(unit, name, hour) + _ended(unit, name, hour + HOUR),
        kept=unit.runs.count_due(name, hour, hour + 2 * HOUR),
        active_before=unit.jobs.active_before(name, due),
        since=at - FIGURES_KEPT,
    )


def _ended(unit: Unit, name: str, hour: datetime) -> int:
    figures = unit.jobs.hour_figures(name, hour)
    return 0 if figures is None else figures.totals["total"]


def _hour(unit: Unit, name: str, scheduled_for: datetime) -> HourRecord | None:
    first = floor_hour(scheduled_for)
    for hour in (first, first + HOUR):
        figures = unit.jobs.hour_figures(name, hour)
        if figures is not None:
            return HourRecord(hour, figures)
    return None


def _timeline(unit: Unit, run: Run, at: datetime) -> tuple[Event, ...]:
    where = AuditFilter(subject=f"run:{run.id}")
    trail = unit.audit.find(where, limit=DEEDS, after=None)
    return tuple(tell(run, [_deed(entry) for entry in reversed(trail)], at=at))


def _deed(entry: AuditEntry) -> Event:
    deed = entry.action.removeprefix("run.")
    words = f"{DEEDS_DONE.get(deed, deed)} by {entry.actor}"
    note = f": {entry.note}" if entry.note else ""
    assert entry.at is not None
    return Event(entry.at, deed, words + note, by=entry.actor)
