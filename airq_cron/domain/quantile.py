"""Quantiles of exact integers."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

MEDIAN = Fraction(1, 2)
P95 = Fraction(95, 100)


def quantile_micros(ordered: Sequence[int], share: Fraction) -> int:
    """
    Return the quantile of integers that stand in rising order, half up.

    Between two of them it is on the straight line (Hyndman and Fan, type 7, as
    spreadsheets and numpy do); the mean is taken exactly before it is rounded.

    Args:
        ordered: at least one.
        share: 0 is the smallest, 1 the largest.
    """
    place = (len(ordered) - 1) * share
    below = floor(place)
    value = Fraction(ordered[below])
    if place != below:
        value += (place - below) * (ordered[below + 1] - ordered[below])
    # Away from zero, as `mean_micros` rounds.
    rounded = floor(abs(value) + Fraction(1, 2))
    return rounded if value >= 0 else -rounded
