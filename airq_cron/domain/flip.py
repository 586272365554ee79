"""A flip: one stored change of a status, from when it began to when it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from airq_cron.domain.period import Period
from airq_cron.domain.severity import Severity

NAMESPACE = UUID("5d1b7c0e-3f52-5c8a-8f0a-6f7b2c9d4e11")


class FlipKind(StrEnum):
    """What has changed; the value is its name in every interface."""

    HIGH_AQI = "high_aqi"
    BREAKER_OPEN = "breaker_open"
    BREAKER_STUCK = "breaker_stuck"
    PROVIDER_DISABLED = "provider_disabled"
    STALE_DATA = "stale_data"
    INCOMPLETE_DATA = "incomplete_data"
    QUEUE_BACKLOG = "queue_backlog"
    QUEUE_UNCONSUMED = "queue_unconsumed"
    BROKER_LOST = "broker_lost"
    QUEUE_HEALTH = "queue_health"
    CRITICAL_BOTTLENECK = "critical_bottleneck"
    SLOW_PROCESSING = "slow_processing"
    DEAD_LETTERS = "dead_letters"
    MANY_REFUSALS = "many_refusals"
    MANY_MANUAL_RUNS = "many_manual_runs"
    NEW_ADDRESS = "new_address"
    JOB_LATE = "job_late"
    JOB_MISSED = "job_missed"
    JOB_TOO_LONG = "job_too_long"
    JOB_TOO_OFTEN = "job_too_often"
    JOB_FAILING = "job_failing"
    JOB_NEVER_SUCCEEDED = "job_never_succeeded"
    JOB_FAILURE_RATE = "job_failure_rate"


@dataclass(frozen=True, slots=True)
class Flip:
    """
    One alert: a condition that came to hold, and maybe ceased to.

    Whoever judges the same facts makes the same flip, because its id follows
    from *key*; the store keeps one of a key, and one open flip of a condition.

    Attributes:
        key: what may happen only once; of high AQI the condition and local day.
        condition: what holds while the flip is open.
        subject: noun and name, such as `location:paris`.
        message: a sentence that says what happened, and where.
        began_at: since when it holds, by the facts; aware, UTC.
        ended_at: since when it does not, by the facts.
        raised_at: when it was stored; *cleared_at* when its end was.
        day: local day of the place on which it was raised.
        detail: the figures behind it, as JSON; `worst` follows what comes.
        severity: that of its rule when it was raised.
        acknowledged_at: since when somebody sees to it; it is told no more often.
        silenced_until: before it nobody is told; the alert itself goes on.
    """

    kind: FlipKind
    key: str
    condition: str
    subject: str
    message: str
    began_at: datetime
    raised_at: datetime
    location: str | None = None
    scheme: str | None = None
    category: str | None = None
    day: date | None = None
    ended_at: datetime | None = None
    cleared_at: datetime | None = None
    cleared_message: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict, hash=False)
    severity: Severity = Severity.MEDIUM
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_note: str | None = None
    silenced_until: datetime | None = None

    @property
    def id(self) -> str:
        """The same for everybody who makes a flip of this key."""
        return str(uuid5(NAMESPACE, self.key))

    @property
    def is_open(self) -> bool:
        """Whether the condition holds, as far as is known."""
        return self.cleared_at is None

    @property
    def state(self) -> str:
        """`open` or `cleared`."""
        return "open" if self.is_open else "cleared"

    @property
    def lasted(self) -> timedelta | None:
        """How long it held, by the facts; None while it is open."""
        return None if self.ended_at is None else self.ended_at - self.began_at

    def is_silent(self, at: datetime) -> bool:
        """Say whether nobody is to be told of it at *at*."""
        return self.silenced_until is not None and at < self.silenced_until

    def touches(self, period: Period) -> bool:
        """Say whether the condition held at any time of *period*."""
        return self.began_at < period.end and (
            self.ended_at is None or self.ended_at > period.start
        )
