"""Pause a job with a reason, by hand or because it keeps failing; resume it."""

from dataclasses import replace

from airq_cron.domain.job import Job
from airq_cron.domain.job_rules import LONGEST_NOTE, check_text
from airq_cron.domain.run import State
from airq_cron.errors import NotFoundError, ScheduleError
from airq_cron.ports import AuditEntry, Store, Unit
from airq_cron.services.edit_job import edit_job, put_job

SYSTEM = "system"
LONGEST_ERROR = 200


def pause_job(store: Store, name: str, *, note: str, by: str) -> Job:
    """
    Switch *name* off and say why; return the job. Idempotent.

    Runs that exist already go on. Pausing a job that is off changes its note.

    Raises:
        NotFoundError: no such job.
        InvalidError: field `note`.
    """
    check_text("note", note, LONGEST_NOTE)

    def pause(unit: Unit, job: Job) -> Job:
        del unit
        return replace(job, enabled=False, note=note.strip() or None)

    return edit_job(store, name, pause, by=by, action="job.pause")


def resume_job(store: Store, name: str, *, by: str) -> Job:
    """
    Switch *name* on and forget the note; return the job. Idempotent.

    It looks ahead only, and failures from before do not count any more.

    Raises:
        NotFoundError: no such job.
    """

    def resume(unit: Unit, job: Job) -> Job:
        del unit
        return replace(job, enabled=True, note=None)

    return edit_job(store, name, resume, by=by, action="job.resume")


def pause_failing(unit: Unit) -> list[str]:
    """
    Pause the jobs that this transaction made fail once too often.

    To be called in a transaction that ends runs, after it has ended them.

    Returns:
        The names of those it switched off.
    """
    names = sorted(unit.runs.failing_jobs())
    return [name for name in names if pause_if_failing(unit, name)]


def pause_if_failing(unit: Unit, name: str) -> bool:
    """
    Switch the job off when its last `pause_after` scheduled runs all failed.

    Runs that were skipped, missed or cancelled in between do not count, nor do
    those due before the job was last switched on.

    Returns:
        Whether it was switched off now.
    """
    try:
        job = unit.jobs.get(name)
    except NotFoundError:
        return False
    if job.pause_after is None or not job.enabled:
        return False
    runs = unit.runs.last_carried_out(
        name, since=job.watched_since, limit=job.pause_after
    )
    if len(runs) < job.pause_after or any(run.state is State.SUCCEEDED for run in runs):
        return False
    # Locked only now: most failures pause nothing.
    job = unit.jobs.lock(name, wait=False)
    if not job.enabled:
        return False
    error = (runs[0].error or runs[0].reason or "unknown")[:LONGEST_ERROR]
    note = f"paused after {len(runs)} failed runs in a row; last error: {error}"
    paused = replace(job, enabled=False, note=" ".join(note.split()))
    put_job(unit, job, paused, by=SYSTEM, action="job.pause")
    return True


def pause_unreadable(unit: Unit, job: Job, error: ScheduleError, *, by: str) -> None:
    """
    Switch a locked job off whose schedule cannot be read.

    Its cursor stays: what it was due for from here on was not decided.

    Args:
        by: the beat that could not read it.
    """
    note = f"{by} could not read its schedule: {error}"
    unit.jobs.save(replace(job, enabled=False, next_due_at=None, note=note))
    unit.audit.record(
        AuditEntry(
            SYSTEM,
            "job.pause",
            f"job:{job.name}",
            before={"enabled": True, "note": job.note},
            after={"enabled": False, "note": note},
            note=note,
        )
    )
