"""The 26 log-spaced buckets in which durations are counted."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate

COUNT = 26
SHORTEST_S = 0.005
LONGEST_S = 300.0

BOUNDS_S: tuple[float, ...] = tuple(
    round(SHORTEST_S * (LONGEST_S / SHORTEST_S) ** (index / (COUNT - 2)), 6)
    for index in range(COUNT - 1)
)


def bucket_of(length: timedelta) -> int:
    """
    Return the number of the bucket, 0 to 25, that *length* falls into.

    Bucket 0 holds all up to 5 ms, negative ones too; bucket 25 all above 5 min;
    each one between reaches up to 1.58 times the bound of the one before.
    """
    return bisect_left(BOUNDS_S, length.total_seconds())


def percentile(counts: Sequence[int], share: float) -> float | None:
    """
    Estimate the length, in seconds, that *share* of those counted do not exceed.

    Within a bucket it is interpolated on the logarithmic scale of the bounds, so
    it is wrong by at most a factor of 1.58. Above 5 min it says 5 min.

    Args:
        counts: how many fell into each bucket.
        share: between 0 and 1.

    Returns:
        None when nothing was counted.
    """
    total = sum(counts)
    if total <= 0:
        return None
    rank = share * total
    reached = list(accumulate(counts))
    index = next(i for i, upto in enumerate(reached) if upto >= rank and counts[i] > 0)
    within = (rank - (reached[index] - counts[index])) / counts[index]
    return _between(index, min(max(within, 0.0), 1.0))


def _between(index: int, within: float) -> float:
    """Return the length at the fraction *within* of a bucket."""
    if index == 0:
        return BOUNDS_S[0] * within
    if index == COUNT - 1:
        return BOUNDS_S[-1]
    low, high = BOUNDS_S[index - 1], BOUNDS_S[index]
    return float(low * (high / low) ** within)
