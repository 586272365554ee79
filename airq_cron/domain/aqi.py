"""Air quality indices: one number and one word for a concentration."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from airq_cron.domain.convert import EXACT, Reference, check_value, mass_of
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.scales import find_scheme
from airq_cron.domain.scales.scheme import (
    Averaging,
    Beyond,
    Scheme,
    Segment,
    Table,
)

__all__ = ["Averaging", "Index", "compute_index", "worst"]

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Index:
    """
    What a scheme says of one concentration.

    Attributes:
        scheme: id of the scheme; numbers of two schemes are never compared.
        index: None where the scheme has no value, as for low hours of ozone;
            category, color and advice are None with it.
        scaled: for `eaqi-*` Open-Meteo's 0 to 100 and more, a whole number.
    """

    scheme: str
    index: int | None
    category: str | None
    color: str | None
    advice: str | None
    scaled: Decimal | None = None


def compute_index(
    scheme: str,
    pollutant: Pollutant,
    averaging: Averaging,
    value: Decimal,
    unit: Unit,
) -> Index:
    """
    Return the index of a mean concentration.

    The value is converted at the scheme's temperature, cut to the scheme's
    resolution, looked up, and rounded half up; all of it exactly. Negative values
    count as 0. There is no upper end: the last line goes on.

    Raises:
        InvalidError: names `scheme`, `pollutant`, `averaging`, `unit` or `value`.
    """
    found = find_scheme(scheme)
    table = found.table(pollutant, averaging)
    check_value(value)
    mass = mass_of(unit, pollutant, found.reference)
    with localcontext(EXACT):
        reading = _reading(value * mass, table, found.reference)
        return _look_up(reading, table, found)


def worst(indices: Mapping[Pollutant, Index]) -> tuple[Pollutant, Index] | None:
    """
    Return the main pollutant with its index, or None where no index has a value.

    Of equal ones the first in the order of `Pollutant` is named. All indices
    must be of one scheme.
    """
    found: tuple[Pollutant, Index] | None = None
    for pollutant in Pollutant:
        index = indices.get(pollutant)
        if index is not None and (found is None or _rank(index) > _rank(found[1])):
            found = pollutant, index
    return found if found is not None and found[1].index is not None else None


def _rank(index: Index) -> tuple[int, Decimal]:
    number = -1 if index.index is None else index.index
    return number, index.scaled or NOTHING


def _reading(mass: Decimal, table: Table, reference: Reference) -> Decimal:
    """Return *mass* in ug/m3 as the table reads it: its unit, cut to its step."""
    if mass <= 0:
        return NOTHING
    one = mass_of(table.unit, table.pollutant, reference)
    # A whole quotient is exact where the quotient itself has no last digit.
    return mass / one if table.step is None else mass // (one * table.step) * table.step


def _look_up(reading: Decimal, table: Table, scheme: Scheme) -> Index:
    last = table.segments[-1]
    above = reading > last.high
    if reading < table.segments[0].low or (above and table.beyond is Beyond.NONE):
        return Index(scheme.id, None, None, None, None)
    if above and table.beyond is Beyond.HOLD:
        reading = last.high
    segment = next((one for one in table.segments if reading <= one.high), last)
    number = _on_line(segment, reading)
    band = scheme.bands[(table.top if above else segment.level) - 1]
    if scheme.counts_levels:
        return Index(
            scheme.id, band.level, band.category, band.color, band.advice, number
        )
    return Index(scheme.id, int(number), band.category, band.color, band.advice)


def _on_line(segment: Segment, reading: Decimal) -> Decimal:
    """Return the index of *reading* on the line of *segment*, rounded half up."""
    rise = segment.index_high - segment.index_low
    # Rounding adds half a divisor and cuts, so that no quotient is ever inexact.
    run = segment.high - segment.low
    whole = (2 * rise * (reading - segment.low) + run) // (2 * run)
    return segment.index_low + whole
