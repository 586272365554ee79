"""The steps of a trend: aligned, bounded, and gaps where nobody watched."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.period import EPOCH
from airq_cron.domain.tally import Bin, Step
from airq_cron.domain.trend import (
    LONGEST,
    MOST_POINTS,
    Snapshot,
    grid_of,
    points_of,
    read_length,
)
from airq_cron.errors import InvalidError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIVE = 5 * MINUTE


@pytest.mark.parametrize(
    ("text", "length"),
    [("1m", MINUTE), ("90m", 90 * MINUTE), ("6h", 6 * HOUR), ("7d", 7 * DAY)],
)
def test_a_length_is_a_number_and_a_unit(text: str, length: timedelta):
    """As people write it."""
    assert length == read_length(text, "window")


@pytest.mark.parametrize(
    "text", ["", "0h", "6", "h", "-6h", "6 h", "6H", "1w", "٦h", "9999999d"]
)
def test_anything_else_names_its_field(text: str):
    """With how it is written."""
    with pytest.raises(InvalidError, match="step: must be a length such as 15m"):
        read_length(text, "step")


def test_the_last_step_holds_the_present():
    """So what is just going wrong is seen; steps begin at multiples of their length."""
    grid = grid_of(HOUR, FIVE, NOON + 2 * MINUTE)

    assert (NOON, 12) == (grid.starts[-1], len(grid.starts))
    assert NOON - 55 * MINUTE == grid.starts[0]


@pytest.mark.parametrize(
    ("window", "step", "points", "book"),
    [
        (HOUR, MINUTE, 60, Step.MINUTE),
        (6 * HOUR, FIVE, 72, Step.MINUTE),
        (DAY, 15 * MINUTE, 96, Step.MINUTE),
        (7 * DAY, 3 * HOUR, 56, Step.HOUR),
        (LONGEST, DAY, 90, Step.HOUR),
        (MINUTE, MINUTE, 1, Step.MINUTE),
    ],
)
def test_without_a_step_a_usual_one_is_taken(
    window: timedelta, step: timedelta, points: int, book: Step
):
    """The finest that gives at most 120 points, from the book that has it."""
    grid = grid_of(window, None, NOON)

    assert (step, points, book) == (grid.step, len(grid.starts), grid.bins)


@pytest.mark.parametrize(
    ("window", "step", "field", "bound"),
    [
        (timedelta(), None, "window", "between 1m and 90d"),
        (LONGEST + DAY, None, "window", "between 1m and 90d"),
        (HOUR, 2 * HOUR, "step", "not be longer than window"),
        (2 * DAY, 90 * MINUTE, "step", "whole hours when window is above 24h"),
        (DAY, MINUTE, "step", "more than 300 points"),
        (LONGEST, HOUR, "step", "more than 300 points"),
    ],
)
def test_what_passes_a_bound_is_told_which(
    window: timedelta, step: timedelta | None, field: str, bound: str
):
    """A window of a year would read a year."""
    with pytest.raises(InvalidError, match=bound) as refused:
        grid_of(window, step, NOON)
    assert field == refused.value.field


@given(
    st.integers(1, 90 * 24 * 60),
    st.none() | st.integers(1, 90 * 24 * 60),
    st.integers(0, 10**9),
)
def test_a_grid_is_aligned_bounded_and_holds_the_present(
    window: int, step: int | None, at_s: int
):
    """Or it is refused."""
    at = EPOCH + timedelta(seconds=at_s + 10**9)
    try:
        grid = grid_of(window * MINUTE, None if step is None else step * MINUTE, at)
    except InvalidError:
        return

    assert at in grid.period
    assert at - grid.starts[-1] < grid.step
    assert grid.period.length >= window * MINUTE
    assert 1 <= len(grid.starts) <= MOST_POINTS
    assert timedelta() == (grid.period.start - EPOCH) % grid.step


def test_bins_are_added_up_by_step():
    """Rates are those of the minutes that somebody watched."""
    grid = grid_of(10 * MINUTE, FIVE, NOON - MINUTE)
    dwell, handling = (0,) * 10 + (4,) + (0,) * 15, (0,) * 12 + (4,) + (0,) * 13
    bins = [
        Bin(NOON - 7 * MINUTE, {"succeeded": 3, "failed": 1}, 8, dwell, handling),
        Bin(NOON - 6 * MINUTE, {"succeeded": 2}, 0, waiting=7),
    ]
    first, second = points_of(grid, bins, [], NOON)

    assert (3.0, 4.0) == (first.throughput, first.arrivals)
    assert first.failure_rate == pytest.approx(1 / 6)
    assert 7 == first.waiting
    assert 0.3 < (first.dwell_s["p95"] or 0) < (first.handling_s["p95"] or 0) < 2
    assert (NOON - 5 * MINUTE, None) == (second.start, second.throughput)


def test_what_nobody_watched_is_unknown():
    """Not zero; and a minute in which nothing happened is zero, not unknown."""
    grid = grid_of(2 * MINUTE, MINUTE, NOON - MINUTE)
    unknown, idle = points_of(grid, [None, Bin(NOON - MINUTE, waiting=0)], [], NOON)

    assert (None, None, None, None, None) == (
        unknown.throughput,
        unknown.arrivals,
        unknown.failure_rate,
        unknown.waiting,
        unknown.score,
    )
    assert (0.0, 0.0, None, 0) == (
        idle.throughput,
        idle.arrivals,
        idle.failure_rate,
        idle.waiting,
    )
    assert {None} == set(idle.dwell_s.values()) | set(unknown.handling_s.values())


def test_the_minute_that_has_begun_is_not_a_whole_one():
    """Twelve messages in twenty seconds are 36 a minute."""
    grid = grid_of(MINUTE, MINUTE, NOON)
    at = NOON + timedelta(seconds=20)
    (point,) = points_of(grid, [Bin(NOON, {"succeeded": 12})], [], at)

    assert point.throughput == pytest.approx(36)


def test_scores_are_averaged_and_the_worst_backlog_is_shown():
    """A peak between two looks of the chart is what people search for."""
    grid = grid_of(5 * MINUTE, FIVE, NOON)
    looks = [
        Snapshot(NOON, 1.0, 3, None),
        Snapshot(NOON + MINUTE, 0.5, 90, 4.0),
        Snapshot(NOON + 2 * MINUTE, None, 2, None),
    ]
    (point,) = points_of(grid, [Bin(NOON, waiting=5)], looks, NOON + FIVE)

    assert (0.75, 90) == (point.score, point.waiting)
