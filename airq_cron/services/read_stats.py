"""Read what every job did, over its life and lately."""

from dataclasses import dataclass
from datetime import datetime

from airq_cron.domain.job import Job
from airq_cron.domain.run import Run
from airq_cron.ports import JobFigures, Store


@dataclass(frozen=True, slots=True)
class JobReport:
    """One job, its figures, and the last of its runs that ended."""

    job: Job
    figures: JobFigures
    last_run: Run | None

    @property
    def next_run_at(self) -> datetime | None:
        """When it fires next; None when it is switched off."""
        return self.job.next_due_at if self.job.enabled else None


@dataclass(frozen=True, slots=True)
class JobStats:
    """Every job at one moment, by name."""

    jobs: tuple[JobReport, ...]
    as_of: datetime


def read_stats(store: Store) -> JobStats:
    """Return the figures of all jobs from one read transaction."""
    with store.read() as unit:
        now = unit.runs.now()
        figures = unit.jobs.figures(now)
        last = unit.runs.last_ended()
        reports = tuple(
            JobReport(job, figures.get(job.name, JobFigures()), last.get(job.name))
            for job in unit.jobs.all()
        )
    return JobStats(reports, now)
