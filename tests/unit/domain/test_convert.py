"""Units: factors with a temperature, and what is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.convert import MASS_OF_PPB, Reference, convert
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import InvalidError

T20, T25 = Reference.T20, Reference.T25
UG, MG, PPM, PPB = Unit.UG_M3, Unit.MG_M3, Unit.PPM, Unit.PPB
GAS = st.sampled_from([Pollutant.O3, Pollutant.NO2, Pollutant.SO2, Pollutant.CO])
# g/mol, and litres that one mol of a gas fills at 101.325 kPa.
MOLAR = {
    Pollutant.O3: 47.998,
    Pollutant.NO2: 46.0055,
    Pollutant.SO2: 64.066,
    Pollutant.CO: 28.010,
}
VOLUME = {T20: 8.314463 * 293.15 / 101.325, T25: 8.314463 * 298.15 / 101.325}


@pytest.mark.parametrize(
    ("value", "unit", "to", "pollutant", "reference", "expected"),
    [
        ("1", PPB, UG, Pollutant.NO2, T20, "1.9125"),
        ("1", PPB, UG, Pollutant.NO2, T25, "1.88"),
        ("1", PPB, UG, Pollutant.O3, T20, "1.9957"),
        ("0.07", PPM, UG, Pollutant.O3, T25, "137.2"),
        ("245", UG, PPM, Pollutant.O3, T25, "0.125"),
        ("10", PPB, UG, Pollutant.SO2, T20, "26.6"),
        ("262", UG, PPB, Pollutant.SO2, T25, "100"),
        ("9", PPM, MG, Pollutant.CO, T25, "10.305"),
        ("1", PPM, MG, Pollutant.CO, T20, "1.1642"),
        ("1145", UG, PPM, Pollutant.CO, T25, "1"),
        ("0.3", PPM, PPB, Pollutant.CO, T20, "300"),
        ("12.3", UG, MG, Pollutant.PM2_5, T20, "0.0123"),
        ("0.0123", MG, UG, Pollutant.PM10, T25, "12.3"),
        ("-4.9", UG, UG, Pollutant.PM2_5, T25, "-4.9"),
    ],
)
def test_a_concentration_is_converted(
    value: str,
    unit: Unit,
    to: Unit,
    pollutant: Pollutant,
    reference: Reference,
    expected: str,
) -> None:
    """By the factors of the agencies, exactly, at the temperature that is named."""
    found = convert(Decimal(value), unit, to, pollutant, reference)

    assert Decimal(expected) == found


@pytest.mark.parametrize("pollutant", [Pollutant.PM2_5, Pollutant.PM10])
@pytest.mark.parametrize(("unit", "to"), [(UG, PPB), (PPM, UG), (PPB, PPB)])
def test_particles_have_no_mixing_ratio(
    pollutant: Pollutant, unit: Unit, to: Unit
) -> None:
    """A unit that cannot be converted is refused, not guessed."""
    with pytest.raises(InvalidError) as caught:
        convert(Decimal(1), unit, to, pollutant, T20)

    assert "unit" == caught.value.field


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "1e10", "1e-201"])
def test_what_is_no_concentration_is_refused(value: str) -> None:
    """Before any arithmetic, which it could make endless."""
    with pytest.raises(InvalidError) as caught:
        convert(Decimal(value), UG, MG, Pollutant.CO, T20)

    assert "value" == caught.value.field


@pytest.mark.parametrize(("pollutant", "reference"), MASS_OF_PPB)
def test_the_factors_follow_from_the_molar_mass(
    pollutant: Pollutant, reference: Reference
) -> None:
    """To the digits that the agencies kept: none is a typing mistake."""
    factor = float(MASS_OF_PPB[pollutant, reference])

    assert pytest.approx(MOLAR[pollutant] / VOLUME[reference], rel=2.5e-3) == factor


@given(
    st.decimals(-10, 10**5, allow_nan=False, places=6),
    GAS,
    st.sampled_from(Unit),
    st.sampled_from(Unit),
    st.sampled_from(Reference),
)
def test_there_and_back_is_the_same(
    value: Decimal, gas: Pollutant, unit: Unit, to: Unit, reference: Reference
) -> None:
    """To the digits anybody stores."""
    there = convert(value, unit, to, gas, reference)
    back = convert(there, to, unit, gas, reference)

    assert value == round(back, 6)
