"""Where a series is heading: robust, sure of itself only with reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.health import Confidence
from airq_cron.domain.slope import Direction, Slope, seconds_to_zero, slope_of

HOUR_S = 3600.0
values = st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=40)


def series(*known: float | None, every_s: float = HOUR_S) -> Slope | None:
    """Return the slope of values that come so often."""
    return slope_of([(n * every_s, value) for n, value in enumerate(known)])


def sure(*known: float | None, every_s: float = HOUR_S) -> Slope:
    """Return the same, which there is."""
    found = series(*known, every_s=every_s)
    assert found is not None
    return found


def test_a_line_has_its_slope():
    """Two an hour, whatever the steps; and chance has no part in it."""
    found = sure(*(float(n) for n in range(0, 24, 2)), every_s=HOUR_S)

    assert (2.0, 2.0, 2.0) == (found.per_hour, found.low, found.high)
    assert (Direction.RISING, Confidence.HIGH) == (found.direction, found.confidence)
    assert (
        found.per_hour * 6 == sure(*map(float, range(0, 24, 2)), every_s=600).per_hour
    )


def test_outliers_do_not_bend_it():
    """A quarter of the points may be wild; a least-squares line would follow them."""
    line = [float(n) for n in range(20)]
    for wild in (3, 7, 12, 16, 18):
        line[wild] = -500.0
    found = sure(*line)

    assert 1.0 == pytest.approx(found.per_hour)
    assert found.low <= found.per_hour <= found.high


def test_a_gap_is_left_out():
    """It is neither zero nor a repetition of what was before."""
    found = sure(0.0, 1.0, None, None, 4.0, 5.0, None, 7.0)

    assert (1.0, 5) == (found.per_hour, found.points)


@pytest.mark.parametrize("known", [(), (1.0,) * 4, (1.0, None, 2.0, None, 3.0, 4.0)])
def test_a_few_points_tell_nothing(known: tuple[float | None, ...]):
    """Three of them rise by chance once in six times."""
    assert series(*known) is None


def test_what_stays_the_same_is_steady():
    """Equal values are no trend, and no division by zero."""
    found = sure(*(3.0,) * 12)

    assert (0.0, 1.0, Direction.STEADY) == (
        found.per_hour,
        found.p_value,
        found.direction,
    )
    assert Confidence.LOW == found.confidence


def test_noise_is_steady():
    """A median slope there is, but chance would do the same."""
    found = sure(1.0, 5.0, 2.0, 4.0, 1.5, 4.5, 2.5, 3.5, 1.2, 4.8)

    assert Direction.STEADY == found.direction
    assert found.low < 0 < found.high


@given(values)
def test_the_slope_lies_within_its_interval(known: list[float]):
    """And upside down it is the same, the other way."""
    found, mirrored = sure(*known), sure(*(-value for value in known))

    assert found.low <= found.per_hour <= found.high
    assert 0 <= found.p_value <= 1
    assert found.per_hour == pytest.approx(-mirrored.per_hour)
    assert found.p_value == pytest.approx(mirrored.p_value)


@given(values, st.integers(-1000, 1000))
def test_what_is_added_to_all_changes_nothing(known: list[float], more: int):
    """Only differences count."""
    whole = [float(round(value)) for value in known]
    here, there = sure(*whole), sure(*(value + more for value in whole))

    assert here.per_hour == pytest.approx(there.per_hour)


def test_a_backlog_that_falls_has_an_end():
    """Ten messages, two fewer an hour: five hours."""
    falling = sure(*(float(n) for n in range(30, 9, -2)))

    assert seconds_to_zero(10.0, falling) == pytest.approx(5 * HOUR_S)


@pytest.mark.parametrize(
    ("value", "slope", "expected"),
    [
        (0.0, None, 0.0),
        (None, sure(*map(float, range(10, 0, -1))), None),
        (5.0, None, None),
        (5.0, sure(*map(float, range(10))), None),
        (5.0, sure(*(1.0,) * 9), None),
    ],
)
def test_what_does_not_fall_has_none(
    value: float | None, slope: Slope | None, expected: float | None
):
    """Nothing waits: at once. Nobody knows: null."""
    assert expected == seconds_to_zero(value, slope)
