"""Jobs: named definitions of work, and those that are built in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.retry import Backoff, RetryRule


class Queue(StrEnum):
    """Every queue there is; each has a consumer in the Procfile."""

    DATA_FETCH = "data-fetch"
    ANALYTICS = "analytics"
    MAINTENANCE = "maintenance"
    MONITORING = "monitoring"
    NOTIFICATIONS = "notifications"


class Priority(StrEnum):
    """Order inside a queue: strict, high first."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


# Redis keeps one list a step, and 0 is served first.
PRIORITY_STEPS = {Priority.HIGH: 0, Priority.NORMAL: 3, Priority.LOW: 6}


class Overlap(StrEnum):
    """What happens to a fire time while an earlier run is unfinished."""

    SKIP = "skip"
    QUEUE_ONE = "queue_one"
    QUEUE_ALL = "queue_all"
    REPLACE = "replace"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Job:
    """
    A named definition: what runs, when, where, and by which policies.

    Attributes:
        schedule: cron text, `every 30s`, `at <instant>` or `never`.
        zone: IANA zone in which the schedule is read.
        cursor: fire times up to here, included, are decided.
        next_due_at: first fire time after the cursor; None when disabled or
            when there is none.
        jitter_s: starts lie so long after their fire times at most, always
            the same for one job.
        time_limit_s, soft_limit_s, run_limit_s, start_margin_s: see `Limits`;
            None takes its default.
        pause_after: so many failed runs in a row switch the job off; None never.
        note: why it is off, in somebody's words.
        last_fire_at: the last fire time decided; None after an edit.
        overrides: of a job from code, the fields that people have changed.
        watched_since: when it was last switched on or its schedule changed; runs
            due before do not count for `pause_after`.
    """

    name: str
    kind: str
    schedule: str
    zone: str
    queue: Queue
    priority: Priority = Priority.NORMAL
    overlap: Overlap = Overlap.SKIP
    catchup: Catchup = field(default_factory=Catchup)
    retry: RetryRule = field(default_factory=RetryRule)
    params: dict[str, Any] = field(default_factory=dict)
    time_limit_s: int = 300
    soft_limit_s: int | None = None
    run_limit_s: int | None = None
    start_margin_s: int | None = None
    jitter_s: int = 0
    pause_after: int | None = None
    description: str = ""
    category: str = ""
    source: str = "code"
    enabled: bool = True
    note: str | None = None
    cursor: datetime | None = None
    next_due_at: datetime | None = None
    last_fire_at: datetime | None = None
    version: int = 1
    overrides: tuple[str, ...] = ()
    watched_since: datetime | None = None


def _fixed_delay(attempts: int) -> RetryRule:
    return RetryRule(Backoff.FIXED, attempts=attempts, delay_s=60.0)


BUILT_IN: tuple[Job, ...] = (
    Job(
        name="fetch-paris-data",
        kind="fetch",
        schedule="* * * * *",
        zone="Europe/Paris",
        queue=Queue.DATA_FETCH,
        catchup=Catchup("latest"),
        retry=RetryRule(Backoff.EXPONENTIAL, attempts=3, delay_s=4.0, cap_s=30.0),
        params={"location": "paris"},
        time_limit_s=50,
        description="Fetch what the provider has new for Paris",
        category="fetch",
    ),
    Job(
        name="hourly-aggregations",
        kind="aggregate",
        schedule="0 * * * *",
        zone="UTC",
        queue=Queue.ANALYTICS,
        overlap=Overlap.QUEUE_ALL,
        catchup=Catchup("all", window=timedelta(hours=24), cap=24),
        retry=_fixed_delay(2),
        time_limit_s=1800,
        description="Recompute the hourly figures of every hour that changed",
        category="analytics",
    ),
    Job(
        name="daily-statistics",
        kind="finalise",
        schedule="59 23 * * *",
        zone="UTC",
        queue=Queue.ANALYTICS,
        priority=Priority.HIGH,
        overlap=Overlap.QUEUE_ALL,
        catchup=Catchup("all", window=timedelta(days=7), cap=7),
        retry=_fixed_delay(2),
        time_limit_s=1800,
        description="Close the local days that have ended and settle earlier ones",
        category="analytics",
    ),
    Job(
        name="weekly-cleanup",
        kind="cleanup",
        schedule="0 2 * * 0",
        zone="UTC",
        queue=Queue.MAINTENANCE,
        priority=Priority.LOW,
        catchup=Catchup("latest"),
        retry=_fixed_delay(2),
        time_limit_s=1800,
        description="Remove what is older than its retention",
        category="maintenance",
    ),
    Job(
        name="health-check",
        kind="health",
        schedule="*/5 * * * *",
        zone="UTC",
        queue=Queue.MONITORING,
        priority=Priority.HIGH,
        description="Check database, broker, queues, workers and data freshness",
        category="monitoring",
        time_limit_s=60,
    ),
    Job(
        name="notify",
        kind="notify",
        schedule="never",
        zone="UTC",
        queue=Queue.NOTIFICATIONS,
        priority=Priority.HIGH,
        overlap=Overlap.ALLOW,
        retry=RetryRule(Backoff.EXPONENTIAL, attempts=5, delay_s=15.0),
        description="Tell people about an alert; by hand: send a test message",
        category="notification",
        time_limit_s=60,
    ),
)
