"""Moving windows hold wherever the provider begins its own."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.quota import (
    CALL,
    QUOTAS,
    Window,
    open_meteo_tenths,
    phase_of,
    refuse,
    refuse_any,
    windows,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WINDOW = Window("minute", 60 * SECOND, SECOND, 5)


def play(gaps: list[int], window: Window) -> list[datetime]:
    """Return when calls were made by somebody who asks after each of *gaps* ms."""
    used: dict[datetime, int] = {}
    made: list[datetime] = []
    at = NOW
    for gap in gaps:
        at += timedelta(milliseconds=gap)
        if refuse(used, window, CALL, at) is None:
            start = window.start_of(at)
            used[start] = used.get(start, 0) + CALL
            made.append(at)
    return made


@given(st.lists(st.integers(0, 30_000), max_size=80))
def test_no_window_anywhere_holds_more_calls_than_allowed(gaps: list[int]):
    """Begin it at any call: what follows within its length is at most the limit."""
    made = play(gaps, WINDOW)

    for begin in made:
        within = [at for at in made if begin <= at < begin + WINDOW.length]
        assert len(within) <= WINDOW.calls


@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=80))
def test_who_comes_back_when_told_is_let_through(gaps: list[int]):
    """And not a moment earlier."""
    made = play(gaps, WINDOW)
    used: dict[datetime, int] = {}
    for at in made:
        start = WINDOW.start_of(at)
        used[start] = used.get(start, 0) + CALL
    refusal = refuse(used, WINDOW, CALL, made[-1])
    if refusal is not None:
        assert refuse(used, WINDOW, CALL, refusal.retry_at) is None
        before = refusal.retry_at - timedelta(microseconds=1)
        assert refuse(used, WINDOW, CALL, before) is not None


def test_weights_are_tenths():
    """Two calls and a half leave room for as much again."""
    used = {NOW: 25}

    assert refuse(used, WINDOW, 25, NOW) is None
    assert refuse(used, WINDOW, 26, NOW) is not None


def test_a_call_that_is_heavier_than_the_window_goes_alone():
    """It would otherwise never be made."""
    assert refuse({}, WINDOW, 900, NOW) is None
    assert refuse({NOW: 1}, WINDOW, 900, NOW) is not None


def test_the_window_that_lasts_longest_is_named():
    """Nobody has to come back twice."""
    minute, hour = windows(minute=1, hour=1)
    used = {"minute": {NOW: CALL}, "hour": {NOW: CALL}}
    refusal = refuse_any(used, [minute, hour], CALL, NOW)

    assert refusal is not None
    assert ("hour", NOW + timedelta(minutes=62)) == (refusal.window, refusal.retry_at)


@pytest.mark.parametrize(
    ("places", "variables", "days", "expected"),
    [
        (1, 6, 2, 10),
        (1, 10, 1, 10),
        (1, 12, 1, 12),
        (1, 6, 14, 10),
        (1, 6, 93, 40),
        (100, 6, 2, 1000),
        (2, 15, 28, 60),
    ],
)
def test_open_meteo_counts_places_variables_and_days(
    places: int, variables: int, days: int, expected: int
):
    """The largest of 1, variables / 10 and days / 14 * variables / 10, a place."""
    assert expected == open_meteo_tenths(places, variables, days)


@given(st.text(max_size=40))
def test_an_installation_asks_some_minutes_after_the_hour(salt: str):
    """Always the same, and never on the hour."""
    assert timedelta(minutes=1) <= phase_of(salt) < timedelta(minutes=10)
    assert phase_of(salt) == phase_of(salt)


def test_buckets_divide_their_windows():
    """And short windows are those of Redis."""
    every = [one for quota in QUOTAS.values() for one in quota]

    assert all(one.length % one.bucket == timedelta() for one in every)
    assert {"minute", "hour"} == {one.name for one in every if one.is_short}
