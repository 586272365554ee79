"""Concentrations in other units, at a stated reference temperature."""

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from enum import StrEnum

from airq_cron.domain.measurement import HIGHEST_STORED
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import InvalidError

MOST_DIGITS = 200
# Wide enough for every product and difference of accepted values to be exact.
EXACT = Context(prec=2 * MOST_DIGITS, Emin=MIN_EMIN, Emax=MAX_EMAX)
SHOWN = Context(prec=50)
PARTICLES = frozenset({Pollutant.PM2_5, Pollutant.PM10})


class Reference(StrEnum):
    """The temperature at which a gas is weighed, at 101.3 kPa."""

    T20 = "20 C"
    T25 = "25 C"


# ug/m3 of one ppb, which is mg/m3 of one ppm. 20 C and 101.3 kPa: what Directive
# 2008/50/EC, Annex VI, demands of gases; 25 C: the practice of EPA and WHO. These
# are the rounded factors that agencies use: molar masses would give another last
# digit, and with it another index at a bound.
MASS_OF_PPB = {
    (Pollutant.NO2, Reference.T20): Decimal("1.9125"),
    (Pollutant.O3, Reference.T20): Decimal("1.9957"),
    (Pollutant.SO2, Reference.T20): Decimal("2.66"),
    (Pollutant.CO, Reference.T20): Decimal("1.1642"),
    (Pollutant.NO2, Reference.T25): Decimal("1.88"),
    (Pollutant.O3, Reference.T25): Decimal("1.96"),
    (Pollutant.SO2, Reference.T25): Decimal("2.62"),
    (Pollutant.CO, Reference.T25): Decimal("1.145"),
}


def convert(
    value: Decimal, unit: Unit, to: Unit, pollutant: Pollutant, reference: Reference
) -> Decimal:
    """
    Return *value*, given in *unit*, in the unit *to*.

    The result is exact to 50 digits. Particles are weighed as they are and have no
    volume: ppm and ppb are refused for them.

    Raises:
        InvalidError: names `unit`, or `value` as `check_value` does.
    """
    check_value(value)
    mass = EXACT.multiply(value, mass_of(unit, pollutant, reference))
    return SHOWN.divide(mass, mass_of(to, pollutant, reference))


def mass_of(unit: Unit, pollutant: Pollutant, reference: Reference) -> Decimal:
    """
    Return how many ug/m3 one of *unit* is; exact.

    Raises:
        InvalidError: names `unit`: particles have no mixing ratio.
    """
    if unit is Unit.UG_M3:
        return Decimal(1)
    if unit is Unit.MG_M3:
        return Decimal(1000)
    if pollutant in PARTICLES:
        raise InvalidError("unit", f"{pollutant} is given in ug/m3 or mg/m3 only")
    mass = MASS_OF_PPB[pollutant, reference]
    return mass * 1000 if unit is Unit.PPM else mass


def check_value(value: Decimal) -> None:
    """
    Refuse what is no concentration, so that arithmetic with the rest is exact.

    Raises:
        InvalidError: names `value`: not finite, above 1e9, or too many digits.
    """
    if not value.is_finite():
        raise InvalidError("value", "is not a finite number")
    # Unlike abs, this does not round, and so cannot overflow.
    if value.copy_abs() > HIGHEST_STORED:
        raise InvalidError("value", "lies beyond 1e9")
    _, digits, exponent = value.as_tuple()
    # A finite number's exponent is an integer; its type says "F" for infinity, too.
    if len(digits) > MOST_DIGITS or int(exponent) < -MOST_DIGITS:
        raise InvalidError("value", f"has more than {MOST_DIGITS} digits")
