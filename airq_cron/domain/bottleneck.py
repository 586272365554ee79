"""
What holds a queue up, and how badly.

The levels and their reasons stand in `docs/explanation/health.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from airq_cron.domain.health import Confidence, Facts, Limits, confidence_of
from airq_cron.domain.severity import Severity

# A figure is low from its limit on, medium from twice of it, and so on.
FACTORS = (1.0, 2.0, 3.0, 5.0)
# A share cannot grow so far: at the latest here, between its limit and 1.
SHARES = (0.0, 0.25, 0.5, 0.75)


class BottleneckKind(StrEnum):
    """What holds a queue up."""

    QUEUE_BACKLOG = "queue_backlog"
    HIGH_FAILURE_RATE = "high_failure_rate"
    SLOW_PROCESSING = "slow_processing"
    HIGH_WAIT_TIME = "high_wait_time"


# The mildest first, as the figures grow.
SEVERITIES = tuple(reversed(Severity))
# A few samples may be chance; what is looked at, not sampled, is certain.
MOST = {
    Confidence.NONE: Severity.LOW,
    Confidence.LOW: Severity.LOW,
    Confidence.MEDIUM: Severity.HIGH,
    Confidence.HIGH: Severity.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """
    One thing that holds a queue up.

    Attributes:
        value: what was measured, at or above *threshold*: messages, a share of
            runs, or seconds.
        message: one sentence with the figures.
    """

    queue: str
    kind: BottleneckKind
    severity: Severity
    value: float
    threshold: float
    samples: int
    confidence: Confidence
    message: str


def find_bottlenecks(
    queue: str, facts: Facts, limits: Limits, *, workers: int | None = None
) -> tuple[Bottleneck, ...]:
    """
    Return what holds *queue* up, the worst first; nothing when all is well.

    Args:
        workers: processes that take from it; None when nobody knows.
    """
    found = [one for one in _every(queue, facts, limits, workers) if one is not None]
    return tuple(sorted(found, key=lambda one: one.severity.rank))


def severity_of(
    value: float, threshold: float, *, is_share: bool = False
) -> Severity | None:
    """
    Return how bad *value* is; None below *threshold*.

    Args:
        is_share: whether it is at most 1; then 1 is critical, whatever the
            threshold.
    """
    found = None
    for severity, factor, share in zip(SEVERITIES, FACTORS, SHARES, strict=True):
        level = factor * threshold
        if is_share:
            level = min(level, threshold + (1 - threshold) * share)
        if value >= level:
            found = severity
    return found


def _every(
    queue: str, facts: Facts, limits: Limits, workers: int | None
) -> Iterator[Bottleneck | None]:
    yield _backlog(queue, facts, limits, workers)
    yield _failures(queue, facts, limits)
    yield _slowness(queue, facts, limits)
    yield _waiting(queue, facts, limits)


def _backlog(
    queue: str, facts: Facts, limits: Limits, workers: int | None
) -> Bottleneck | None:
    severity = severity_of(facts.waiting, limits.waiting)
    message = f"{facts.waiting} messages wait, {limits.waiting} are the limit"
    if workers == 0 and facts.waiting > 0:
        # However few they are, they will never be fewer.
        if severity is None or not severity.at_least(Severity.HIGH):
            severity = Severity.HIGH
        message = f"{facts.waiting} messages wait, and no worker takes from the queue"
    if severity is None:
        return None
    return Bottleneck(
        queue=queue,
        kind=BottleneckKind.QUEUE_BACKLOG,
        severity=severity,
        value=facts.waiting,
        threshold=limits.waiting,
        samples=1,
        confidence=Confidence.HIGH,
        message=message,
    )


def _failures(queue: str, facts: Facts, limits: Limits) -> Bottleneck | None:
    rate, ended = facts.failure_rate, facts.succeeded + facts.failed
    if rate is None:
        return None
    severity = severity_of(rate, limits.failure_rate, is_share=True)
    if severity is None:
        return None
    return Bottleneck(
        queue=queue,
        kind=BottleneckKind.HIGH_FAILURE_RATE,
        severity=_believed(severity, ended),
        value=rate,
        threshold=limits.failure_rate,
        samples=ended,
        confidence=confidence_of(ended),
        message=f"{facts.failed} of {ended} runs failed: {rate:.0%}, "
        f"{limits.failure_rate:.0%} are the limit",
    )


def _slowness(queue: str, facts: Facts, limits: Limits) -> Bottleneck | None:
    mean_s = facts.mean_handling_s
    if mean_s is None:
        return None
    severity = severity_of(mean_s, limits.handling_s)
    if severity is None:
        return None
    return Bottleneck(
        queue=queue,
        kind=BottleneckKind.SLOW_PROCESSING,
        severity=_believed(severity, facts.handled),
        value=mean_s,
        threshold=limits.handling_s,
        samples=facts.handled,
        confidence=confidence_of(facts.handled),
        message=f"an execution takes {mean_s:.1f} s on average, "
        f"{limits.handling_s:g} s are the limit",
    )


def _waiting(queue: str, facts: Facts, limits: Limits) -> Bottleneck | None:
    """Judge by those that were taken and the one that waits longest."""
    mean_s, oldest_s = facts.mean_dwell_s or 0.0, facts.oldest_age_s or 0.0
    oldest = severity_of(oldest_s, limits.oldest_age_s)
    taken = severity_of(mean_s, limits.oldest_age_s)
    taken = taken and _believed(taken, facts.taken)
    if oldest is None and taken is None:
        return None
    by_age = taken is None or (oldest is not None and oldest.at_least(taken))
    value = oldest_s if by_age else mean_s
    samples = 1 if by_age else facts.taken
    what = "the oldest message has waited for" if by_age else "a message waits for"
    return Bottleneck(
        queue=queue,
        kind=BottleneckKind.HIGH_WAIT_TIME,
        severity=(oldest if by_age else taken) or Severity.LOW,
        value=value,
        threshold=limits.oldest_age_s,
        samples=samples,
        confidence=Confidence.HIGH if by_age else confidence_of(samples),
        message=f"{what} {value:.0f} s, {limits.oldest_age_s:g} s are the limit",
    )


def _believed(severity: Severity, samples: int) -> Severity:
    """Return how bad it may be called after so many samples."""
    most = MOST[confidence_of(samples)]
    return severity if most.at_least(severity) else most
