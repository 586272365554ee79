"""Read what every job did, over its life and lately."""

from dataclasses import dataclass
from datetime import datetime

from airq_cron.domain.job import Job
from airq_cron.ports import JobFigures, Mark, Store, Unit

ENDS = ("succeeded", "failed", "skipped", "missed", "cancelled")
MEASURES = ("avg", "p50", "p95")


@dataclass(frozen=True, slots=True)
class JobReport:
    """One job, its figures, and the last of its runs that ended."""

    job: Job
    figures: JobFigures
    last_run: Mark | None

    @property
    def next_run_at(self) -> datetime | None:
        """When it fires next; None when it is switched off."""
        return self.job.next_due_at if self.job.enabled else None

    @property
    def totals(self) -> dict[str, int]:
        """Ended runs over its life, by state and in total; `failed` contains dead."""
        counts = {name: self.figures.totals.get(name, 0) for name in ENDS}
        return {"total": sum(counts.values()), **counts}

    @property
    def duration(self) -> dict[str, float | None]:
        """Milliseconds from start to end over 24 h: `avg p50 p95`."""
        return {name: self.figures.duration_ms.get(name) for name in MEASURES}

    @property
    def punctuality(self) -> dict[str, float | None]:
        """Milliseconds from fire time to start over 24 h: `avg p50 p95`."""
        return {name: self.figures.punctuality_ms.get(name) for name in MEASURES}


@dataclass(frozen=True, slots=True)
class JobStats:
    """Every job at one moment, by name."""

    jobs: tuple[JobReport, ...]
    as_of: datetime


def read_stats(store: Store) -> JobStats:
    """Return the figures of all jobs from one read transaction."""
    with store.read() as unit:
        return stats_of(unit, unit.runs.now())


def stats_of(unit: Unit, at: datetime, *, with_figures: bool = True) -> JobStats:
    """
    Return the figures of all jobs at *at*.

    Args:
        with_figures: False leaves them out, which costs a third of the time.
    """
    figures = unit.jobs.figures(at) if with_figures else {}
    last = unit.runs.last_ended()
    reports = tuple(
        JobReport(job, figures.get(job.name, JobFigures()), last.get(job.name))
        for job in unit.jobs.all()
    )
    return JobStats(reports, at)
