"""What alert rules judge, in words, and which thresholds make sense."""

from collections.abc import Mapping
from dataclasses import dataclass

from airq_cron.domain.flip import FlipKind


@dataclass(frozen=True, slots=True)
class Bound:
    """
    Which thresholds make sense.

    Attributes:
        unit: what the threshold counts, in words.
    """

    unit: str
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Condition:
    """
    What is judged.

    Attributes:
        about: while what the alert is open.
        bound: None where there is no figure to change.
        is_counted: whether judgements in a row are counted; otherwise it is sure
            by rules of its own.
    """

    about: str
    bound: Bound | None = None
    is_counted: bool = True


CONDITIONS: Mapping[FlipKind, Condition] = {
    FlipKind.HIGH_AQI: Condition(
        "the air of a place is bad; see AIRQ_AIR_ALERTS", is_counted=False
    ),
    FlipKind.BREAKER_OPEN: Condition(
        "a breaker has opened by itself", is_counted=False
    ),
    FlipKind.BREAKER_STUCK: Condition(
        "a breaker has been open for more than three timeouts", is_counted=False
    ),
    FlipKind.PROVIDER_DISABLED: Condition(
        "a provider refuses us for good", is_counted=False
    ),
    FlipKind.STALE_DATA: Condition(
        "the newest hour of an enabled place is older than this",
        Bound("hours", 1, 720),
    ),
    FlipKind.INCOMPLETE_DATA: Condition(
        "a pollutant of an enabled place has less than this share of the hours of a "
        "day; the newest three, which may still come, do not count",
        Bound("share", 0.05, 1),
    ),
    FlipKind.QUEUE_BACKLOG: Condition(
        "more messages than this wait in a queue", Bound("messages", 1, 1_000_000)
    ),
    FlipKind.QUEUE_UNCONSUMED: Condition("no living worker takes from a queue"),
    FlipKind.BROKER_LOST: Condition("Redis does not answer"),
    FlipKind.QUEUE_HEALTH: Condition(
        "the score of a queue is below this", Bound("score", 0.01, 0.99)
    ),
    FlipKind.CRITICAL_BOTTLENECK: Condition(
        "something holds a queue up critically; see AIRQ_QUEUE_*"
    ),
    FlipKind.SLOW_PROCESSING: Condition(
        "executions of a queue took longer on average in the last hour",
        Bound("ms", 1, 86_400_000),
    ),
    FlipKind.DEAD_LETTERS: Condition(
        "more runs than this failed for good and nobody has seen to them",
        Bound("runs", 0, 99),
    ),
    FlipKind.MANY_REFUSALS: Condition(
        "more calls than this were refused in the last ten minutes",
        Bound("calls", 1, 1_000_000),
    ),
    FlipKind.MANY_MANUAL_RUNS: Condition(
        "people started more runs than this in the last ten minutes",
        Bound("runs", 1, 1_000_000),
    ),
    FlipKind.NEW_ADDRESS: Condition(
        "a token was used from a new address less than a day ago", is_counted=False
    ),
    FlipKind.JOB_LATE: Condition(
        "a run of a job could have started longer ago than this, and has not",
        Bound("seconds", 10, 86_400),
    ),
    FlipKind.JOB_MISSED: Condition(
        "a job missed more runs than this, and is not back to its schedule",
        Bound("runs", 0, 10_000),
    ),
    FlipKind.JOB_TOO_LONG: Condition(
        "a run takes, or the last one took, this many times its mean of 24 h, or "
        "nearly its time limit",
        Bound("times", 1.5, 1000),
    ),
    FlipKind.JOB_TOO_OFTEN: Condition(
        "a job had more runs than its schedule gives in an hour, by more than this",
        Bound("runs", 0, 10_000),
    ),
    FlipKind.JOB_FAILING: Condition(
        "so many runs of a job failed one after the other", Bound("runs", 1, 50)
    ),
    FlipKind.JOB_NEVER_SUCCEEDED: Condition(
        "so many runs of a job ended, and none ever succeeded",
        Bound("runs", 1, 1000),
    ),
    FlipKind.JOB_FAILURE_RATE: Condition(
        "a larger share than this of the runs of a job fails, of at least 10",
        Bound("share", 0.001, 0.99),
    ),
}
