"""When a failed attempt is tried again."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

# No Retry-After is believed beyond that.
LONGEST_WAIT = timedelta(days=31)


class Backoff(StrEnum):
    """How the pause grows from one attempt to the next."""

    NONE = "none"
    FIXED = "fixed"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class RetryRule:
    """
    How often a run is attempted, and how long it rests in between.

    Attributes:
        attempts: at most so many in all, the first one included.
        delay_s: the fixed pause, or the first step of the exponential one.
        cap_s: no pause is longer.
    """

    backoff: Backoff = Backoff.NONE
    attempts: int = 1
    delay_s: float = 0.0
    cap_s: float = 300.0


def retry_delay(rule: RetryRule, failures: int, chance: float) -> timedelta | None:
    """
    Return the pause after *failures* failed attempts, or None to give up.

    Exponential pauses carry full jitter: between zero and the step, so that
    many runs that failed together do not come back together.

    Args:
        failures: attempts that ended in an error so far, at least 1.
        chance: a number in [0, 1) drawn by the caller.

    Source: AWS Architecture Blog, "Exponential Backoff and Jitter", full jitter.
    """
    if rule.backoff is Backoff.NONE or failures >= rule.attempts:
        return None
    if rule.backoff is Backoff.FIXED:
        return timedelta(seconds=min(rule.delay_s, rule.cap_s))
    step = min(rule.cap_s, rule.delay_s * 2.0 ** min(failures - 1, 30))
    return timedelta(seconds=step * chance)


def retry_after(text: str, at: datetime) -> datetime:
    """Return the instant that a Retry-After header names, or *at*."""
    if text.isascii() and text.isdigit() and len(text) < 8:
        return at + min(timedelta(seconds=int(text)), LONGEST_WAIT)
    try:
        named = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return at
    aware = named if named.tzinfo else named.replace(tzinfo=UTC)
    return min(aware, at + LONGEST_WAIT)
