"""How fast the source's hours pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.sandbox import Pace

AT_S = 1_790_805_600 + 1234
HOURS = st.integers(400_000, 600_000)
SPEEDS = st.integers(1, 3600)


@given(hour=HOURS, at_s=st.integers(0, 4_000_000_000))
def test_each_hour_is_itself_at_speed_one(hour: int, at_s: int) -> None:
    """In real time nothing moves: past, present and future show their own hour."""
    assert hour == Pace().source_hour(hour, at_s)


@given(speed=SPEEDS, hour=HOURS, after=st.integers(0, 10**7))
def test_past_stands_still(speed: int, hour: int, after: int) -> None:
    """An hour that is over never changes again, at any speed."""
    end_s = (hour + 1) * 3600

    first = Pace(speed).source_hour(hour, end_s)

    assert first == Pace(speed).source_hour(hour, end_s + after)


@given(speed=SPEEDS, hour=HOURS, seconds=st.integers(0, 3598))
def test_present_moves_forward_without_a_gap(
    speed: int, hour: int, seconds: int
) -> None:
    """From one second to the next the hour under way moves on by its share."""
    pace, begin_s = Pace(speed), hour * 3600
    before = pace.source_hour(hour, begin_s + seconds)
    after = pace.source_hour(hour, begin_s + seconds + 1)

    assert 0 <= after - before <= 1


@pytest.mark.parametrize("minute", range(0, 60, 7))
def test_sixty_shows_a_new_hour_each_minute(minute: int) -> None:
    """At speed 60 one minute is one hour."""
    hour = AT_S // 3600
    pace, begin_s = Pace(60), hour * 3600

    shown = [pace.source_hour(hour, begin_s + minute * 60 + s) for s in (0, 59, 60)]

    assert shown[0] == shown[1] == pace.source_hour(hour, begin_s) + minute
    if minute < 59:
        assert shown[0] + 1 == shown[2]


@given(speed=SPEEDS, ahead=st.integers(1, 200))
def test_future_follows_the_present(speed: int, ahead: int) -> None:
    """Forecast hours go on where the present is, hour by hour."""
    pace, present = Pace(speed), AT_S // 3600

    assert ahead == pace.source_hour(present + ahead, AT_S) - pace.source_hour(
        present, AT_S
    )
