"""Cron rules across clock changes, judged by two oracles that know no cron library."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq_cron.domain.cron import CronRule
from airq_cron.domain.period import Period, load_zone, local_day

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

PARIS = "Europe/Paris"
CHANGES = [
    (PARIS, "2026-03-29T01:00Z"),
    (PARIS, "2026-10-25T01:00Z"),
    ("America/New_York", "2026-03-08T07:00Z"),
    ("America/New_York", "2026-11-01T06:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ("Pacific/Apia", "2011-12-30T10:00Z"),
    ("Pacific/Apia", "2021-04-03T14:00Z"),
    ("Africa/Casablanca", "2025-02-23T02:00Z"),
    ("Africa/Casablanca", "2025-04-06T02:00Z"),
    ("Africa/Cairo", "2025-04-24T22:00Z"),
    ("America/Havana", "2025-11-02T05:00Z"),
    ("America/St_Johns", "2010-11-07T02:31Z"),
]
EXPRESSIONS = [
    "* * * * *",
    "0 * * * *",
    "*/7 * * * *",
    "30 2 * * *",
    "*/30 2 * * *",
    "0 2 * * 0",
    "15,45 1-3 * * *",
    "*/20 0,3,5 * * *",
    "0 0 * * *",
]
INSTANTS = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def matching_minutes(
    minutes: set[int], hours: set[int], zone: str, span: Period
) -> list[datetime]:
    """Real time: every minute of *span* whose local time matches."""
    place = load_zone(zone)
    found = []
    at = span.start
    while at < span.end:
        wall = at.astimezone(place)
        if wall.minute in minutes and wall.hour in hours:
            found.append(at)
        at += MINUTE
    return found


def once_a_local_day(
    minutes: set[int], hours: set[int], zone: str, span: Period
) -> list[datetime]:
    """Fixed times: the first minute of *span* that shows each named time or later."""
    place = load_zone(zone)
    every = matching_minutes(set(range(60)), set(range(24)), zone, span)
    shown = [at.astimezone(place).replace(tzinfo=None) for at in every]
    named = [
        datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001
        for day in sorted(_dates(shown[0].date(), shown[-1].date()))
        for hour in hours
        for minute in minutes
    ]
    fires = {
        next((at for at, wall in zip(every, shown, strict=True) if wall >= name), None)
        for name in named
        if shown[0] < name
    }
    return sorted(fire for fire in fires if fire is not None)


def _dates(first: date, last: date) -> set[date]:
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}


@pytest.mark.parametrize(
    ("expression", "day", "expected"),
    [
        ("30 2 * * *", "2026-03-29", ["01:00"]),
        ("30 2 * * *", "2026-10-25", ["00:30"]),
        ("*/30 2 * * *", "2026-03-29", []),
        ("*/30 2 * * *", "2026-10-25", ["00:00", "00:30", "01:00", "01:30"]),
        ("0 2 * * 0", "2026-03-29", ["01:00"]),
        ("0 2 * * 0", "2026-10-25", ["00:00"]),
        ("30 2 * * *", "2026-06-15", ["00:30"]),
    ],
)
def test_paris_fires_as_debian_does(
    expression: str, day: str, expected: list[str]
) -> None:
    """Fixed times fire once on the day of a change; wildcards follow real time."""
    span = local_day(date.fromisoformat(day), PARIS)
    found = CronRule(expression, PARIS).between(span.start - MINUTE, span.end - MINUTE)
    assert expected == [fire.strftime("%H:%M") for fire in found]


@pytest.mark.parametrize(
    ("expression", "since", "real_hours", "expected"),
    [
        ("0 * * * *", "2026-10-24T21:59Z", 7, 7),
        ("0 * * * *", "2026-03-28T21:59Z", 7, 7),
        ("* * * * *", "2026-10-25T00:00Z", 2, 120),
        ("* * * * *", "2026-03-29T00:00Z", 2, 120),
    ],
)
def test_real_hours_and_minutes_are_all_there(
    expression: str, since: str, real_hours: int, expected: int
) -> None:
    """No hour or minute is lost or doubled by the change of the clocks."""
    start = instant(since)
    found = CronRule(expression, PARIS).between(start, start + real_hours * HOUR)
    assert expected == len(found)
    assert 1 == len({after - before for before, after in pairwise(found)})


@pytest.mark.parametrize(
    ("expression", "day", "expected"),
    [
        ("*/30 2 * * *", "2026-04-05", ["02:00", "02:30"]),
        ("*/30 2 * * *", "2026-10-04", ["02:30"]),
        ("*/20 5 * * *", "2026-04-05", ["05:00", "05:20", "05:40"]),
        ("*/20 5 * * *", "2026-10-04", ["05:00", "05:20", "05:40"]),
        ("*/30 1 * * *", "2026-04-05", ["01:00", "01:30", "01:30"]),
        ("15 2 * * *", "2026-10-04", ["02:30"]),
        ("45 1 * * *", "2026-04-05", ["01:45"]),
    ],
)
def test_lord_howe_loses_nothing_to_its_half_hour(
    expression: str, day: str, expected: list[str]
) -> None:
    """Hours after the change are whole again; plain cronsim steps over them."""
    zone = "Australia/Lord_Howe"
    span = local_day(date.fromisoformat(day), zone)
    found = CronRule(expression, zone).between(span.start - MINUTE, span.end - MINUTE)
    place = load_zone(zone)
    assert expected == [fire.astimezone(place).strftime("%H:%M") for fire in found]


def test_a_skipped_date_fires_at_its_end_or_not_at_all() -> None:
    """Apia had no 30 December: the fixed job fires when it was over."""
    since, until = instant("2011-12-30T09:59Z"), instant("2011-12-30T23:00Z")
    fixed = CronRule("30 12 * * *", "Pacific/Apia").between(since, until)
    expected = [instant("2011-12-30T10:00Z"), instant("2011-12-30T22:30Z")]
    assert expected == fixed
    assert [] == CronRule("*/5 * 30 12 *", "Pacific/Apia").between(since, until)


@pytest.mark.parametrize(("zone", "change"), CHANGES)
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_fire_times_do_not_depend_on_where_one_starts(
    expression: str, zone: str, change: str
) -> None:
    """From every minute of eight hours around a change the same series follows."""
    rule = CronRule(expression, zone)
    around = instant(change)
    series = rule.between(around - timedelta(days=3), around + timedelta(days=2))
    for minute in range(-240, 241):
        start = around + minute * MINUTE
        first = bisect_right(series, start)
        found = rule.between(start, around + timedelta(days=2), limit=12)
        assert series[first : first + 12] == found


@pytest.mark.parametrize(("zone", "change"), CHANGES)
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_previous_fire_time_is_the_one_before(
    expression: str, zone: str, change: str
) -> None:
    """Looking back finds the neighbour in the series, also across a change."""
    rule = CronRule(expression, zone)
    around = instant(change)
    series = rule.between(around - timedelta(days=9), around + timedelta(hours=9))
    recent = [fire for fire in series if fire > around - timedelta(hours=9)][:20]
    for fire in recent[1:]:
        assert series[series.index(fire) - 1] == rule.previous(fire)
        assert fire == rule.previous(fire + timedelta(seconds=1))


@settings(max_examples=40)
@given(
    place=st.sampled_from(CHANGES),
    minutes=st.sets(st.integers(0, 59), min_size=1, max_size=6),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=6),
)
def test_fixed_times_agree_with_the_oracle(
    place: tuple[str, str], minutes: set[int], hours: set[int]
) -> None:
    """Each named time fires once, at the first instant that shows it or later."""
    zone, change = place
    start = instant(change) - timedelta(hours=30)
    span = Period(start, start + timedelta(hours=60))
    fields = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * *"
    found = CronRule(fields, zone).between(span.start, span.end - MINUTE)
    assert once_a_local_day(minutes, hours, zone, span) == found


@settings(max_examples=40)
@given(
    place=st.sampled_from(CHANGES),
    step=st.integers(1, 59),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=6),
)
def test_wildcards_agree_with_the_oracle(
    place: tuple[str, str], step: int, hours: set[int]
) -> None:
    """Every real minute whose local time matches fires, and no other."""
    zone, change = place
    start = instant(change) - timedelta(hours=30)
    span = Period(start, start + timedelta(hours=60))
    fields = f"*/{step} {','.join(map(str, hours))} * * *"
    found = CronRule(fields, zone).between(span.start - MINUTE, span.end - MINUTE)
    assert matching_minutes(set(range(0, 60, step)), hours, zone, span) == found


@given(
    expression=st.sampled_from([*EXPRESSIONS, "0 0 1 * *", "5 4 * 2 MON", "0 9 L * *"]),
    zone=st.sampled_from(sorted({zone for zone, _ in CHANGES})),
    start=INSTANTS,
    steps=st.tuples(*[st.timedeltas(timedelta(), timedelta(days=2))] * 2),
)
def test_adjoining_windows_share_and_lose_nothing(
    expression: str, zone: str, start: datetime, steps: tuple[timedelta, timedelta]
) -> None:
    """Cut anywhere, the parts give the whole: rising, without doubles."""
    rule = CronRule(expression, zone)
    middle, end = start + steps[0], start + steps[0] + steps[1]
    whole = rule.between(start, end)
    assert whole == rule.between(start, middle) + rule.between(middle, end)
    assert whole == sorted(set(whole))
    assert all(start < fire <= end for fire in whole)


@given(
    expression=st.sampled_from(["*/5 * * * *", "0 3 * * *", "0 0 29 2 *", "0 7 * * 1"]),
    at=INSTANTS,
)
def test_looking_back_and_forth_meets(expression: str, at: datetime) -> None:
    """Nothing fires between the previous fire time and the instant itself."""
    rule = CronRule(expression, PARIS)
    last = rule.previous(at)
    assert last is not None
    assert last < at
    assert [last] == rule.between(last - MINUTE, at - timedelta.resolution)


def test_a_fire_time_is_after_the_cursor_to_the_microsecond() -> None:
    """The cursor's own minute is past; a moment earlier it is still to come."""
    rule = CronRule("30 2 * * *", "UTC")
    fire = instant("2026-01-01T02:30Z")
    assert fire == rule.next_after(fire - timedelta.resolution)
    assert fire + timedelta(days=1) == rule.next_after(fire)
    assert fire == rule.previous(fire + timedelta.resolution)


def test_the_start_in_a_repeated_hour_never_answers_the_past() -> None:
    """From the second 02:00 of Paris, 02:30 has had its turn: plain cronsim fails."""
    found = CronRule("30 2 * * *", PARIS).next_after(instant("2026-10-25T01:00Z"))
    assert instant("2026-10-26T01:30Z") == found


def test_the_last_sunday_job_is_found_across_a_week() -> None:
    """The data interval of a weekly run begins at the run before."""
    rule = CronRule("0 2 * * 0", "UTC")
    assert instant("2026-03-22T02:00Z") == rule.previous(instant("2026-03-29T02:00Z"))


def test_a_leap_day_is_found_over_many_years() -> None:
    """The look-back widens until it reaches the last one."""
    rule = CronRule("0 0 29 2 *", "UTC")
    at = instant("2027-12-31T00:00Z")
    assert instant("2024-02-29T00:00Z") == rule.previous(at)
    assert instant("2028-02-29T00:00Z") == rule.next_after(at)


def test_nothing_fires_before_1970() -> None:
    """The series begins with the epoch itself, from however early one looks."""
    rule = CronRule("0 0 * * *", "UTC")
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert epoch == rule.next_after(datetime(1, 1, 1, tzinfo=UTC))
    assert rule.previous(epoch) is None
    assert rule.previous(datetime(1950, 1, 1, tzinfo=UTC)) is None
    assert epoch == rule.previous(epoch + MINUTE)


@pytest.mark.parametrize("expression", ["* * * * *", "0 0 * * *", "* * 29 2 *"])
def test_the_series_ends_with_the_calendar(expression: str) -> None:
    """At the end of time there is no error, only nothing more."""
    rule = CronRule(expression, PARIS)
    assert rule.next_after(datetime(9999, 12, 31, 23, 59, tzinfo=UTC)) is None
    assert [] == rule.between(
        datetime(9950, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    )
    assert len(list(islice(rule.after(datetime(9899, 12, 31, tzinfo=UTC)), 5))) < 6


def test_a_naive_instant_is_refused() -> None:
    """It would name another time in another place."""
    with pytest.raises(ValueError, match="naive"):
        CronRule("* * * * *", PARIS).next_after(datetime(2026, 1, 1))  # noqa: DTZ001


def test_any_offset_names_the_same_instant() -> None:
    """The cursor may be given in any zone; the answer is in UTC."""
    rule = CronRule("0 12 * * *", PARIS)
    at = instant("2026-07-01T00:00Z")
    found = rule.next_after(at.astimezone(load_zone("Asia/Tokyo")))
    assert rule.next_after(at) == found
    assert found is not None
    assert UTC is found.tzinfo


def test_a_limit_takes_the_first_ones() -> None:
    """A bounded question gets the beginning of the unbounded answer."""
    rule = CronRule("*/10 * * * *", PARIS)
    start = instant("2026-01-01T00:00Z")
    whole = rule.between(start, start + HOUR)
    assert whole[:4] == rule.between(start, start + HOUR, limit=4)
    assert [] == rule.between(start, start + HOUR, limit=0)
    assert [] == rule.between(start, start - HOUR)
