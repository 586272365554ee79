"""Buckets hold every length, and give percentiles back."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.buckets import BOUNDS_S, COUNT, bucket_of, percentile

lengths = st.floats(-10, 10_000).map(lambda seconds: timedelta(seconds=seconds))


def counted(*seconds: float) -> list[int]:
    """Return the counts of some lengths."""
    counts = [0] * COUNT
    for length in seconds:
        counts[bucket_of(timedelta(seconds=length))] += 1
    return counts


def test_the_bounds_are_those_that_are_stored() -> None:
    """Counts of years lie in the database: a change would falsify them."""
    assert 26 == COUNT
    assert 25 == len(BOUNDS_S)
    assert (0.005, 0.007908, 0.012507, 300.0) == (*BOUNDS_S[:3], BOUNDS_S[-1])


def test_each_bound_is_the_same_factor_above_the_last() -> None:
    """Log-spaced: as exact for 10 ms as for a minute."""
    factors = [high / low for low, high in pairwise(BOUNDS_S)]

    assert all(1.581 < factor < 1.582 for factor in factors)


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [
        (-1, 0),
        (0, 0),
        (0.005, 0),
        (0.005001, 1),
        (0.007908, 1),
        (1.0, 12),
        (300.0, 24),
        (300.001, 25),
        (86_400, 25),
    ],
)
def test_a_length_falls_into_its_bucket(seconds: float, bucket: int) -> None:
    """A bound belongs to the bucket that it closes."""
    assert bucket == bucket_of(timedelta(seconds=seconds))


@given(lengths, lengths)
def test_longer_is_never_in_a_lower_bucket(one: timedelta, other: timedelta) -> None:
    """Buckets keep the order of lengths."""
    assert bucket_of(min(one, other)) <= bucket_of(max(one, other))


def test_nothing_has_no_percentile() -> None:
    """Unknown is not zero."""
    assert percentile([0] * COUNT, 0.5) is None


@pytest.mark.parametrize("share", [0.0, 0.5, 0.95, 1.0])
def test_percentiles_of_one_length_lie_in_its_bucket(share: float) -> None:
    """Whatever the share."""
    found = percentile(counted(1.0), share)

    assert found is not None
    assert 0.774 < found < 1.225


def test_the_middle_of_a_bucket_is_the_middle_of_its_logarithms() -> None:
    """Half of what a bucket holds lies below the geometric mean of its bounds."""
    found = percentile(counted(1.0, 1.0), 0.5)

    assert (BOUNDS_S[11] * BOUNDS_S[12]) ** 0.5 == pytest.approx(found)


def test_the_first_bucket_begins_at_zero() -> None:
    """It has no lower bound to take the logarithm of."""
    assert 0.0025 == percentile(counted(0.001), 0.5)
    assert 0.0 == percentile(counted(0.001), 0.0)


def test_above_the_last_bound_nothing_is_known() -> None:
    """An hour is told as 5 minutes: the least that it was."""
    assert 300.0 == percentile(counted(3600.0), 0.5)


def test_few_long_ones_show_in_the_tail() -> None:
    """19 of 20 are short: the median is, the 95th percentile just so, the last not."""
    counts = counted(*[0.1] * 19, 60.0)
    found = [percentile(counts, share) for share in (0.5, 0.95, 0.99)]

    assert [True, True, False] == [one is not None and one <= 0.124 for one in found]


@given(st.lists(st.floats(0.001, 300), min_size=1), st.floats(0, 1))
def test_an_estimate_is_right_to_a_bucket(seconds: list[float], share: float) -> None:
    """At most a factor of 1.59 off the true value, or within 5 ms."""
    rank = max(1, -(-len(seconds) * share // 1))
    truth = sorted(seconds)[int(min(rank, len(seconds))) - 1]
    found = percentile(counted(*seconds), share)

    assert found is not None
    assert truth / 1.59 - 0.005 <= found <= truth * 1.59 + 0.005


@given(st.lists(st.floats(0, 1000), min_size=1))
def test_percentiles_rise_with_their_share(seconds: list[float]) -> None:
    """The 95th is never below the median."""
    counts = counted(*seconds)
    found = [percentile(counts, share / 20) or 0.0 for share in range(21)]

    assert sorted(found) == found


@given(st.lists(st.floats(0, 400)), st.lists(st.floats(0, 400)))
def test_counts_of_hours_add_up_to_those_of_a_day(
    one: list[float], other: list[float]
) -> None:
    """That is why buckets are stored, and not percentiles."""
    added = [a + b for a, b in zip(counted(*one), counted(*other), strict=True)]

    assert counted(*one, *other) == added
