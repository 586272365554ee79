"""Job definitions as rows, and what people have changed in them."""

from dataclasses import fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from airq_cron.domain.catchup import Catchup, Mode
from airq_cron.domain.job import Job, Overlap, Priority, Queue
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.domain.schedule import parse_schedule
from airq_cron.store.ledger_tables import jobs

STATE_FIELDS = frozenset(
    {
        *("name", "source", "note", "version", "overrides"),
        *("cursor", "next_due_at", "last_fire_at", "watched_since"),
    }
)
DEFINITION = tuple(spec.name for spec in fields(Job) if spec.name not in STATE_FIELDS)
JOB_NAMES = tuple(spec.name for spec in fields(Job))
JOB_COLUMNS = tuple(jobs.c[name] for name in JOB_NAMES)


def to_job(row: Row[Any]) -> Job:
    """Return the job in *row*, which begins with `JOB_COLUMNS`."""
    values: dict[str, Any] = dict(zip(JOB_NAMES, row, strict=False))
    values["overrides"] = tuple(values["overrides"])
    values["queue"] = Queue(values["queue"])
    values["priority"] = Priority(values["priority"])
    values["overlap"] = Overlap(values["overlap"])
    values["retry"] = _rule(**values["retry"])
    values["catchup"] = _policy(**values["catchup"])
    return Job(**values)


# A thousand jobs have a few of them; they cannot be changed, so they are shared.
@lru_cache(maxsize=256)
def _rule(backoff: str, **rest: Any) -> RetryRule:
    return RetryRule(Backoff(backoff), **rest)


@lru_cache(maxsize=256)
def _policy(mode: Mode, window_s: float | None, cap: int | None) -> Catchup:
    window = None if window_s is None else timedelta(seconds=window_s)
    return Catchup(mode, window, cap)


def to_values(job: Job) -> dict[str, Any]:
    """Return the columns of *job*."""
    values = {name: getattr(job, name) for name in JOB_NAMES}
    window = job.catchup.window
    values |= {
        "overrides": sorted(job.overrides),
        "queue": job.queue.value,
        "priority": job.priority.value,
        "overlap": job.overlap.value,
        "retry": {
            "backoff": job.retry.backoff.value,
            "attempts": job.retry.attempts,
            "delay_s": job.retry.delay_s,
            "cap_s": job.retry.cap_s,
        },
        "catchup": {
            "mode": job.catchup.mode,
            "window_s": None if window is None else window.total_seconds(),
            "cap": job.catchup.cap,
        },
    }
    return values


def next_due(job: Job, after: datetime) -> datetime | None:
    """Return the first fire time after *after*; None when *job* is disabled."""
    if not job.enabled:
        return None
    return parse_schedule(job.schedule, job.zone).next_after(after)


def changed_fields(old: Job, new: Job) -> set[str]:
    """Return the names of the definition's fields that differ."""
    return {name for name in DEFINITION if getattr(old, name) != getattr(new, name)}
