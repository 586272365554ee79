"""Limits are exceeded by what lies above them, in their own unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.convert import Reference
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.rating import rate_day
from airq_cron.domain.scales.scheme import Averaging
from airq_cron.domain.standards import (
    LIMITS,
    REFERENCES,
    SOURCES,
    TITLES,
    Comparison,
    Standard,
    compare,
    exceedances,
)
from tests.day_rows import categories, gas, statistic


def test_every_standard_has_a_title_a_source_and_a_temperature():
    """Nobody has to guess where a number comes from."""
    for names in (TITLES, SOURCES, REFERENCES):
        assert set(Standard) == set(names)
    assert set(Standard) == {limit.standard for limit in LIMITS}


def test_no_limit_stands_twice():
    """Ozone's information and alert thresholds differ by their value."""
    keys = [(one.standard, one.pollutant, one.averaging, one.value) for one in LIMITS]

    assert len(LIMITS) == len(set(keys))


@pytest.mark.parametrize(
    ("standard", "pollutant", "averaging", "value", "unit", "permitted"),
    [
        ("who-2021", "pm2_5", "24h", "15", "ug/m3", None),
        ("who-2021", "o3", "8h", "100", "ug/m3", None),
        ("who-2021", "co", "24h", "4", "mg/m3", None),
        ("eu-2008-50", "pm10", "24h", "50", "ug/m3", 35),
        ("eu-2008-50", "no2", "1h", "200", "ug/m3", 18),
        ("eu-2008-50", "so2", "24h", "125", "ug/m3", 3),
        ("eu-2030", "pm2_5", "24h", "25", "ug/m3", 18),
        ("eu-2030", "pm10", "24h", "45", "ug/m3", 18),
        ("eu-2030", "no2", "24h", "50", "ug/m3", 18),
        ("us-naaqs", "pm2_5", "24h", "35", "ug/m3", None),
        ("us-naaqs", "pm10", "24h", "150", "ug/m3", 1),
        ("us-naaqs", "o3", "8h", "0.070", "ppm", None),
        ("us-naaqs", "no2", "1h", "100", "ppb", None),
        ("us-naaqs", "so2", "1h", "75", "ppb", None),
        ("us-naaqs", "co", "8h", "9", "ppm", 1),
        ("us-naaqs", "co", "1h", "35", "ppm", 1),
    ],
)
def test_limits_are_those_of_their_texts(
    standard: str,
    pollutant: str,
    averaging: str,
    value: str,
    unit: str,
    permitted: int | None,
):
    """A slip of the pen would have to be made twice."""
    (found,) = [
        limit
        for limit in LIMITS
        if (limit.standard, limit.pollutant, limit.averaging)
        == (Standard(standard), Pollutant(pollutant), Averaging(averaging))
    ]

    assert (Decimal(value), Unit(unit), permitted) == (
        found.value,
        found.unit,
        found.permitted,
    )


def test_gases_are_weighed_at_the_temperature_of_their_standard():
    """20 C in the directives, 25 C elsewhere."""
    assert {
        "who-2021": Reference.T25,
        "eu-2008-50": Reference.T20,
        "eu-2030": Reference.T20,
        "us-naaqs": Reference.T25,
    } == {limit.standard.value: limit.reference for limit in LIMITS}


def test_a_dirty_day_exceeds_them_one_by_one():
    """The Paris mean of 2014-03-14 is above three of four limits of fine dust."""
    found = exceedances(statistic("96.541666"))

    assert ["who-2021 24h", "eu-2030 24h", "us-naaqs 24h"] == categories(found)
    assert Decimal("6.436") == round(found[0].ratio or Decimal(0), 3)


@pytest.mark.parametrize(
    ("mean", "expected"),
    [("15", []), ("15.000001", ["who-2021 24h"]), ("14.999999", [])],
)
def test_only_what_lies_above_a_limit_exceeds_it(mean: str, expected: list[str]):
    """A millionth decides, and equality is allowed."""
    assert expected == categories(exceedances(statistic(mean)))


def test_ozone_is_held_against_limits_in_two_units():
    """0.071 ppm, the first above 0.070, are 139.16 ug/m3 at 25 C."""
    at = gas(Pollutant.O3, eu="100", us="139.159999")
    above = gas(Pollutant.O3, eu="120.1", us="139.16")

    assert [] == categories(exceedances(at))
    assert ["who-2021 8h", "eu-2008-50 8h", "eu-2030 8h", "us-naaqs 8h"] == categories(
        exceedances(above)
    )


@pytest.mark.parametrize(
    ("pollutant", "unit", "met", "exceeding"),
    [
        (Pollutant.PM2_5, Unit.UG_M3, "35.499999", "35.5"),
        (Pollutant.PM10, Unit.UG_M3, "154.999999", "155"),
        (Pollutant.O3, Unit.PPM, "0.070999", "0.071"),
        (Pollutant.NO2, Unit.PPB, "100.499999", "100.5"),
        (Pollutant.SO2, Unit.PPB, "75.499999", "75.5"),
        (Pollutant.CO, Unit.PPM, "9.499999", "9.5"),
    ],
)
def test_the_american_standards_say_which_digits_count(
    pollutant: Pollutant, unit: Unit, met: str, exceeding: str
):
    """The figure told stays exact; only what is compared is rounded or cut."""

    def judged(figure: str) -> list[tuple[Decimal | None, bool | None]]:
        row = gas(pollutant, figure, largest=figure, us=figure, unit=unit)
        return [
            (one.value, one.exceeded)
            for one in compare(row)
            if one.limit.standard is Standard.US_NAAQS
            and one.limit.value != Decimal(35) * (pollutant is Pollutant.CO)
        ]

    assert [(Decimal(met), False)] == judged(met)
    assert [(Decimal(exceeding), True)] == judged(exceeding)


@given(tenths=st.integers(0, 5000))
def test_dust_exceeds_the_american_day_where_its_index_passes_100(tenths: int):
    """An index of 101 beside a standard that is met would contradict itself."""
    mean = Decimal(tenths) / 10
    for pollutant in (Pollutant.PM2_5, Pollutant.PM10):
        row = statistic(mean, pollutant=pollutant)
        index = rate_day(row)["us-epa-2024"].index.index
        told = [one for one in categories(exceedances(row)) if "us-naaqs" in one]
        assert index is not None
        assert (index > 100) == bool(told)


def test_carbon_monoxide_may_come_in_ug():
    """10 mg/m3 are 10,000 ug/m3."""
    found = {
        one.limit.standard: one
        for one in compare(gas(Pollutant.CO, "300", eu="10001", us="10001"))
        if one.limit.averaging is Averaging.H8
    }

    assert Decimal("10.001") == found[Standard.EU_2008].value
    assert (True, False) == (
        found[Standard.EU_2008].exceeded,
        found[Standard.US_NAAQS].exceeded,
    )


def test_a_mixing_ratio_is_weighed_at_the_limits_temperature():
    """105 ppb of NO2 are 200.8 ug/m3 at 20 C, but 197.4 at 25 C."""
    row = gas(Pollutant.NO2, "20", largest="105", unit=Unit.PPB)
    hourly = {
        one.limit.standard: one.exceeded
        for one in compare(row)
        if one.limit.averaging is Averaging.H1
    }

    assert {
        Standard.WHO_2021: False,
        Standard.EU_2008: True,
        Standard.EU_2030: True,
        Standard.US_NAAQS: True,
    } == hourly


@pytest.mark.parametrize("valid", [0, 1, 17])
def test_a_day_of_too_few_hours_says_nothing_of_its_mean(valid: int):
    """Not judged is neither met nor exceeded."""
    found = compare(statistic("96", valid=valid))

    assert [None] * len(found) == [one.exceeded for one in found]
    assert [None] * len(found) == [one.ratio for one in found]


def test_one_hour_above_its_limit_counts_however_few_there_are():
    """The hours that lack cannot undo it; below the limit they might exceed it."""
    above = compare(gas(Pollutant.NO2, "30", largest="201", valid=2))
    below = compare(gas(Pollutant.NO2, "30", largest="199", valid=2))

    def hours(found: tuple[Comparison, ...]) -> list[bool | None]:
        return [one.exceeded for one in found if "eu-2008-50 1h" in categories([one])]

    assert ([True], [None]) == (hours(above), hours(below))


def test_a_unit_that_cannot_be_converted_is_not_judged():
    """Dust has no mixing ratio; nothing is guessed."""
    found = compare(statistic("96", unit=Unit.PPB))

    assert [None] * len(found) == [one.value for one in found]


def test_each_pollutant_is_held_against_its_own_limits():
    """No comparison of one pollutant names another."""
    for pollutant in Pollutant:
        found = compare(statistic(pollutant=pollutant))
        assert {pollutant} == {one.limit.pollutant for one in found}


concentrations = st.decimals("0", "5000", places=6)


@given(mean=concentrations)
def test_exceeding_is_being_more_than_one_limit(mean: Decimal):
    """Value, limit, ratio and verdict agree for every concentration."""
    for one in compare(statistic(mean)):
        assert mean == one.value
        assert one.compared is not None
        assert (one.compared > one.limit.value) == one.exceeded
        assert one.ratio is not None
        assert (one.ratio > 1) == one.exceeded


@given(low=concentrations, high=concentrations, pollutant=st.sampled_from(Pollutant))
def test_dirtier_air_never_exceeds_less(
    low: Decimal, high: Decimal, pollutant: Pollutant
):
    """What exceeds a limit still does when everything is higher."""
    low, high = sorted((low, high))
    before, after = (
        gas(pollutant, str(one), largest=one, eu=str(one), us=str(one))
        for one in (low, high)
    )

    assert {one.limit for one in exceedances(before)} <= {
        one.limit for one in exceedances(after)
    }


@given(value=concentrations, pollutant=st.sampled_from([Pollutant.CO, Pollutant.PM10]))
def test_the_unit_of_a_day_changes_no_verdict(value: Decimal, pollutant: Pollutant):
    """A day in mg/m3 is the same day as in ug/m3."""
    large = gas(pollutant, str(value), eu=str(value), us=str(value), unit=Unit.MG_M3)
    thousand = str(value * 1000)
    small = gas(pollutant, thousand, eu=thousand, us=thousand)

    assert exceedances(large) == exceedances(small)
