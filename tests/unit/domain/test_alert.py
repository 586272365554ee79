"""When bad air raises an alert, and when it is over."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.alert import (
    CLEAR_HOURS,
    AirRule,
    Hours,
    began,
    cleared,
    firm_level,
    judge,
    parse_rules,
    reached,
    write_rules,
)
from airq_cron.domain.hourly import HourlyAggregate, aggregate_hour
from airq_cron.domain.measurement import Measurement, Origin
from airq_cron.domain.period import HOUR
from airq_cron.domain.pollutant import MICRO, Pollutant, Unit
from airq_cron.errors import InvalidError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PM2_5, O3, NO2, CO = Pollutant.PM2_5, Pollutant.O3, Pollutant.NO2, Pollutant.CO
AMERICAN, EUROPEAN = parse_rules("us-epa-2024:151,eaqi-2024:4")


def hour(at: datetime, value: float, of: Pollutant, unit: Unit) -> HourlyAggregate:
    row = Measurement(
        provider="open-meteo",
        location="paris",
        pollutant=of,
        valid_from=at,
        micros=round(value * MICRO),
        unit=unit,
        origin=Origin.MODELLED,
        fetched_at=at + HOUR,
    )
    return aggregate_hour(at, [row])


def hours(
    *values: float | None, of: Pollutant = PM2_5, unit: Unit = Unit.UG_M3
) -> Hours:
    """Give hours that end with that of noon, the oldest first; None is missing."""
    first = NOON - (len(values) - 1) * HOUR
    return [
        hour(first + number * HOUR, value, of, unit)
        for number, value in enumerate(values)
        if value is not None
    ]


def levels(air: Hours, rule: AirRule = AMERICAN) -> list[int]:
    """Return the levels of *rule* that one pollutant reaches."""
    return sorted(reached({air[-1].pollutant: air}, rule))


def test_air_that_stays_bad_reaches_its_category():
    """60 ug/m3 of PM2.5 are Unhealthy, and no more than that."""
    assert [4] == levels(hours(*[60] * 12))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([60] * 12, [4]), ([130] * 12, [4, 5]), ([400] * 12, [4, 5, 6]), ([20] * 12, [])],
)
def test_worse_air_reaches_every_category_below(values: list[float], expected):
    """Each is an alert of its own."""
    assert expected == levels(hours(*values))


@pytest.mark.parametrize("place", range(12))
def test_one_raw_hour_reaches_nothing(place: int):
    """1,847 ug/m3 were once measured in Paris, for one hour."""
    values = [12.0] * 12
    values[place] = 1847.0

    assert [] == levels(hours(*values))


def test_an_hourly_band_needs_the_hour_before():
    """The European index knows no mean."""
    assert [] == levels(hours(10, 10, 95), EUROPEAN)
    assert [4, 5] == levels(hours(10, 95, 95), EUROPEAN)
    assert [4] == levels(hours(10, 60, 95), EUROPEAN)


def test_a_high_hour_long_ago_does_not_vouch_for_the_newest():
    """Whatever single hour is left out means each in turn."""
    assert [] == levels(hours(*[300, 300], *[10] * 8, 95), EUROPEAN)


def test_a_gap_before_the_newest_hour_reaches_nothing():
    """What is not known raises no alert."""
    assert [] == levels(hours(95, None, 95), EUROPEAN)


def test_gases_are_judged_in_the_unit_they_came_in():
    """0.2 ppm of NO2 are 200 ppb, and Unhealthy for Sensitive Groups and more."""
    (rule,) = parse_rules("us-epa-2024:101")

    assert [3] == levels(hours(*[0.2] * 3, of=NO2, unit=Unit.PPM), rule)
    assert [3] == levels(hours(*[200] * 3, of=NO2, unit=Unit.PPB), rule)


def test_a_unit_that_says_nothing_reaches_nothing():
    """Particles have no mixing ratio; nothing is guessed."""
    assert [] == levels(hours(*[60] * 12, unit=Unit.PPB))


def test_a_pollutant_without_a_table_reaches_nothing():
    """The European index leaves out carbon monoxide."""
    assert [] == levels(hours(*[90_000] * 12, of=CO), EUROPEAN)


def test_the_worst_pollutant_speaks_for_a_level():
    """Its name stands in the alert."""
    air = {PM2_5: hours(*[60] * 12), O3: hours(*[350] * 12, of=O3)}

    assert O3 is reached(air, AMERICAN)[4].pollutant


def test_an_alert_began_with_its_unbroken_stretch():
    """By the facts, not when somebody looked."""
    air = hours(95, 10, 95, 95, 95)

    assert NOON - 2 * HOUR == began(air, EUROPEAN.scheme, 4)


def over(*values: float | None, level: int = 4) -> datetime | None:
    """Say since when the European alert about PM2.5 is over."""
    return cleared({PM2_5: hours(*values)}, EUROPEAN, level, PM2_5)


def test_an_alert_is_over_after_some_clearly_better_hours():
    """Level 4 begins above 50 ug/m3, at 60 on its scale; 54 are 39.5 ug/m3."""
    assert NOON - 2 * HOUR == over(95, 35, 35, 35)


@pytest.mark.parametrize(
    "values",
    [
        (95, 35, 35),
        (95, 35, 40, 35),
        (95, 35, 95, 35, 35),
        (35, None, 35),
        (95, 95, 95),
    ],
    ids=["two hours", "just below", "up again", "a gap", "still there"],
)
def test_otherwise_it_stays(values: tuple[float | None, ...]):
    """Air that wavers around a bound raises one alert, not many."""
    assert over(*values) is None


def test_another_pollutant_holds_an_alert_open():
    """The air is bad as long as any of it is."""
    air = {PM2_5: hours(35, 35, 35), O3: hours(200, 200, 200, of=O3)}

    assert cleared(air, EUROPEAN, 4, PM2_5) is None


def test_what_raised_an_alert_must_be_known_to_end_it():
    """A broken sensor is no good air."""
    air = {O3: hours(20, 20, 20, of=O3)}

    assert cleared(air, EUROPEAN, 4, PM2_5) is None
    assert NOON - 2 * HOUR == cleared(air, EUROPEAN, 4, O3)
    assert cleared({}, EUROPEAN, 4, O3) is None


AIR = st.lists(st.none() | st.integers(0, 700), min_size=1, max_size=27).filter(
    lambda values: values[-1] is not None
)


@given(AIR, st.sampled_from([AMERICAN, EUROPEAN]))
def test_nothing_is_both_reached_and_over(values: list[int | None], rule: AirRule):
    """Otherwise an alert would be raised and cleared by the same hours."""
    air = {PM2_5: hours(*values)}

    for level in reached(air, rule):
        assert cleared(air, rule, level, PM2_5) is None


@given(AIR, st.sampled_from([AMERICAN, EUROPEAN]))
def test_what_is_reached_is_reached_without_any_one_hour(
    values: list[int | None], rule: AirRule
):
    """The promise itself, and that the shortcut for clean air loses nothing."""
    air = hours(*values)
    newest = judge(air, rule.scheme, NOON)
    firm = min(firm_level(air, rule.scheme), newest.level if newest else 0)

    assert list(range(rule.from_level, firm + 1)) == levels(air, rule)


@given(AIR)
def test_worse_air_reaches_no_less(values: list[int | None]):
    """Of the European index, which takes each hour by itself."""
    worse = [None if value is None else value + 50 for value in values]

    assert set(levels(hours(*values), EUROPEAN)) <= set(levels(hours(*worse), EUROPEAN))


def test_the_margin_is_a_tenth_of_where_a_category_begins():
    """In the numbers of the scheme."""
    assert Decimal("135.9") == AMERICAN.clear_below(4)
    assert Decimal(54) == EUROPEAN.clear_below(4)
    assert Decimal(90) == EUROPEAN.clear_below(6)
    assert 3 == CLEAR_HOURS


@pytest.mark.parametrize(
    "text", ["none", "us-epa-2024:101", "us-epa-2024:301,eaqi-2024:2"]
)
def test_rules_are_written_as_they_are_read(text: str):
    """They go to other processes as text."""
    assert text == write_rules(parse_rules(text))


def test_any_index_of_a_category_stands_for_it():
    """101 to 150 are one."""
    assert parse_rules("us-epa-2024:101") == parse_rules(" us-epa-2024:150 ")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "scheme"),
        ("eaqi-2017:4", "scheme"),
        ("us-epa-2024", "index"),
        ("us-epa-2024:50", "index"),
        ("eaqi-2024:7", "index"),
        ("eaqi-2024:-1", "index"),
        ("eaqi-2024:٤", "index"),
        ("eaqi-2024:4,", "scheme"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(text: str, field: str):
    """With the field named."""
    with pytest.raises(InvalidError) as caught:
        parse_rules(text)

    assert field == caught.value.field
