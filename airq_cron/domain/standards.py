"""Limits and guide values for the air of a day, and what exceeds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum

from airq_cron.domain.convert import Reference, convert
from airq_cron.domain.daily import DailyStatistic
from airq_cron.domain.pollutant import MICRO, Pollutant, Unit
from airq_cron.domain.scales.scheme import Averaging
from airq_cron.errors import InvalidError


class Standard(StrEnum):
    """Who set a limit, and in which text."""

    WHO_2021 = "who-2021"
    EU_2008 = "eu-2008-50"
    EU_2030 = "eu-2030"
    US_NAAQS = "us-naaqs"


TITLES = {
    Standard.WHO_2021: "WHO 2021",
    Standard.EU_2008: "EU 2008/50",
    Standard.EU_2030: "EU 2030",
    Standard.US_NAAQS: "US NAAQS",
}
SOURCES = {
    Standard.WHO_2021: "WHO global air quality guidelines, 2021, tables 0.1 and 0.2",
    Standard.EU_2008: "Directive 2008/50/EC, Annexes VII, XI and XII",
    Standard.EU_2030: "Directive (EU) 2024/2881, Annex I, to be met by 2030",
    Standard.US_NAAQS: "40 CFR part 50, the primary standards in force in 2024",
}
# 20 C for gases in the directives, 25 C elsewhere.
REFERENCES = {
    Standard.WHO_2021: Reference.T25,
    Standard.EU_2008: Reference.T20,
    Standard.EU_2030: Reference.T20,
    Standard.US_NAAQS: Reference.T25,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """
    How a standard reads a concentration before it is held against the limit.

    Attributes:
        step: the multiple it is brought to.
        rounding: of the decimal module.
    """

    step: Decimal
    rounding: str = ROUND_HALF_UP

    def __call__(self, value: Decimal) -> Decimal:
        """Return *value* as the standard reads it."""
        steps = (value / self.step).to_integral_value(self.rounding)
        return steps * self.step


# What exceeds a US standard, appendices K, N, S, T and U and section 50.8(d) of
# 40 CFR 50: ozone is cut to 0.001 ppm, all else is rounded half up. The texts of the
# others say nothing of digits, so that there a millionth decides.
US_READINGS = {
    Pollutant.PM2_5: Reading(Decimal(1)),
    Pollutant.PM10: Reading(Decimal(10)),
    Pollutant.O3: Reading(Decimal("0.001"), ROUND_DOWN),
    Pollutant.NO2: Reading(Decimal(1)),
    Pollutant.SO2: Reading(Decimal(1)),
    Pollutant.CO: Reading(Decimal(1)),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """
    A concentration that the air of a day should not exceed.

    Attributes:
        averaging: `24h` is the mean of the local day, `1h` its largest hour, `8h`
            its largest running 8-hour mean, by the convention of the standard.
        value: in *unit*; only what lies above it exceeds it.
        permitted: how often in a year it may be exceeded; None where the text
            counts in another way, as by percentiles of three years.
        per: what *permitted* counts: `days`, or `hours`.
    """

    standard: Standard
    pollutant: Pollutant
    averaging: Averaging
    value: Decimal
    unit: Unit
    permitted: int | None = None
    per: str = "days"

    @property
    def reference(self) -> Reference:
        """The temperature at which gases are weighed for this limit."""
        return REFERENCES[self.standard]

    def read(self, value: Decimal) -> Decimal:
        """Return *value*, in *unit*, to the digits that the standard compares."""
        if self.standard is not Standard.US_NAAQS:
            return value
        return US_READINGS[self.pollutant](value)


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    A day's concentration beside a limit.

    Attributes:
        value: in the limit's unit, exact; None where the day has not enough hours,
            or its unit cannot be converted.
    """

    limit: Limit
    value: Decimal | None

    @property
    def compared(self) -> Decimal | None:
        """The value to the digits that the standard compares; None if unknown."""
        return None if self.value is None else self.limit.read(self.value)

    @property
    def exceeded(self) -> bool | None:
        """Whether what is compared lies above the limit; None if unknown."""
        return None if self.compared is None else self.compared > self.limit.value

    @property
    def ratio(self) -> Decimal | None:
        """What is compared in limits, above 1 where exceeded; None if unknown."""
        return None if self.compared is None else self.compared / self.limit.value


def compare(day: DailyStatistic) -> tuple[Comparison, ...]:
    """
    Return the figures of *day* beside every limit of its pollutant.

    A largest hour above its limit is an exceedance however few hours there are: the
    others cannot undo it. One below it says something of a sufficient day only.
    """
    return tuple(
        Comparison(limit, _value(day, limit))
        for limit in LIMITS
        if limit.pollutant is day.pollutant
    )


def exceedances(day: DailyStatistic) -> tuple[Comparison, ...]:
    """Return the limits that *day* exceeds, in the order of `LIMITS`."""
    return tuple(one for one in compare(day) if one.exceeded)


def _value(day: DailyStatistic, limit: Limit) -> Decimal | None:
    found = _figure(day, limit)
    if found is None:
        return None
    try:
        value = convert(found, day.unit, limit.unit, day.pollutant, limit.reference)
    except InvalidError:
        return None
    if limit.averaging is Averaging.H1 and not day.sufficient:
        return value if limit.read(value) > limit.value else None
    return value


def _figure(day: DailyStatistic, limit: Limit) -> Decimal | None:
    """Return the figure of *day* that *limit* is about, in the day's unit."""
    if limit.averaging is Averaging.H24:
        return day.mean if day.sufficient else None
    if limit.averaging is Averaging.H1:
        micros = day.max_micros
    else:
        micros = largest_eight_hours(day, us=limit.standard is Standard.US_NAAQS)
    return None if micros is None else Decimal(micros) / MICRO


def largest_eight_hours(day: DailyStatistic, *, us: bool) -> int | None:
    """
    Return the day's largest running 8-hour mean in millionths of its unit.

    Args:
        us: windows belong to the day they begin on, else to that they end on.
    """
    return day.mda8_us_micros if us else day.mda8_eu_micros


def _limits(standard: Standard, table: str) -> Iterator[Limit]:
    """Read lines of pollutant, averaging, value, unit, and how often a year."""
    for line in table.strip().splitlines():
        pollutant, averaging, value, unit, *permitted = line.split()
        yield Limit(
            standard,
            Pollutant(pollutant),
            Averaging(averaging),
            Decimal(value),
            Unit(unit),
            int(permitted[0]) if permitted else None,
            permitted[1] if permitted else "days",
        )


# The guidelines allow three to four days a year, as a percentile.
WHO_TABLE = """
pm2_5 24h  15 ug/m3
pm10  24h  45 ug/m3
o3     8h 100 ug/m3
no2   24h  25 ug/m3
no2    1h 200 ug/m3
so2   24h  40 ug/m3
co    24h   4 mg/m3
co     8h  10 mg/m3
co     1h  35 mg/m3
"""
# Ozone: 120 is a target, counted over three years; 180 informs, 240 alerts.
EU_TABLE = """
pm10  24h  50 ug/m3 35 days
o3     8h 120 ug/m3 25 days
o3     1h 180 ug/m3
o3     1h 240 ug/m3
no2    1h 200 ug/m3 18 hours
so2   24h 125 ug/m3  3 days
so2    1h 350 ug/m3 24 hours
co     8h  10 mg/m3  0 days
"""
EU_2030_TABLE = """
pm2_5 24h  25 ug/m3 18 days
pm10  24h  45 ug/m3 18 days
o3     8h 120 ug/m3 18 days
no2   24h  50 ug/m3 18 days
no2    1h 200 ug/m3  3 hours
so2   24h  50 ug/m3 18 days
so2    1h 350 ug/m3  3 hours
co    24h   4 mg/m3 18 days
co     8h  10 mg/m3  0 days
"""
US_TABLE = """
pm2_5 24h  35    ug/m3
pm10  24h 150    ug/m3 1 days
o3     8h   0.070 ppm
no2    1h 100    ppb
so2    1h  75    ppb
co     8h   9    ppm   1 days
co     1h  35    ppm   1 days
"""
LIMITS = (
    *_limits(Standard.WHO_2021, WHO_TABLE),
    *_limits(Standard.EU_2008, EU_TABLE),
    *_limits(Standard.EU_2030, EU_2030_TABLE),
    *_limits(Standard.US_NAAQS, US_TABLE),
)
