"""Minutes and hours of counting, and how bins add up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.buckets import COUNT
from airq_cron.domain.period import Period
from airq_cron.domain.tally import Bin, Step, Tally, merged

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INSTANTS = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.mark.parametrize("step", Step)
@given(at=INSTANTS)
def test_every_instant_lies_in_one_bin(step: Step, at: datetime) -> None:
    """It begins at or before the instant, and ends after it."""
    start = step.floor(at)

    assert start <= at < start + step.length
    assert start == step.floor(start)


@pytest.mark.parametrize("step", Step)
@given(at=INSTANTS, seconds=st.integers(0, 20_000))
def test_the_bins_of_a_period_begin_in_it(
    step: Step, at: datetime, seconds: int
) -> None:
    """All of them, in order, and no other."""
    period = Period(at, at + timedelta(seconds=seconds))
    starts = step.starts(period)

    assert all(start in period and start == step.floor(start) for start in starts)
    assert starts == sorted(set(starts))
    assert abs(len(starts) - period.length / step.length) <= 1


def test_periods_that_adjoin_share_no_bin() -> None:
    """And lose none, wherever they meet."""
    middle, end = NOON + timedelta(seconds=90), NOON + 5 * MINUTE

    parts = [
        *Step.MINUTE.starts(Period(NOON, middle)),
        *Step.MINUTE.starts(Period(middle, end)),
    ]

    assert parts == Step.MINUTE.starts(Period(NOON, end))


def test_a_clock_that_is_behind_gives_no_negative_sum() -> None:
    """A message cannot have been taken before it was sent."""
    tally = Tally()
    tally.took(timedelta(seconds=-3))

    assert (1, timedelta()) == (tally.dwell[0], tally.dwell_sum)


def test_the_sum_of_no_bins_is_zero() -> None:
    """With 26 buckets, and a backlog that nobody saw."""
    found = merged([], NOON)

    assert Bin(NOON) == found
    assert (COUNT, None) == (len(found.dwell), found.waiting)


def test_bins_add_up() -> None:
    """Counts, buckets and sums; of the backlog, the last one seen is kept."""
    first = Bin(NOON, {"failed": 1}, 2, (1,) * COUNT, (2,) * COUNT, 1.0, 2.0, 7, 3.0)
    second = Bin(NOON + MINUTE, {"failed": 2, "succeeded": 1}, 1)

    found = merged([first, second], NOON)

    assert ({"failed": 3, "succeeded": 1}, 4) == (found.counts, found.total)
    assert (3, (1,) * COUNT, 1.0) == (found.arrivals, found.dwell, found.dwell_sum_s)
    assert (7, 3.0) == (found.waiting, found.oldest_age_s)
