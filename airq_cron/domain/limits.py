"""How long an attempt, a run and its wait may last."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from airq_cron.domain.schedule import parse_schedule

if TYPE_CHECKING:
    from airq_cron.domain.job import Job

LONGEST_RUN = timedelta(hours=1)
# What a body gets to tidy up between the soft limit and the hard one.
NOTICE_S = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What a run inherits from its job when it is entered, in whole seconds.

    Attributes:
        time_limit_s: after so long the attempt's process is ended.
        soft_limit_s: after so long the body is told, and may still tidy up.
        run_limit_s: from the first claim to the deadline; no retry outlives it.
        start_margin_s: longest wait in the queue before the first attempt; a run
            that waits longer is `missed`. None means no bound.
    """

    time_limit_s: int = 300
    soft_limit_s: int = 295
    run_limit_s: int = 3600
    start_margin_s: int | None = None


USUAL = Limits()


def limits_of(job: "Job") -> Limits:
    """
    Return the limits of *job* with its defaults filled in.

    Unless told otherwise, the soft limit comes 5 s before the hard one (halfway
    when that is short), and the deadline after one period, at most one hour.
    """
    notice = min(NOTICE_S, job.time_limit_s / 2)
    return Limits(
        time_limit_s=job.time_limit_s,
        soft_limit_s=job.soft_limit_s or max(1, int(job.time_limit_s - notice)),
        run_limit_s=job.run_limit_s or _one_period(job),
        start_margin_s=job.start_margin_s,
    )


def _one_period(job: "Job") -> int:
    period = parse_schedule(job.schedule, job.zone).period()
    shortest = LONGEST_RUN if period is None else min(period, LONGEST_RUN)
    return max(1, int(shortest.total_seconds()))
