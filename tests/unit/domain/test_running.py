"""Running 8-hour means, and the highest of a day, by two conventions."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.period import hour_starts, local_day
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.running import (
    AFTER,
    BEFORE,
    HighestMean,
    eu_daily_maximum,
    standard_offset,
    us_daily_maximum,
)

HOUR = timedelta(hours=1)
DAY = date(2026, 7, 1)
MIDNIGHT = datetime(2026, 7, 1, tzinfo=UTC)
UG, PPB = Unit.UG_M3, Unit.PPB
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Paris",
        "Europe/Dublin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Kolkata",
        "Asia/Kathmandu",
    ]
)
DATES = st.sampled_from(
    [
        *(date(2026, 3, day) for day in (8, 20, 22, 28, 29, 30)),
        *(date(2026, 4, day) for day in (4, 5, 6)),
        *(date(2026, 10, day) for day in (3, 4, 24, 25, 26)),
        *(date(2026, 11, day) for day in (1, 2)),
        date(2026, 7, 1),
    ]
)


def hours(*values: int | None, start: datetime = MIDNIGHT) -> dict[datetime, int]:
    """Give hourly means from *start* on; None is a missing one."""
    return {
        start + number * HOUR: value
        for number, value in enumerate(values)
        if value is not None
    }


def us(
    means: Mapping[datetime, int], zone: str = "UTC", unit: Unit = UG
) -> HighestMean | None:
    """Return the American figure of ozone on the first of July."""
    return us_daily_maximum(means, DAY, zone, Pollutant.O3, unit)


def test_a_mean_belongs_to_the_day_on_which_it_ends() -> None:
    """The first European one of a day begins at 17:00 of the day before."""
    flat = hours(*[0] * 24, start=MIDNIGHT - BEFORE) | hours(*[0] * 24)
    evening = flat | hours(*[80] * 7, start=MIDNIGHT - BEFORE)

    assert HighestMean(70, MIDNIGHT - BEFORE) == eu_daily_maximum(
        evening, local_day(DAY, "UTC")
    )


def test_the_first_of_equal_means_is_named() -> None:
    """Whatever the order in which hours came."""
    means = hours(*[5] * 40, start=MIDNIGHT - BEFORE)
    backwards = dict(reversed(means.items()))
    day = local_day(DAY, "UTC")

    assert HighestMean(5, MIDNIGHT - BEFORE) == eu_daily_maximum(means, day)
    assert HighestMean(5, MIDNIGHT - BEFORE) == eu_daily_maximum(backwards, day)
    assert HighestMean(5, MIDNIGHT + 7 * HOUR) == us(hours(*[5] * 40))


def test_a_mean_ends_8_hours_after_it_begins() -> None:
    """Its end is excluded."""
    assert MIDNIGHT + 8 * HOUR == HighestMean(1, MIDNIGHT).ends_at


@pytest.mark.parametrize(("there", "known"), [(6, True), (5, False)])
def test_a_mean_needs_six_of_its_eight_hours(*, there: int, known: bool) -> None:
    """One that is above the standard is enough for an American day."""
    means = hours(*[200_000_000] * there, start=MIDNIGHT + 12 * HOUR)

    assert known is (us(means) is not None)


@pytest.mark.parametrize(("valid", "sufficient"), [(18, True), (17, False)])
def test_a_european_day_needs_18_of_24_means(*, valid: int, sufficient: bool) -> None:
    """75 % of its hours."""
    # With the last hour h, means end until two hours after it: 6 of 8 are there.
    means = hours(*[9] * (7 + valid - 2), start=MIDNIGHT - BEFORE)

    found = eu_daily_maximum(means, local_day(DAY, "UTC"))

    assert sufficient is (found is not None)


@pytest.mark.parametrize(("valid", "sufficient"), [(13, True), (12, False)])
def test_an_american_day_needs_13_of_17_means(*, valid: int, sufficient: bool) -> None:
    """Those that begin from 07:00 to 23:00."""
    start = MIDNIGHT + 7 * HOUR
    # The window that begins at hour n is valid with hours until n + 5.
    means = hours(*[9] * (valid + 5), start=start)

    assert sufficient is (us(means) is not None)


@pytest.mark.parametrize(
    ("unit", "at_limit"), [(UG, 137_200_000), (PPB, 70_000_000), (Unit.PPM, 70_000)]
)
def test_few_means_are_enough_when_one_is_above_the_standard(
    unit: Unit, at_limit: int
) -> None:
    """More hours could only make it higher; at the standard is not above."""
    start = MIDNIGHT + 9 * HOUR
    over = hours(*[at_limit + 1] * 8, start=start)
    even = hours(*[at_limit] * 8, start=start)

    assert HighestMean(at_limit + 1, start - 2 * HOUR) == us(over, unit=unit)
    assert None is us(even, unit=unit)


def test_the_mean_is_cut_and_never_rounded_up() -> None:
    """Else 0.0709999 ppm would become an index of 101."""
    start = MIDNIGHT + 7 * HOUR
    means = hours(*[70_999] * 1, *[71_000] * 7, *[0] * 16, start=start)

    assert HighestMean(70_999, start) == us(means, unit=Unit.PPM)


def test_nothing_has_no_mean() -> None:
    """None is not 0."""
    assert None is eu_daily_maximum({}, local_day(DAY, "UTC"))
    assert None is us({})


@pytest.mark.parametrize(
    ("zone", "hours_east"),
    [
        ("UTC", 0),
        ("Europe/Paris", 1),
        ("Europe/Dublin", 0),
        ("America/New_York", -5),
        ("Australia/Lord_Howe", 10.5),
        ("Africa/Casablanca", 1),
        ("Asia/Kolkata", 5.5),
    ],
)
def test_standard_time_is_that_of_winter(zone: str, hours_east: float) -> None:
    """On both halves of the globe."""
    assert timedelta(hours=hours_east) == standard_offset(DAY, zone)


def test_american_hours_are_those_of_standard_time() -> None:
    """In July 07:00 in New York's winter time is 12:00 UTC, and 08:00 on clocks."""
    means = hours(*[0] * 12, *[90] * 8, *[0] * 20)

    found = us(means, "America/New_York")

    assert HighestMean(90, MIDNIGHT + 12 * HOUR) == found


# A second implementation, slow and in fractions.
def slow_mean(means: Mapping[datetime, int], start: datetime) -> Fraction | None:
    known = [means[at] for at in (start + n * HOUR for n in range(8)) if at in means]
    return Fraction(sum(known), len(known)) if len(known) >= 6 else None


def slow_best(means: Mapping[datetime, int], starts: list[datetime]) -> HighestMean:
    found = {at: slow_mean(means, at) for at in starts}
    best = max(one for one in found.values() if one is not None)
    return HighestMean(floor(best), min(at for at in starts if found[at] == best))


@given(day=DATES, zone=ZONES, data=st.data())
def test_a_second_implementation_agrees(
    day: date, zone: str, data: st.DataObject
) -> None:
    """Days of 23, 24 and 25 hours, in zones at whole and other hours."""
    period = local_day(day, zone)
    around = list(hour_starts(type(period)(period.start - BEFORE, period.end + AFTER)))
    value = st.one_of(st.none(), st.integers(-5_000_000, 300_000_000))
    given_ = data.draw(st.lists(value, min_size=len(around), max_size=len(around)))
    means = {at: one for at, one in zip(around, given_, strict=True) if one is not None}

    starts = [at - BEFORE for at in hour_starts(period)]
    valid = [at for at in starts if slow_mean(means, at) is not None]
    found = eu_daily_maximum(means, period)
    if 4 * len(valid) >= 3 * len(starts):
        assert slow_best(means, starts) == found
    else:
        assert None is found

    base = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    base -= standard_offset(day, zone)
    first = min(at for at in around if at >= base)
    starts = [first + n * HOUR for n in range(17)]
    assert starts[-1] + 8 * HOUR <= period.end + AFTER
    valid = [at for at in starts if slow_mean(means, at) is not None]
    american = us_daily_maximum(means, day, zone, Pollutant.O3, UG)
    if valid and (len(valid) >= 13 or slow_best(means, valid).micros > 137_200_000):
        assert slow_best(means, starts) == american
    else:
        assert None is american
