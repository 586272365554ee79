"""What a job's definition must keep to, whoever wrote it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from airq_cron.domain.job import Job
from airq_cron.domain.kinds import check_params
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.domain.schedule import (
    OnceSchedule,
    Schedule,
    check_frequency,
    parse_schedule,
)
from airq_cron.errors import InvalidError, ScheduleError

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
# Where a job of this name would stand, the API has another address.
TAKEN = frozenset({"stats", "preview"})
# Below half of the time after which the broker delivers a message again.
LONGEST_ATTEMPT_S = 3000
LONGEST_RUN_S = 604_800
LONGEST_PAUSE_S = 86_400
LONGEST_WINDOW = timedelta(days=366)
MOST_ATTEMPTS = 100
MOST_FAILURES = 100
LONGEST_CATEGORY = 60
LONGEST_DESCRIPTION = 500
LONGEST_NOTE = 500


def check_name(name: str) -> None:
    """
    Refuse a name that an address or a terminal could not hold.

    Raises:
        InvalidError: field `name`.
    """
    if NAME.fullmatch(name) is None:
        raise InvalidError("name", "use 1 to 63 of a-z, 0-9 and hyphens, none first")
    if name in TAKEN:
        raise InvalidError("name", f"{name} is an address of its own; take another")


def check_job(job: Job) -> Job:
    """
    Return *job* as it is kept: its schedule and parameters in their one form.

    How often it may fire is left to `check_timing`.

    Raises:
        InvalidError: names the field, as outsiders call it.
        ScheduleError: field `schedule` or `timezone`.
    """
    schedule = parse_schedule(job.schedule, job.zone)
    for field, text in _complaints(job, schedule):
        raise InvalidError(field, text)
    params = check_params(job.kind, job.params)
    return replace(job, schedule=schedule.text, params=params)


def check_timing(job: Job, *, at: datetime, shortest: timedelta) -> None:
    """
    Refuse a schedule that fires too often, or never again.

    Raises:
        ScheduleError: field `schedule`.
    """
    schedule = parse_schedule(job.schedule, job.zone)
    check_frequency(schedule, shortest)
    if isinstance(schedule, OnceSchedule) and schedule.at <= at:
        raise ScheduleError("schedule", f"{schedule.text} has passed")


def check_text(field: str, text: str, longest: int) -> None:
    """Refuse a text of many lines or beyond *longest*; raises InvalidError."""
    if len(text) > longest or not text.isprintable():
        raise InvalidError(field, f"must have at most {longest} printable characters")


def _complaints(job: Job, schedule: Schedule) -> Iterator[tuple[str, str]]:
    check_text("description", job.description, LONGEST_DESCRIPTION)
    check_text("category", job.category, LONGEST_CATEGORY)
    bounds = {
        "time_limit_s": (job.time_limit_s, 1, LONGEST_ATTEMPT_S),
        "soft_limit_s": (job.soft_limit_s, 1, LONGEST_ATTEMPT_S),
        "run_limit_s": (job.run_limit_s, 1, LONGEST_RUN_S),
        "start_margin_s": (job.start_margin_s, 1, LONGEST_RUN_S),
        "jitter_s": (job.jitter_s, 0, LONGEST_PAUSE_S),
        "pause_after": (job.pause_after, 1, MOST_FAILURES),
        "retry.attempts": (job.retry.attempts, 1, MOST_ATTEMPTS),
        "retry.delay_s": (job.retry.delay_s, 0, LONGEST_PAUSE_S),
        "retry.cap_s": (job.retry.cap_s, 0, LONGEST_PAUSE_S),
    }
    for field, (value, low, high) in bounds.items():
        # Written so that a value which is no number is refused as well.
        if value is not None and not low <= value <= high:
            yield field, f"must be from {low} to {high}"
    if job.soft_limit_s is not None and job.soft_limit_s >= job.time_limit_s:
        yield "soft_limit_s", "must be below time_limit_s"
    period = schedule.period()
    spread = 2 * job.jitter_s
    if spread and period is not None and spread >= period.total_seconds():
        yield "jitter_s", "must be below half the time between two fire times"
    if job.catchup.window is not None and job.catchup.window > LONGEST_WINDOW:
        yield "catchup.window_s", f"must be at most {LONGEST_WINDOW.days} days"
    yield from _retry_complaints(job.retry)


def _retry_complaints(rule: RetryRule) -> Iterator[tuple[str, str]]:
    if rule.backoff is Backoff.NONE and rule.attempts > 1:
        yield "retry.backoff", "must be fixed or exponential for further attempts"
