"""Fire times as people check them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq_cron.domain.firing import (
    Mark,
    Novelty,
    compare_fire_times,
    fire_times,
)
from airq_cron.domain.period import Period, local_day
from airq_cron.domain.schedule import parse_schedule

PARIS = "Europe/Paris"
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)


def shown(text: str, day: date, zone: str = PARIS) -> list[tuple[str, str | None]]:
    """Return local time and mark of a day's fire times."""
    found = fire_times(parse_schedule(text, zone), local_day(day, zone), limit=100)
    return [(one.local[11:], one.mark and one.mark.value) for one in found]


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("30 2 * * *", SPRING, [("03:00:00+02:00", "gap")]),
        ("0 3 * * *", SPRING, [("03:00:00+02:00", None)]),
        (
            "30 2,3 * * *",
            SPRING,
            [("03:00:00+02:00", "gap"), ("03:30:00+02:00", None)],
        ),
        ("*/30 2 * * *", SPRING, []),
        ("*/30 3 * * *", SPRING, [("03:00:00+02:00", None), ("03:30:00+02:00", None)]),
        ("30 2 * * *", AUTUMN, [("02:30:00+02:00", "fold")]),
        ("0 3 * * *", AUTUMN, [("03:00:00+01:00", None)]),
        (
            "*/30 2 * * *",
            AUTUMN,
            [
                ("02:00:00+02:00", "fold"),
                ("02:30:00+02:00", "fold"),
                ("02:00:00+01:00", "fold"),
                ("02:30:00+01:00", "fold"),
            ],
        ),
        ("30 2 * * *", date(2026, 6, 15), [("02:30:00+02:00", None)]),
    ],
)
def test_the_changes_of_paris_are_marked(
    text: str, day: date, expected: list[tuple[str, str | None]]
) -> None:
    """A skipped time, and each pass of a repeated one."""
    assert expected == shown(text, day)


def test_half_an_hour_is_a_change_too() -> None:
    """Lord Howe skips 02:00 to 02:30 and repeats 01:30 to 02:00."""
    zone = "Australia/Lord_Howe"

    assert [("02:30:00+11:00", "gap")] == shown("15 2 * * *", date(2026, 10, 4), zone)
    assert [("01:45:00+11:00", "fold")] == shown("45 1 * * *", date(2026, 4, 5), zone)
    assert [("02:15:00+10:30", None)] == shown("15 2 * * *", date(2026, 4, 5), zone)


def test_a_date_that_was_skipped_is_a_gap() -> None:
    """Apia had no 30 December 2011: the job fires when it was over."""
    found = shown("30 12 * * *", date(2011, 12, 31), "Pacific/Apia")

    assert [("00:00:00+14:00", "gap"), ("12:30:00+14:00", None)] == found


@pytest.mark.parametrize("text", ["every 6h", "at 2026-10-25T00:30:00Z"])
def test_other_schedules_meet_no_gap(text: str) -> None:
    """They know no local times, which are shown all the same."""
    for day in (SPRING, AUTUMN):
        assert "gap" not in {mark for _, mark in shown(text, day)}
    assert ("02:30:00+02:00", "fold") in [
        *shown("at 2026-10-25T00:30:00Z", AUTUMN),
        *shown("every 30m", AUTUMN),
    ]


def test_a_period_has_its_begin_and_not_its_end() -> None:
    """Adjoining periods share no fire time."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    hourly = parse_schedule("0 * * * *", "UTC")

    found = fire_times(hourly, Period(start, start + timedelta(hours=2)), limit=9)

    assert [start, start + timedelta(hours=1)] == [one.at for one in found]
    assert {None} == {one.novelty for one in found}


def test_old_and_new_are_set_side_by_side() -> None:
    """What both have is kept; each is shown in its own zone."""
    old, new = (
        parse_schedule("30 2 * * *", PARIS),
        parse_schedule("30 0,1 * * *", "UTC"),
    )

    found = compare_fire_times(old, new, local_day(AUTUMN, PARIS), limit=9)

    assert [
        ("2026-10-25T00:30:00+00:00", Novelty.KEPT, None),
        ("2026-10-25T01:30:00+00:00", Novelty.ADDED, None),
    ] == [(one.local, one.novelty, one.mark) for one in found]
    back = compare_fire_times(new, old, local_day(AUTUMN, PARIS), limit=9)
    assert [
        ("2026-10-25T02:30:00+02:00", Novelty.KEPT, Mark.FOLD),
        ("2026-10-25T01:30:00+00:00", Novelty.REMOVED, None),
    ] == [(one.local, one.novelty, one.mark) for one in back]


@settings(max_examples=60)
@given(
    texts=st.tuples(
        *[st.sampled_from(["*/7 * * * *", "0 * * * *", "30 2 * * *", "every 45m"])] * 2
    ),
    limit=st.integers(1, 40),
)
def test_a_short_comparison_is_the_begin_of_the_long_one(
    texts: tuple[str, str], limit: int
) -> None:
    """Cutting it makes nothing look removed or added that is not."""
    old, new = (parse_schedule(text, PARIS) for text in texts)
    day = local_day(AUTUMN, PARIS)

    whole = compare_fire_times(old, new, day, limit=1000)

    assert whole[:limit] == compare_fire_times(old, new, day, limit=limit)
