"""Pollutants, units, and concentrations as exact integers."""

from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum

MICRO = 1_000_000


class Pollutant(StrEnum):
    """What is measured; the value is the name in every interface."""

    PM2_5 = "pm2_5"
    PM10 = "pm10"
    O3 = "o3"
    NO2 = "no2"
    SO2 = "so2"
    CO = "co"


class Unit(StrEnum):
    """How a concentration is written; the value uses plain ASCII."""

    UG_M3 = "ug/m3"
    MG_M3 = "mg/m3"
    PPM = "ppm"
    PPB = "ppb"


def parse_unit(text: str) -> Unit | None:
    """
    Return the unit that *text* names, or None when it names none of ours.

    Upstreams write the micro sign as U+00B5 or as the Greek letter U+03BC, and
    the cube as `3` or `³`; `microg` is Airparif's spelling.
    """
    plain = (
        text.strip()
        .replace("\u00b5", "u")
        .replace("\u03bc", "u")
        .replace("³", "3")
        .replace("microg", "ug")
    )
    return next((unit for unit in Unit if unit.value == plain.lower()), None)


def main_unit(units: Iterable[Unit]) -> Unit | None:
    """
    Return the unit that most values are in, whatever their order; None of none.

    A station that changed its unit has hours in both. They are never added up,
    and never converted: that would take a temperature and a pressure.
    """
    counts = Counter(units)
    if len(counts) <= 1:
        return next(iter(counts), None)
    return max(Unit, key=lambda unit: counts[unit])


def to_micros(value: Decimal) -> tuple[int, bool]:
    """
    Return *value* in millionths of its unit, and whether digits were lost.

    More than six decimals are rounded half to even, so that a long series of
    such values has no drift.

    Raises:
        ValueError: *value* is not finite.
    """
    if not value.is_finite():
        raise ValueError(f"not a finite number: {value}")
    scaled = value * MICRO
    whole = scaled.to_integral_value(rounding=ROUND_HALF_EVEN)
    return int(whole), whole != scaled


def from_micros(micros: int) -> Decimal:
    """Return millionths as an exact decimal in the unit itself."""
    return Decimal(micros) / MICRO


def mean_micros(total: int, count: int) -> int:
    """
    Return the mean of *count* integers that add up to *total*, half up.

    Half up means away from zero, as the agencies round.
    """
    rounded = (2 * abs(total) + count) // (2 * count)
    return rounded if total >= 0 else -rounded


def display(value: Decimal, places: int = 4) -> Decimal:
    """Round half up to *places* decimals, the form every interface shows."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    # Adding zero drops the sign of a negative zero.
    return rounded + 0
