"""
NowCast: what the air holds now, from the last twelve hours.

Source: EPA's and AirNow's description of NowCast for particles. A missing newest
hour is allowed, as AirNow does it, as long as two of the last three are there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from math import lcm

from airq_cron.domain.convert import EXACT, check_value
from airq_cron.domain.pollutant import Pollutant
from airq_cron.errors import InvalidError

HOURS = 12
RECENT = 3
NEEDED = 2
# To this the agency cuts a NowCast before it is looked up, as a 24-hour mean is.
STEPS = {Pollutant.PM2_5: Decimal("0.1"), Pollutant.PM10: Decimal(1)}
SLOPE = Decimal("0.85")
INTERCEPT = Decimal("4.5")


@dataclass(frozen=True, slots=True)
class NowCast:
    """
    A weighted mean of the last hours, ug/m3.

    Attributes:
        value: exact to 28 digits.
        truncated: cut to the resolution of the index, from the exact value.
    """

    value: Decimal
    truncated: Decimal


def nowcast(pollutant: Pollutant, hours: Sequence[Decimal | None]) -> NowCast | None:
    """
    Return the NowCast of particles, or None without two of the last three hours.

    Each hour weighs a power of smallest over largest value, at least a half. The
    sum is exact. Negative hours count as they are; a negative result is 0.

    Args:
        hours: hourly means in ug/m3, newest first, at most twelve; None is a
            missing one.

    Raises:
        InvalidError: names `pollutant` or `hours`.
    """
    step = STEPS.get(pollutant)
    if step is None:
        raise InvalidError("pollutant", "NowCast is made for pm2_5 and pm10 only")
    _check(hours)
    if sum(hour is not None for hour in hours[:RECENT]) < NEEDED:
        return None
    total, weights = _weighted(hours)
    total = max(total, 0)
    up, down = step.as_integer_ratio()
    steps = total * down // (weights * up)
    return NowCast(Decimal(total) / Decimal(weights), steps * step)


def surrogate(hours: Sequence[Decimal | None]) -> Decimal | None:
    """
    Return a plain guess at the 8-hour mean of ozone around now, in ppb.

    It stands in for NowCast of ozone, which fits 14 days of the station itself:
    0.85 times the newest of the last three hours, plus 4.5; None without one.
    Source: USEPA/O3-Nowcast, the line it falls back to.

    Args:
        hours: hourly means in ppb, newest first, at most twelve.

    Raises:
        InvalidError: names `hours`.
    """
    _check(hours)
    newest = next((hour for hour in hours[:RECENT] if hour is not None), None)
    return None if newest is None else max(SLOPE * newest + INTERCEPT, Decimal(0))


def _check(hours: Sequence[Decimal | None]) -> None:
    if len(hours) > HOURS:
        raise InvalidError("hours", f"at most {HOURS}, newest first")
    for hour in hours:
        if hour is not None:
            try:
                check_value(hour)
            except InvalidError as error:
                raise InvalidError("hours", error.reason) from error


def _weighted(hours: Sequence[Decimal | None]) -> tuple[int, int]:
    """Return sum and weights as numerator and denominator of the mean."""
    below = lcm(*(hour.as_integer_ratio()[1] for hour in hours if hour is not None))
    with localcontext(EXACT):
        whole = [None if hour is None else int(hour * below) for hour in hours]
    known = [one for one in whole if one is not None]
    up, down = _weight(min(known), max(known))
    last = len(whole) - 1
    total = weights = 0
    for age, one in enumerate(whole):
        if one is not None:
            # The weight (up / down) ** age over a common denominator.
            weight = up**age * down ** (last - age)
            total += weight * one
            weights += weight
    return total, weights * below


def _weight(smallest: int, largest: int) -> tuple[int, int]:
    if largest <= 0:
        return 1, 1
    return (smallest, largest) if 2 * smallest > largest else (1, 2)
