"""Switch a job on or off."""

from dataclasses import replace

from airq_cron.domain.job import Job
from airq_cron.domain.schedule import parse_schedule
from airq_cron.ports import Store, Unit


def toggle_job(store: Store, name: str, *, enabled: bool) -> Job:
    """
    Set whether *name* fires, and return the job as it then is; idempotent.

    A job that is switched on looks ahead only: fire times that passed while it
    was off are not missed ones. Runs that exist already go on.

    Raises:
        NotFoundError: no such job.
    """

    def work(unit: Unit) -> Job:
        job = unit.jobs.lock(name)
        if job.enabled == enabled:
            return job
        now = unit.runs.now()
        schedule = parse_schedule(job.schedule, job.zone)
        unit.jobs.save(
            replace(
                job,
                enabled=enabled,
                cursor=now,
                next_due_at=schedule.next_after(now) if enabled else None,
            )
        )
        return unit.jobs.get(name)

    return store.write(work)
