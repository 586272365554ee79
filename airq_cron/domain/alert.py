"""
When bad air raises an alert, and when it is over.

Each category from a rule's first one up is judged by itself. It is raised when the
index of the newest hour reaches it, whatever single hour is left out: one raw value
raises nothing. It is cleared when the index has stayed clearly below for some hours.
What is not known does neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from itertools import product

from airq_cron.domain.convert import convert
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.period import HOUR
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.rating import AMERICAN, EUROPEAN, LONGEST, Rating, rate_present
from airq_cron.domain.scales import find_scheme
from airq_cron.domain.scales.scheme import Scheme
from airq_cron.errors import InvalidError

NONE = "none"
MARGIN_PERCENT = 10
CLEAR_HOURS = 3
MILLION = 1_000_000
# So many hours, the newest included, can change what is said of the newest.
LOOK_BACK = (LONGEST - 1 + CLEAR_HOURS) * HOUR

# The hours of one pollutant, of the provider that speaks for it, in order.
Hours = Sequence[HourlyAggregate]


@dataclass(frozen=True, slots=True)
class AirRule:
    """From which level of a scheme's categories on alerts are raised."""

    scheme: Scheme
    from_level: int

    def levels(self) -> range:
        """Return the levels that raise an alert, the lowest first."""
        return range(self.from_level, self.scheme.bands[-1].level + 1)

    def category(self, level: int) -> str:
        """Return the category of *level* in the scheme's words."""
        return self.scheme.bands[level - 1].category

    def clear_below(self, level: int) -> Decimal:
        """Return the number below which the alert of *level* may end."""
        return _lower_end(self.scheme, level) * (100 - MARGIN_PERCENT) / 100


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    What a scheme says of a pollutant in one hour.

    Attributes:
        hour: begin of the hour; aware, UTC.
        number: the index; of a scheme that counts levels, its scaled value.
        level: of the category, from 1.
    """

    hour: datetime
    pollutant: Pollutant
    provider: str
    rating: Rating
    number: Decimal
    level: int


def judge(hours: Hours, scheme: Scheme, hour: datetime) -> Judgement | None:
    """Return what *scheme* says of *hour*, or None where that is unknown."""
    upto = [one for one in hours if one.hour <= hour]
    if not upto or upto[-1].hour != hour:
        return None
    rating = rate_present(upto).get(scheme.id)
    if rating is None:
        return None
    index = rating.index
    number = index.scaled if scheme.counts_levels else index.index
    level = next(one.level for one in scheme.bands if one.category == index.category)
    newest = upto[-1]
    return Judgement(
        hour, newest.pollutant, newest.provider, rating, Decimal(number or 0), level
    )


def firm_level(hours: Hours, scheme: Scheme) -> int:
    """
    Return the level that the newest hour reaches whichever hour is left out.

    Without the newest hour, the one before it is looked at; 0 where nothing is left.
    """
    newest = hours[-1]
    recent = [one for one in hours if newest.hour - one.hour < LONGEST * HOUR]
    found = [judge(recent[:-1], scheme, newest.hour - HOUR)]
    for left_out in recent[:-1]:
        rest = [one for one in recent if one is not left_out]
        found.append(judge(rest, scheme, newest.hour))
    return min(0 if one is None else one.level for one in found)


def reached(air: Mapping[Pollutant, Hours], rule: AirRule) -> dict[int, Judgement]:
    """
    Return the levels that are reached, with what is said of the worst pollutant.

    Args:
        air: the hours of a place; what is too old to stand for now is left out.
    """
    found: dict[int, Judgement] = {}
    for name, hours in air.items():
        if not _may_reach(hours, name, rule):
            continue
        newest = judge(hours, rule.scheme, hours[-1].hour)
        if newest is None or newest.level < rule.from_level:
            continue
        firm = firm_level(hours, rule.scheme)
        for level in range(rule.from_level, firm + 1):
            if level not in found or newest.number > found[level].number:
                found[level] = newest
    return found


def began(hours: Hours, scheme: Scheme, level: int) -> datetime:
    """Return the first hour of the unbroken stretch at *level* that ends it all."""
    at = hours[-1].hour
    for one in reversed(hours):
        found = judge(hours, scheme, one.hour)
        if one.hour < at - HOUR or found is None or found.level < level:
            break
        at = one.hour
    return at


def cleared(
    air: Mapping[Pollutant, Hours], rule: AirRule, level: int, carrier: Pollutant
) -> datetime | None:
    """
    Return since when the alert of *level* is over, or None while it is not.

    The pollutant that raised it, *carrier*, must be known in each of the newest
    hours; another one that is unknown does not count.
    """
    newest = max((hours[-1].hour for hours in air.values()), default=None)
    if newest is None:
        return None
    bound = rule.clear_below(level)
    since = newest - (CLEAR_HOURS - 1) * HOUR
    for back in range(CLEAR_HOURS):
        found = {
            name: judge(hours, rule.scheme, newest - back * HOUR)
            for name, hours in air.items()
        }
        known = [one.number for one in found.values() if one is not None]
        if found.get(carrier) is None or max(known) >= bound:
            return None
    return since


def least_micros(rules: Sequence[AirRule]) -> dict[tuple[Pollutant, Unit], int]:
    """
    Return from which value on a pollutant can raise anything by *rules*.

    In millionths of the unit. No mean is larger than its largest value, so of a place
    whose values are all below nothing needs to be judged.
    """
    found: dict[tuple[Pollutant, Unit], int] = {}
    for pollutant, unit in product(Pollutant, Unit):
        bounds = (
            _least_micros(rule.scheme.id, rule.from_level, pollutant, unit)
            for rule in rules
        )
        if known := [one for one in bounds if one is not None]:
            found[pollutant, unit] = min(known)
    return found


def parse_rules(text: str) -> tuple[AirRule, ...]:
    """
    Return the rules that *text* writes, such as `us-epa-2024:101,eaqi-2024:5`.

    The number is an index of the category from which on alerts are raised; of a
    scheme that counts levels it is the level. `none` raises nothing.

    Raises:
        InvalidError: names `scheme` or `index`.
    """
    if text.strip() == NONE:
        return ()
    found: dict[str, AirRule] = {}
    for part in text.split(","):
        name, _, number = part.strip().partition(":")
        if name not in {AMERICAN, EUROPEAN}:
            raise InvalidError("scheme", f"alerts know {AMERICAN} and {EUROPEAN}")
        scheme = find_scheme(name)
        found[name] = AirRule(scheme, _level_at(scheme, number))
    return tuple(found.values())


def write_rules(rules: Sequence[AirRule]) -> str:
    """Return the text that `parse_rules` reads as *rules*."""
    written = (
        f"{one.scheme.id}:{one.scheme.bands[one.from_level - 1].low}" for one in rules
    )
    return ",".join(written) or NONE


def _lower_end(scheme: Scheme, level: int) -> Decimal:
    """Return where *level* begins, in the numbers that judgements have."""
    if not scheme.counts_levels:
        return Decimal(scheme.bands[level - 1].low)
    segments = scheme.tables[0].segments
    # The last level of such a scheme begins where its last line ends.
    if level > segments[-1].level:
        return Decimal(segments[-1].index_high)
    return Decimal(segments[level - 1].index_low)


def _may_reach(hours: Hours, pollutant: Pollutant, rule: AirRule) -> bool:
    """Say whether any mean of *hours* can: none is larger than its largest hour."""
    least = _least_micros(rule.scheme.id, rule.from_level, pollutant, hours[-1].unit)
    return least is not None and max(one.mean_micros for one in hours) >= least


@lru_cache(maxsize=256)
def _least_micros(
    name: str, level: int, pollutant: Pollutant, unit: Unit
) -> int | None:
    """Return a concentration below which *level* of a scheme is never reached."""
    scheme = find_scheme(name)
    lows: list[Decimal] = []
    for table in scheme.tables:
        if table.pollutant is pollutant:
            high = [one for one in table.segments if one.level >= level]
            low = high[0].low if high else table.segments[-1].high
            try:
                lows.append(convert(low, table.unit, unit, pollutant, scheme.reference))
            except InvalidError:
                return None
    if not lows:
        return None
    return int((min(lows) * MILLION).to_integral_value(ROUND_FLOOR))


def _level_at(scheme: Scheme, number: str) -> int:
    if not (number.isascii() and number.isdigit()) or len(number) > 4:
        raise InvalidError("index", f"{scheme.id} needs a number, as {scheme.id}:4")
    index = int(number)
    for band in scheme.bands:
        if band.low <= index and (band.high is None or index <= band.high):
            if band.level == 1:
                break
            return band.level
    raise InvalidError("index", f"{scheme.id} has no category to warn of at {number}")
