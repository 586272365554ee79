"""The hours of a run's data interval."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.interval import hours_begun, hours_ended, is_backfill
from airq_cron.domain.period import Period
from airq_cron.domain.run import Claim

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def claim(
    since: datetime | None, until: datetime, origin: str = "backfill:b1"
) -> Claim:
    """Return a claim on a run for (since, until], claimed long after."""
    late = NOON + timedelta(days=300)
    return Claim(
        *("id", 1, "a-job", "fetch", until, {}, origin, late, late, 60),
        interval_start=since,
    )


@pytest.mark.parametrize(
    ("origin", "expected"),
    [("backfill:b1", True), ("schedule", False), ("manual:backfill:1", False)],
)
def test_a_backfill_is_known_by_its_origin(origin: str, expected: bool) -> None:
    """And by nothing else."""
    assert expected is is_backfill(claim(None, NOON, origin))


@pytest.mark.parametrize(
    ("since", "until", "first", "count"),
    [
        (NOON - HOUR, NOON, NOON, 1),
        (NOON - 24 * HOUR, NOON, NOON - 23 * HOUR, 24),
        (NOON - MINUTE, NOON, NOON, 1),
        (NOON, NOON + MINUTE, NOON + HOUR, 0),
        (NOON - 90 * MINUTE, NOON + 30 * MINUTE, NOON - HOUR, 2),
        (None, NOON, NOON, 1),
    ],
)
def test_an_interval_holds_the_hours_that_begin_in_it(
    since: datetime | None, until: datetime, first: datetime, count: int
) -> None:
    """Its start is excluded, its end included."""
    found = hours_begun(claim(since, until))

    assert Period(first, first + count * HOUR) == found
    assert Period(found.start - HOUR, found.end - HOUR) == hours_ended(
        claim(since, until)
    )


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=30, unique=True))
def test_every_hour_belongs_to_exactly_one_interval(minutes: list[int]) -> None:
    """However the fire times lie, a chain of intervals has neither gap nor overlap."""
    fires = [NOON + minute * MINUTE for minute in sorted(minutes)]
    chain = [hours_begun(claim(*pair)) for pair in pairwise(fires)]

    assert all(a.end == b.start for a, b in pairwise(chain))
    whole = hours_begun(claim(fires[0], fires[-1]))
    assert whole == Period(chain[0].start, chain[-1].end)
