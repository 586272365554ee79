"""
Where a series is heading: a slope that no outlier bends, and how sure it is.

The slope is that of Theil (1950) and Sen (1968): the median of the slopes between
all pairs of points; up to 29 % of the points may be wild without bending it. Whether
there is a trend at all is told by the test of Mann (1945) and Kendall (1975).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import copysign, erfc, sqrt
from statistics import median

from airq_cron.domain.health import Confidence

# Three points rise by chance once in six times.
FEWEST = 5
Z_95 = 1.959964
CHANCE, SMALL_CHANCE = 0.05, 0.01


class Direction(StrEnum):
    """Where a series is heading; `steady` where chance would do the same."""

    RISING = "rising"
    FALLING = "falling"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Slope:
    """
    How fast a series changes.

    Attributes:
        per_hour: what it gains in an hour; *low* and *high* enclose it with 95 %.
        p_value: how often chance alone would look as much like a trend.
        points: how many were known.
    """

    per_hour: float
    low: float
    high: float
    p_value: float
    points: int
    direction: Direction
    confidence: Confidence


def slope_of(points: Sequence[tuple[float, float | None]]) -> Slope | None:
    """
    Return the slope of *points*, each a time in seconds and a value.

    Unknown values are left out; they are neither zero nor what was before. None
    below 5 known ones. The times differ.
    """
    known = [(at_s / 3600, value) for at_s, value in points if value is not None]
    if len(known) < FEWEST:
        return None
    slopes = sorted(
        (later - earlier) / (end - start)
        for number, (start, earlier) in enumerate(known)
        for end, later in known[number + 1 :]
    )
    score = sum((one > 0) - (one < 0) for one in slopes)
    spread = sqrt(_variance([value for _, value in known]))
    low, high = _interval(slopes, spread)
    p_value = _p_value(score, spread)
    is_trend = p_value < CHANCE
    rising = Direction.RISING if score > 0 else Direction.FALLING
    return Slope(
        per_hour=median(slopes),
        low=low,
        high=high,
        p_value=p_value,
        points=len(known),
        direction=rising if is_trend else Direction.STEADY,
        confidence=_confidence(p_value, len(known)),
    )


def seconds_to_zero(value: float | None, slope: Slope | None) -> float | None:
    """Return when a falling series reaches zero; None when it is not falling."""
    if value is not None and value <= 0:
        return 0.0
    if value is None or slope is None or slope.direction is not Direction.FALLING:
        return None
    return value / -slope.per_hour * 3600 if slope.per_hour < 0 else None


def _variance(values: Sequence[float]) -> float:
    """Return the variance of Kendall's score, equal values taken into account."""
    count = len(values)
    ties = Counter(values).values()
    whole = count * (count - 1) * (2 * count + 5)
    return (whole - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18


def _p_value(score: int, spread: float) -> float:
    if spread <= 0 or score == 0:
        return 1.0
    # The score jumps by two; half of that is taken off.
    z = (score - copysign(1, score)) / spread
    return erfc(abs(z) / sqrt(2))


def _interval(slopes: Sequence[float], spread: float) -> tuple[float, float]:
    reach = Z_95 * spread
    low = int((len(slopes) - reach) / 2)
    high = int((len(slopes) + reach) / 2) + 1
    return slopes[max(low, 0)], slopes[min(high, len(slopes) - 1)]


def _confidence(p_value: float, count: int) -> Confidence:
    if count >= 2 * FEWEST and p_value < SMALL_CHANCE:
        return Confidence.HIGH
    return Confidence.MEDIUM if p_value < CHANCE else Confidence.LOW
