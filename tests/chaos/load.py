"""The jobs of a drill: their only right end is to be completed once."""

from datetime import datetime
from typing import Any

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
PARTS, PART_S = 20, 0.1
EVERY_SECOND, EVERY_MINUTE = "every 1s", "every 60s"
FAN_OUT = "drill-fan-out"


def drill_jobs(at: datetime, count: int = JOBS) -> list[Job]:
    """Return *count* jobs that fire each second, and one that fans out, after *at*."""
    slow, quick = {"seconds": SLOW_S}, {"seconds": 0.0}
    jobs = [
        _job(
            f"drill-{number:02}",
            EVERY_SECOND,
            slow if number < SLOW_JOBS else quick,
            at,
        )
        for number in range(count)
    ]
    fan_out = {"parts": PARTS, "seconds": PART_S}
    return [*jobs, _job(FAN_OUT, EVERY_MINUTE, fan_out, at)]


def _job(name: str, schedule: str, params: dict[str, Any], at: datetime) -> Job:
    return Job(
        name=name,
        kind=KIND,
        schedule=schedule,
        zone="UTC",
        queue=Queue.DATA_FETCH,
        overlap=Overlap.ALLOW,
        catchup=Catchup("all"),
        params=params,
        time_limit_s=60,
        run_limit_s=600,
        cursor=at,
        next_due_at=parse_schedule(schedule, "UTC").next_after(at),
    )


def begin_load(store: SqlStore, at: datetime, count: int = JOBS) -> dict[str, str]:
    """Enter the jobs; return their schedules by name."""
    jobs = drill_jobs(at, count)

    def work(unit: Unit) -> None:
        for job in jobs:
            unit.jobs.add(job)

    store.write(work)
    return {job.name: job.schedule for job in jobs}


def end_load(store: SqlStore, names: list[str]) -> None:
    """Switch the jobs off."""
    for name in names:
        toggle_job(store, name, enabled=False)
