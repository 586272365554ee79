"""Switch a job on or off."""

from dataclasses import replace

from airq_cron.domain.job import Job
from airq_cron.ports import Store, Unit
from airq_cron.services.edit_job import edit_job


def toggle_job(store: Store, name: str, *, enabled: bool, by: str = "system") -> Job:
    """
    Set whether *name* fires, and return the job as it then is; idempotent.

    A job that is switched on looks ahead only: fire times that passed while it
    was off are not missed ones. Runs that exist already go on.

    Args:
        by: who does it, as the audit trail names them.

    Raises:
        NotFoundError: no such job.
    """

    def switch(unit: Unit, job: Job) -> Job:
        del unit
        if job.enabled == enabled:
            return job
        return replace(job, enabled=enabled, note=None)

    return edit_job(store, name, switch, by=by, action="job.toggle")
