"""Periods, their hours, and local days of 23, 24, 25 hours and stranger ones."""

import pickle
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq_cron.domain.period import (
    HOUR,
    Period,
    days_ended,
    expected_hours,
    floor_hour,
    hour_starts,
    load_zone,
    local_date,
    local_day,
)
from airq_cron.errors import ScheduleError

ZONES = [
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/Havana",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
]
INSTANTS = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def period(start: str, end: str) -> Period:
    return Period(instant(start), instant(end))


def test_a_period_holds_its_start_and_not_its_end() -> None:
    """Adjoining periods share no instant."""
    hour = period("2026-01-01T00:00Z", "2026-01-01T01:00Z")
    assert hour.start in hour
    assert hour.end - timedelta.resolution in hour
    assert hour.end not in hour
    assert timedelta(hours=1) == hour.length


@pytest.mark.parametrize("broken", [0, 1])
def test_a_naive_end_is_refused(broken: int) -> None:
    """Neither end may leave its offset open."""
    ends = [instant("2026-01-01T00:00Z"), instant("2026-01-02T00:00Z")]
    ends[broken] = ends[broken].replace(tzinfo=None)
    with pytest.raises(ValueError, match="not aware UTC"):
        Period(*ends)


def test_an_end_in_another_zone_is_refused() -> None:
    """Arithmetic on wall clocks would be wrong across a clock change."""
    paris = datetime(2026, 7, 1, tzinfo=load_zone("Europe/Paris"))
    with pytest.raises(ValueError, match="not aware UTC"):
        Period(paris, paris + HOUR)


def test_an_end_of_a_zone_at_zero_becomes_utc() -> None:
    """London in winter shows UTC but does not count as it."""
    start = datetime(2026, 1, 1, tzinfo=load_zone("Europe/London"))
    found = Period(start, start + HOUR)
    assert (UTC, UTC) == (found.start.tzinfo, found.end.tzinfo)


def test_a_period_may_be_empty_but_not_reversed() -> None:
    """An empty one holds nothing; a reversed one is a mistake."""
    at = instant("2026-01-01T00:00Z")
    assert at not in Period(at, at)
    with pytest.raises(ValueError, match="before it starts"):
        Period(at, at - HOUR)


def test_a_period_survives_pickling() -> None:
    """It can be sent to another process."""
    day = local_day(date(2026, 3, 29), "Europe/Paris")
    assert day == pickle.loads(pickle.dumps(day))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-10-25T00:59:59.999999Z", "2026-10-25T00:00Z"),
        ("2026-10-25T01:00:00Z", "2026-10-25T01:00Z"),
        ("2026-10-25T05:45:00+05:45", "2026-10-25T00:00Z"),
        ("2026-10-25T05:15:00+05:30", "2026-10-24T23:00Z"),
    ],
)
def test_an_instant_is_floored_to_its_utc_hour(at: str, expected: str) -> None:
    """The hour is one of UTC, whatever offset the instant came with."""
    assert instant(expected) == floor_hour(datetime.fromisoformat(at))


def test_flooring_refuses_a_naive_instant() -> None:
    """A naive instant lies in no known hour."""
    with pytest.raises(ValueError, match="naive"):
        floor_hour(datetime(2026, 1, 1))  # noqa: DTZ001


def test_hours_are_those_that_start_in_the_period() -> None:
    """A period off the hour takes the hour it ends in, not the one it starts in."""
    found = list(hour_starts(period("2026-01-01T18:30Z", "2026-01-01T21:30Z")))
    expected = ["2026-01-01T19:00Z", "2026-01-01T20:00Z", "2026-01-01T21:00Z"]
    assert [instant(text) for text in expected] == found
    assert 3 == expected_hours(period("2026-01-01T18:30Z", "2026-01-01T21:30Z"))


@given(start=INSTANTS, length=st.timedeltas(timedelta(), timedelta(days=3)))
def test_hours_are_counted_as_they_are_listed(
    start: datetime, length: timedelta
) -> None:
    """The count needs no walk and agrees with it, on and off the hour."""
    for begin in (start, floor_hour(start)):
        span = Period(begin, begin + length)
        assert len(list(hour_starts(span))) == expected_hours(span)


@pytest.mark.parametrize(
    ("zone", "day", "expected", "hours"),
    [
        ("UTC", "2026-03-29", "2026-03-29T00:00Z", 24),
        ("Europe/Paris", "2026-03-28", "2026-03-27T23:00Z", 24),
        ("Europe/Paris", "2026-03-29", "2026-03-28T23:00Z", 23),
        ("Europe/Paris", "2026-10-25", "2026-10-24T22:00Z", 25),
        ("Europe/Paris", "2013-03-31", "2013-03-30T23:00Z", 23),
        ("Europe/Paris", "2013-10-27", "2013-10-26T22:00Z", 25),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00Z", 23),
        ("America/New_York", "2026-11-01", "2026-11-01T04:00Z", 25),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z", 25),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30Z", 23),
        ("Africa/Casablanca", "2025-02-23", "2025-02-22T23:00Z", 25),
        ("Africa/Casablanca", "2025-04-06", "2025-04-06T00:00Z", 23),
        ("Africa/Cairo", "2025-04-25", "2025-04-24T22:00Z", 23),
        ("America/Havana", "2025-11-02", "2025-11-02T04:00Z", 25),
        ("America/St_Johns", "2010-11-06", "2010-11-06T02:30Z", 24),
        ("America/St_Johns", "2010-11-07", "2010-11-07T02:30Z", 25),
        ("Asia/Kolkata", "2026-01-01", "2025-12-31T18:30Z", 24),
        ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15Z", 24),
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00Z", 24),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", 0),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z", 24),
    ],
)
def test_a_local_day_is_as_long_as_it_was_lived(
    zone: str, day: str, expected: str, hours: int
) -> None:
    """Also where midnight does not exist, comes twice, or the date is skipped."""
    found = local_day(date.fromisoformat(day), zone)
    assert instant(expected) == found.start
    assert hours == expected_hours(found)


@pytest.mark.parametrize(
    ("day", "length"), [("2026-04-05", 24.5), ("2026-10-04", 23.5)]
)
def test_a_half_hour_change_makes_a_half_hour_day(day: str, length: float) -> None:
    """Lord Howe moves its clocks by thirty minutes."""
    found = local_day(date.fromisoformat(day), "Australia/Lord_Howe")
    assert timedelta(hours=length) == found.length


def test_paris_has_six_short_and_six_long_days_in_six_years() -> None:
    """Twelve clock changes, and every other day has 24 hours."""
    first = date(2011, 1, 1)
    lengths = [
        expected_hours(local_day(first + timedelta(days=number), "Europe/Paris"))
        for number in range(365 * 6 + 2)
    ]
    assert (6, 6) == (lengths.count(23), lengths.count(25))
    assert len(lengths) - 12 == lengths.count(24)


@settings(max_examples=200)
@given(zone=st.sampled_from(ZONES), at=INSTANTS)
def test_every_instant_lies_in_the_day_of_its_date(zone: str, at: datetime) -> None:
    """Local days cover all time, and no instant lies in two."""
    day = local_date(at, zone)
    assert at in local_day(day, zone)
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        assert at not in local_day(other, zone)


@given(zone=st.sampled_from(ZONES), day=st.dates(date(1990, 1, 1), date(2040, 1, 1)))
def test_a_day_ends_where_the_next_begins(zone: str, day: date) -> None:
    """No gap and no overlap between neighbours."""
    following = local_day(day + timedelta(days=1), zone)
    assert local_day(day, zone).end == following.start


def test_minutes_repeated_over_midnight_belong_to_the_new_day() -> None:
    """St John's went from 00:01 back to 23:01; the old day was over by then."""
    repeated = instant("2010-11-07T03:00Z")
    shown = repeated.astimezone(load_zone("America/St_Johns")).date()
    assert date(2010, 11, 6) == shown
    assert date(2010, 11, 7) == local_date(repeated, "America/St_Johns")


def test_days_that_ended_are_those_whose_end_was_passed() -> None:
    """The daily job at 23:59 UTC closes one day, in Paris the one just over."""
    found = days_ended(
        instant("2026-10-24T23:59Z"), instant("2026-10-25T23:59Z"), "Europe/Paris"
    )
    assert [date(2026, 10, 25)] == found


def test_an_end_at_the_limit_counts_once() -> None:
    """The span is open at its start and closed at its end."""
    end = local_day(date(2026, 1, 1), "UTC").end
    assert [date(2026, 1, 1)] == days_ended(end - HOUR, end, "UTC")
    assert [] == days_ended(end, end + HOUR, "UTC")


def test_a_skipped_date_never_ends() -> None:
    """Apia had no 30 December 2011, so no statistics can be due for it."""
    found = days_ended(
        instant("2011-12-29T00:00Z"), instant("2012-01-01T00:00Z"), "Pacific/Apia"
    )
    assert [date(2011, 12, 28), date(2011, 12, 29), date(2011, 12, 31)] == found[-3:]
    assert date(2011, 12, 30) not in found


def test_no_day_ends_in_a_reversed_span() -> None:
    """A clock that went back closes nothing."""
    late, early = instant("2026-02-01T00:00Z"), instant("2026-01-01T00:00Z")
    assert [] == days_ended(late, early, "Europe/Paris")


@settings(max_examples=50)
@given(
    zone=st.sampled_from(ZONES),
    first=INSTANTS,
    steps=st.tuples(*[st.timedeltas(timedelta(), timedelta(days=9))] * 2),
)
def test_days_ended_do_not_depend_on_how_time_is_cut(
    zone: str, first: datetime, steps: tuple[timedelta, timedelta]
) -> None:
    """Two adjoining spans give what the whole gives."""
    middle, last = first + steps[0], first + steps[0] + steps[1]
    whole = days_ended(first, last, zone)
    assert whole == days_ended(first, middle, zone) + days_ended(middle, last, zone)
    assert all(first < local_day(day, zone).end <= last for day in whole)


def test_an_unknown_zone_has_no_days() -> None:
    """The field to correct is named."""
    with pytest.raises(ScheduleError) as refusal:
        local_day(date(2026, 1, 1), "Europe/Nowhere")
    assert "timezone" == refusal.value.field
