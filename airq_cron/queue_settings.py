"""What people set about queues: what is too much, and how often they are judged."""

from dataclasses import dataclass
from datetime import timedelta

from airq_cron.alert_settings import AlertSettings
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.health import Limits
from airq_cron.domain.setting_text import number, setting, share

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class QueueSettings(AlertSettings):
    """
    The part of the settings that is about how queues do.

    The parts follow one another: a class with slots has only one base with fields.
    """

    queue_failure_rate: float = setting(
        "AIRQ_QUEUE_FAILURE_RATE",
        0.1,
        "From this share of failed runs on a queue has the bottleneck "
        "`high_failure_rate`; the term of its score has used up half of what it gives.",
        share,
    )
    queue_waiting: int = setting(
        "AIRQ_QUEUE_WAITING",
        100,
        "So many waiting messages are the bottleneck `queue_backlog`; likewise.",
        number(1, 10_000_000),
    )
    queue_processing_ms: int = setting(
        "AIRQ_QUEUE_PROCESSING_MS",
        30_000,
        "So long, in ms, an execution takes on average in the bottleneck "
        "`slow_processing`; likewise.",
        number(1, 86_400_000),
    )
    queue_wait_ms: int = setting(
        "AIRQ_QUEUE_WAIT_MS",
        300_000,
        "So long, in ms, the oldest message, or one on average, has waited in the "
        "bottleneck `high_wait_time`; likewise.",
        number(1, 86_400_000),
    )
    queue_alert_threshold: float = setting(
        "QUEUE_HEALTH_ALERT_THRESHOLD",
        0.5,
        "A queue whose score is below it raises the alert `queue_health`, unless its "
        "alert rule says otherwise.",
        share,
    )
    queue_check_interval_ms: int = setting(
        "QUEUE_HEALTH_CHECK_INTERVAL",
        60_000,
        "How often, in ms, beat judges everything that alerts are about, and keeps "
        "score and backlog of every queue, for trends. It looks sooner when workers or "
        "Redis go, or to make sure.",
        number(1000, 3_600_000),
    )
    queue_retention_ms: int = setting(
        "QUEUE_HEALTH_RETENTION_PERIOD",
        604_800_000,
        "How long, in ms, these scores and backlogs are kept, in Redis.",
        number(3_600_000, 7_776_000_000),
    )

    @property
    def queue_limits(self) -> Limits:
        """What is too much for a queue, in its score and its bottlenecks."""
        return Limits(
            failure_rate=self.queue_failure_rate,
            waiting=self.queue_waiting,
            handling_s=self.queue_processing_ms / 1000,
            oldest_age_s=self.queue_wait_ms / 1000,
        )

    @property
    def alert_thresholds(self) -> dict[FlipKind, float]:
        """The thresholds of alert rules that are settings."""
        return {
            FlipKind.QUEUE_HEALTH: self.queue_alert_threshold,
            FlipKind.SLOW_PROCESSING: self.queue_processing_ms,
        }

    @property
    def queue_check_interval(self) -> timedelta:
        """How often score and backlog are kept."""
        return self.queue_check_interval_ms * MILLISECOND

    @property
    def queue_retention(self) -> timedelta:
        """How long they are kept."""
        return self.queue_retention_ms * MILLISECOND
