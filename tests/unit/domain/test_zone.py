"""Zones: where they come from, and what their clocks skip and repeat."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.zone import (
    as_utc,
    first_instant,
    load_zone,
    offset_at,
    offset_changes,
    steady_until,
)
from airq_cron.errors import ScheduleError

ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/St_Johns",
    "Asia/Kolkata",
    "UTC",
]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_a_zone_is_loaded_once_and_keeps_its_key() -> None:
    """The same object comes back, and it knows its name."""
    zone = load_zone("Europe/Paris")
    assert "Europe/Paris" == zone.key
    assert zone is load_zone("Europe/Paris")


@pytest.fixture
def forged_tokyo(tmp_path: Path) -> Iterator[None]:
    """A system whose file for Tokyo says something else."""
    forged = tmp_path / "Asia" / "Tokyo"
    forged.parent.mkdir()
    genuine = resources.files("tzdata") / "zoneinfo" / "Asia" / "Kolkata"
    forged.write_bytes(genuine.read_bytes())
    reset_tzpath([str(tmp_path)])
    load_zone.cache_clear()
    yield
    reset_tzpath()


@pytest.mark.usefixtures("forged_tokyo")
def test_the_system_zone_files_are_not_read() -> None:
    """A host with other files than its neighbour computes the same times."""
    at = instant("2026-01-01T00:00Z")
    assert timedelta(hours=5.5) == offset_at(at, ZoneInfo.no_cache("Asia/Tokyo"))
    assert timedelta(hours=9) == offset_at(at, load_zone("Asia/Tokyo"))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Base",
        "europe/paris",
        "../zones",
        "/etc/localtime",
        "Europe",
        "x" * 999,
    ],
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    """Only listed names are opened, so that no path can be smuggled in."""
    with pytest.raises(ScheduleError) as refusal:
        load_zone(name)
    assert "timezone" == refusal.value.field


def test_a_mistyped_zone_is_answered_with_the_nearest_name() -> None:
    """The refusal says what was probably meant."""
    with pytest.raises(ScheduleError, match="did you mean Europe/Paris"):
        load_zone("Europe/Pariss")


def test_a_naive_instant_is_refused() -> None:
    """Without an offset nobody knows which instant is meant."""
    with pytest.raises(ValueError, match="naive"):
        as_utc(datetime(2026, 1, 1))  # noqa: DTZ001


def test_an_instant_is_turned_into_utc() -> None:
    """An aware instant of another zone keeps its place in time."""
    paris = datetime(2026, 7, 1, 12, tzinfo=load_zone("Europe/Paris"))
    assert "2026-07-01T10:00:00+00:00" == as_utc(paris).isoformat()


@pytest.mark.parametrize(
    ("zone", "year", "expected"),
    [
        ("Europe/Paris", 2026, ["2026-03-29T01:00Z", "2026-10-25T01:00Z"]),
        ("America/New_York", 2026, ["2026-03-08T07:00Z", "2026-11-01T06:00Z"]),
        ("Australia/Lord_Howe", 2026, ["2026-04-04T15:00Z", "2026-10-03T15:30Z"]),
        ("Africa/Casablanca", 2025, ["2025-02-23T02:00Z", "2025-04-06T02:00Z"]),
        (
            "Pacific/Apia",
            2011,
            ["2011-04-02T14:00Z", "2011-09-24T14:00Z", "2011-12-30T10:00Z"],
        ),
        ("America/St_Johns", 2010, ["2010-03-14T03:31Z", "2010-11-07T02:31Z"]),
        ("Asia/Kolkata", 2026, []),
        ("UTC", 2026, []),
    ],
)
def test_changes_of_the_offset_are_found(
    zone: str, year: int, expected: list[str]
) -> None:
    """They are exact to the second, also where they are not on the hour."""
    found = offset_changes(load_zone(zone), year)
    assert [instant(text) for text in expected] == list(found)


@pytest.mark.parametrize("zone", ZONES)
def test_asking_once_a_day_misses_no_change(zone: str) -> None:
    """Asking every hour of two years finds as many changes."""
    place = load_zone(zone)
    start = datetime(2010, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    marks = [start + timedelta(hours=hour) for hour in range(24 * 730 + 1)]
    offsets = [offset_at(mark, place) for mark in marks]
    expected = sum(before != after for before, after in pairwise(offsets))
    found = offset_changes(place, 2010) + offset_changes(place, 2011)
    assert expected == len(found)


@pytest.mark.parametrize("zone", ZONES)
def test_the_offset_stays_until_the_named_instant(zone: str) -> None:
    """From any change the offset is steady, and the walk covers ten years."""
    place = load_zone(zone)
    at = datetime(2005, 1, 1, tzinfo=UTC)
    while at.year < 2015:
        until = steady_until(at, place)
        assert until > at
        just_before = until - timedelta(seconds=1)
        middle = at + (until - at) / 2
        expected = offset_at(at, place)
        assert [expected] * 2 == [
            offset_at(middle, place),
            offset_at(just_before, place),
        ]
        at = until


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Europe/Paris", "2026-07-01T12:00", "2026-07-01T10:00Z"),
        ("Europe/Paris", "2026-03-29T02:00", "2026-03-29T01:00Z"),
        ("Europe/Paris", "2026-03-29T02:59", "2026-03-29T01:00Z"),
        ("Europe/Paris", "2026-03-29T03:00", "2026-03-29T01:00Z"),
        ("Europe/Paris", "2026-10-25T02:30", "2026-10-25T00:30Z"),
        ("Europe/Paris", "2026-10-25T03:00", "2026-10-25T02:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z"),
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00Z"),
        ("Pacific/Apia", "2011-12-30T18:00", "2011-12-30T10:00Z"),
        ("Africa/Cairo", "2025-04-25T00:00", "2025-04-24T22:00Z"),
        ("America/Havana", "2025-11-02T00:00", "2025-11-02T04:00Z"),
        ("America/St_Johns", "2010-11-07T00:00", "2010-11-07T02:30Z"),
    ],
)
def test_a_wall_time_is_given_its_first_instant(
    zone: str, wall: str, expected: str
) -> None:
    """A repeated time gives its first pass, a skipped one the end of the gap."""
    found = first_instant(datetime.fromisoformat(wall), load_zone(zone))
    assert instant(expected) == found


@given(
    zone=st.sampled_from(ZONES).map(load_zone),
    at=st.datetimes(datetime(1972, 1, 1), datetime(2060, 1, 1)),  # noqa: DTZ001
)
def test_no_earlier_instant_shows_the_wall_time(zone: ZoneInfo, at: datetime) -> None:
    """A second earlier the clock shows less; at the instant it shows enough."""
    wall = at.replace(microsecond=0)
    found = first_instant(wall, zone)

    def shown(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=None)

    assert shown(found) >= wall
    assert shown(found - timedelta(seconds=1)) < wall
