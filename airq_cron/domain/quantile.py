"""Quantiles of exact integers."""

from collections.abc import Sequence
from fractions import Fraction

from airq_cron.domain.pollutant import mean_micros

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
    below, part = divmod((len(ordered) - 1) * share.numerator, share.denominator)
    if part == 0:
        return ordered[below]
    # Whole numbers, over the denominator of the share: fractions take ten times as
    # long, and there are five million hours a year of a hundred places.
    over = share.denominator
    value = over * ordered[below] + part * (ordered[below + 1] - ordered[below])
    return mean_micros(value, over)
