"""Units, and concentrations as exact integers."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.pollutant import (
    MICRO,
    Pollutant,
    Unit,
    display,
    from_micros,
    mean_micros,
    parse_unit,
    to_micros,
)

BIGINT = 2**63 - 1
STORED = st.integers(-BIGINT, BIGINT)
VALUES = st.decimals(-10, 10**9, allow_nan=False, allow_infinity=False, places=9)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("ug/m3", Unit.UG_M3),
        ("µg/m³", Unit.UG_M3),
        ("μg/m³", Unit.UG_M3),
        (" microg/m3 ", Unit.UG_M3),
        ("UG/M3", Unit.UG_M3),
        ("mg/m³", Unit.MG_M3),
        ("ppm", Unit.PPM),
        ("PPB", Unit.PPB),
    ],
)
def test_every_spelling_of_a_unit_is_read(text: str, unit: Unit) -> None:
    """The micro sign, the Greek letter and Airparif's word are one unit."""
    assert unit == parse_unit(text)


@pytest.mark.parametrize("text", ["", "g/m3", "ug/m2", "particles/cm³", "u g/m3"])
def test_a_unit_of_nobody_is_none(text: str) -> None:
    """An unknown unit is never guessed."""
    assert parse_unit(text) is None


def test_the_names_of_the_pollutants_are_those_of_the_interface() -> None:
    """Outsiders rely on these words, in this order."""
    assert ["pm2_5", "pm10", "o3", "no2", "so2", "co"] == [
        one.value for one in Pollutant
    ]


@pytest.mark.parametrize(
    ("value", "micros", "lost"),
    [
        ("9.1", 9_100_000, False),
        ("-0.5", -500_000, False),
        ("0.0000005", 0, True),
        ("0.0000015", 2, True),
        ("0.00000151", 2, True),
        ("1E+9", 10**15, False),
    ],
)
def test_more_than_six_decimals_round_half_to_even(
    value: str, micros: int, lost: bool
) -> None:
    """A long series of such values has no drift, and each says so."""
    assert (micros, lost) == to_micros(Decimal(value))


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_not_finite_has_no_micros(value: str) -> None:
    """There is no integer for it."""
    with pytest.raises(ValueError, match="not a finite number"):
        to_micros(Decimal(value))


@given(value=VALUES)
def test_micros_are_the_nearest_integer(value: Decimal) -> None:
    """Nothing is farther off than half a millionth, and a loss is always said."""
    micros, lost = to_micros(value)

    distance = abs(Fraction(value) * MICRO - micros)

    assert distance <= Fraction(1, 2)
    assert lost == (distance != 0)


@given(micros=STORED)
def test_micros_survive_the_way_there_and_back(micros: int) -> None:
    """What the store holds is shown and read again unchanged."""
    assert (micros, False) == to_micros(from_micros(micros))


def test_twenty_four_times_the_same_value_average_to_it() -> None:
    """9.1 stays 9.1, where floats give 9.0999."""
    micros, _ = to_micros(Decimal("9.1"))

    assert micros == mean_micros(24 * micros, 24)


@pytest.mark.parametrize(
    ("total", "count", "mean"),
    [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (5, 3, 2), (0, 7, 0)],
)
def test_a_mean_rounds_half_away_from_zero(total: int, count: int, mean: int) -> None:
    """The agencies round so."""
    assert mean == mean_micros(total, count)


@given(values=st.lists(st.integers(-(10**16), 10**16), min_size=1, max_size=400))
def test_a_mean_lies_between_the_extremes(values: list[int]) -> None:
    """It is nearest to the true mean, whatever the order."""
    mean = mean_micros(sum(values), len(values))

    assert min(values) <= mean <= max(values)
    assert abs(Fraction(sum(values), len(values)) - mean) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("40.47825", "40.4783"), ("7.2", "7.2000"), ("96.54166666", "96.5417")],
)
def test_shown_values_round_half_up_to_four_places(value: str, shown: str) -> None:
    """One form in every interface."""
    assert shown == str(display(Decimal(value)))


def test_a_tiny_negative_value_is_shown_without_a_sign() -> None:
    """There is no negative zero in any answer."""
    assert "0.0000" == str(display(Decimal("-0.00001")))


def test_fewer_places_may_be_asked_for() -> None:
    """A coordinate or a share needs less."""
    assert Decimal("2.5") == display(Decimal("2.45"), 1)
