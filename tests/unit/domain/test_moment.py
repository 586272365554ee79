"""Instants as people type them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.moment import local_text, read_moment
from airq_cron.errors import InvalidError, ScheduleError

PARIS = "Europe/Paris"


def read(text: str, zone: str = PARIS) -> list[str]:
    """Return what a text may mean, as ISO texts without the offset."""
    found = read_moment(text, zone, field="when")
    assert all(one.tzinfo is UTC for one in found)
    return [one.replace(tzinfo=None).isoformat() for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T00:30:00Z", "2026-03-01T00:30:00"),
        ("2026-03-01t00:30:00z", "2026-03-01T00:30:00"),
        ("2026-03-01 00:30Z", "2026-03-01T00:30:00"),
        ("2026-03-01T00:30:00.25+01:00", "2026-02-28T23:30:00.250000"),
        ("2026-03-01 00:30", "2026-02-28T23:30:00"),
        ("2026-07-01T00:30:15", "2026-06-30T22:30:15"),
        (" 2026-07-01T00:30 ", "2026-06-30T22:30:00"),
    ],
)
def test_a_text_with_an_offset_or_without_is_an_instant(
    text: str, expected: str
) -> None:
    """Without, it is a local time of the zone."""
    assert [expected] == read(text)


def test_a_local_time_that_comes_twice_is_two_instants() -> None:
    """In order; an offset leaves no doubt."""
    assert ["2026-10-25T00:30:00", "2026-10-25T01:30:00"] == read("2026-10-25 02:30")
    assert ["2026-10-25T01:30:00"] == read("2026-10-25 02:30+01:00")


def test_a_local_time_that_is_skipped_is_the_end_of_the_gap() -> None:
    """There a cron rule fires as well."""
    assert ["2026-03-29T01:00:00"] == read("2026-03-29 02:30")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("yesterday", "neither"),
        ("2026-03-01", "neither"),
        ("2026-03-01T00:30:00Z; x", "neither"),
        ("2026-02-30 00:30", "no such instant"),
        ("2026-03-01 24:30", "no such instant"),
        ("1969-12-31 23:59", "1970"),
        ("2100-01-01T00:00:00Z", "2100"),
        ("", "neither"),
    ],
)
def test_anything_else_is_refused(text: str, words: str) -> None:
    """The error names the field and the form."""
    with pytest.raises(InvalidError, match=words) as caught:
        read(text)

    assert "when" == caught.value.field


def test_an_unknown_zone_is_refused() -> None:
    """As everywhere."""
    with pytest.raises(ScheduleError):
        read("2026-03-01 00:30", "Mars/Crater")


@given(st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30)))  # noqa: DTZ001
def test_what_is_shown_can_be_read_again(wall: datetime) -> None:
    """Every instant has a local text that means it alone."""
    at = wall.replace(tzinfo=UTC)

    assert (at,) == read_moment(local_text(at, PARIS), PARIS, field="when")
