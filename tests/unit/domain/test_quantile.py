"""Quantiles of exact integers."""

from decimal import ROUND_HALF_UP, Decimal
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.quantile import MEDIAN, P95, quantile_micros

values = st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("ordered", "middle", "high"),
    [
        ([7], 7, 7),
        ([1, 2], 2, 2),
        ([-2, -1], -2, -1),
        ([0, 10], 5, 10),
        ([1, 2, 3], 2, 3),
        (list(range(101)), 50, 95),
        ([0, 0, 0, 100], 0, 85),
    ],
)
def test_between_two_values_it_is_on_the_line(
    ordered: list[int], middle: int, high: int
) -> None:
    """Halves go away from zero."""
    assert middle == quantile_micros(ordered, MEDIAN)
    assert high == quantile_micros(ordered, P95)


@given(values)
def test_the_median_is_that_of_the_standard_library(found: list[int]) -> None:
    """Which is exact in decimals."""
    exact = Decimal(median(map(Decimal, found)))
    expected = int(exact.to_integral_value(rounding=ROUND_HALF_UP))

    assert expected == quantile_micros(sorted(found), MEDIAN)


@given(values)
def test_quantiles_rise_and_stay_within(found: list[int]) -> None:
    """The 95th is never below the median, and none is outside."""
    ordered = sorted(found)
    middle, high = (quantile_micros(ordered, share) for share in (MEDIAN, P95))

    assert ordered[0] <= middle <= high <= ordered[-1]
