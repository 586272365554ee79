"""Change a job's definition: checked, audited, and with no fire time lost unseen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.catchup import Catchup, decide
from airq_cron.domain.definition import definition
from airq_cron.domain.job import BUILT_IN, Job
from airq_cron.domain.overlap import missed_run
from airq_cron.domain.schedule import parse_schedule
from airq_cron.errors import ScheduleError, StaleError
from airq_cron.ports import AuditEntry, Store, Unit
from airq_cron.services.seed import OTHERS

FROM_CODE = {job.name: job for job in (*BUILT_IN, OTHERS)}
TIMING = ("schedule", "zone", "enabled")
# Nothing found is less late than this.
EVERY = -timedelta.resolution
MOST_DROPPED = 10_000

Change = Callable[[Unit, Job], Job]


def edit_job(
    store: Store,
    name: str,
    change: Change,
    *,
    by: str,
    action: str,
    version: int | None = None,
) -> Job:
    """
    Replace the job *name* by what *change* makes of it, and return it.

    A change that changes nothing is none: no new version, no line in the audit
    trail.

    Args:
        change: gets the job as it is, locked.
        by: who does it, as the audit trail names them.
        action: noun and verb, for the audit trail.
        version: the one the caller has seen; None does not care.

    Raises:
        NotFoundError: no such job.
        StaleError: it has another version.
    """
    written: list[Job] = []

    def work(unit: Unit) -> Job:
        old = unit.jobs.lock(name)
        # The answer to an earlier commit may have been lost.
        if unit.repeated and written and same_job(old, written[-1]):
            return old
        check_version(old, version)
        new = change(unit, old)
        if new != old:
            written.append(put_job(unit, old, new, by=by, action=action))
            return written[-1]
        return old

    return store.write(work)


def put_job(unit: Unit, old: Job, new: Job, *, by: str, action: str) -> Job:
    """
    Write *new* in the place of *old*, which is locked, with a line in the audit.

    When it fires otherwise from now on, its cursor moves to now: what was due
    under the old definition and not yet planned is entered as missed.
    """
    if any(getattr(old, name) != getattr(new, name) for name in TIMING):
        now = unit.runs.now()
        if old.enabled:
            _drop_due(unit, old, at=now, by=by)
        new = restarted(new, at=now)
    code = FROM_CODE.get(old.name) if old.source == "code" else None
    unit.jobs.save(new, code=code)
    before, after = _told(old), _told(new)
    changed = [name for name in after if before[name] != after[name]]
    unit.audit.record(
        AuditEntry(
            by,
            action,
            f"job:{old.name}",
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            note=new.note if "note" in changed else None,
        )
    )
    return unit.jobs.get(old.name)


def restarted(job: Job, *, at: datetime) -> Job:
    """Return *job* with all fire times up to *at* decided."""
    schedule = parse_schedule(job.schedule, job.zone)
    return replace(
        job,
        cursor=at,
        next_due_at=schedule.next_after(at) if job.enabled else None,
        last_fire_at=None,
        watched_since=at,
    )


def check_version(job: Job, version: int | None) -> None:
    """Raise StaleError when *version* is given and not that of *job*."""
    if version is not None and version != job.version:
        raise StaleError(job.name, job.version)


def same_job(one: Job, other: Job) -> bool:
    """Say whether both are one version; a beat may have moved the cursor since."""
    return one.version == other.version and _told(one) == _told(other)


def _told(job: Job) -> dict[str, Any]:
    return definition(job) | {"note": job.note}


def _drop_due(unit: Unit, job: Job, *, at: datetime, by: str) -> None:
    if job.cursor is None:
        return
    try:
        schedule = parse_schedule(job.schedule, job.zone)
    except ScheduleError:
        # Nobody can say when it was due; this edit may be what repairs it.
        return
    found = schedule.between(job.cursor, at, MOST_DROPPED)
    dropped = decide(found, at, Catchup("none"), late=EVERY).missed
    unit.runs.insert(
        replace(
            missed_run(job, missed, entered_by=by),
            reason="edited",
            decision="dropped: the job was changed before a beat had planned it",
        )
        for missed in dropped
    )
