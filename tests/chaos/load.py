"""The jobs of a drill: their only right end is to be completed once."""

from datetime import datetime

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import Job, Overlap, Queue
from airq_cron.domain.schedule import parse_schedule
from airq_cron.ports import Unit
from airq_cron.services.toggle import toggle_job
from airq_cron.store.store import SqlStore
from tests.chaos.effects import KIND

JOBS = 30
# So many take so long that a kill often finds one of them running.
SLOW_JOBS = 3
SLOW_S = 0.3
EVERY_SECOND = "every 1s"


def drill_jobs(at: datetime) -> list[Job]:
    """Return the jobs that fire each second, first after *at*."""
    return [
        Job(
            name=f"drill-{number:02}",
            kind=KIND,
            schedule=EVERY_SECOND,
            zone="UTC",
            queue=Queue.DATA_FETCH,
            overlap=Overlap.ALLOW,
            catchup=Catchup("all"),
            params={"seconds": SLOW_S} if number < SLOW_JOBS else {},
            time_limit_s=60,
            run_limit_s=600,
            cursor=at,
            next_due_at=parse_schedule(EVERY_SECOND, "UTC").next_after(at),
        )
        for number in range(JOBS)
    ]


def begin_load(store: SqlStore, at: datetime) -> dict[str, str]:
    """Enter the jobs; return their schedules by name."""
    jobs = drill_jobs(at)

    def work(unit: Unit) -> None:
        for job in jobs:
            unit.jobs.add(job)

    store.write(work)
    return {job.name: job.schedule for job in jobs}


def end_load(store: SqlStore, names: list[str]) -> None:
    """Switch the jobs off."""
    for name in names:
        toggle_job(store, name, enabled=False)
