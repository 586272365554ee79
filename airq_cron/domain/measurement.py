"""Locations, measurements, and the checks a value passes at the door."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntFlag, StrEnum
from functools import lru_cache

from airq_cron.domain.pollutant import MICRO, Pollutant, Unit, to_micros
from airq_cron.errors import InvalidError

LOCATION_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
SENTINELS = frozenset(
    Decimal(text) for text in ["-999", "-9999", "-9.999", "9.999", "-200", "-99", "-1"]
)
# What -999 becomes where a thousandth of the unit was meant.
CONVERTED = frozenset({Decimal("-0.999")})
LARGE_UNITS = frozenset({Unit.PPM, Unit.MG_M3})
LOWEST = Decimal(-10)
PARTICLES = frozenset({Pollutant.PM2_5, Pollutant.PM10})
HIGHEST_PM = 5000 * MICRO
HIGHEST_STORED = Decimal(1_000_000_000)


class Origin(StrEnum):
    """Where a value comes from; every answer names it."""

    MEASURED = "measured"
    MODELLED = "modelled"
    CITIZEN = "citizen"
    REPLAYED = "replayed"
    SYNTHETIC = "synthetic"


class Quality(IntFlag):
    """What a reader should know about a value; stored as a bit set."""

    NONE = 0
    NEGATIVE = 1
    EXTREME = 2
    ROUNDED = 4


@dataclass(frozen=True, slots=True)
class Location:
    """
    A place whose air is watched.

    Attributes:
        id: lower-case letters, digits and hyphens; part of addresses.
        lat: degrees north, WGS 84.
        lon: degrees east, WGS 84.
        zone: IANA zone; it decides when a day begins and ends here.
        providers: ids in order of preference, measured before modelled.
        references: which station a provider is asked for, as (provider, its own
            number); without one it is asked by coordinates.
    """

    id: str
    name: str
    lat: Decimal
    lon: Decimal
    zone: str
    providers: tuple[str, ...] = ()
    enabled: bool = True
    references: tuple[tuple[str, str], ...] = ()

    def reference(self, provider: str) -> str | None:
        """Return the station that *provider* is asked for, if one is named."""
        return dict(self.references).get(provider)

    @property
    def written_providers(self) -> tuple[str, ...]:
        """The providers as people write them: `openaq:2178` with a reference."""
        named = dict(self.references)
        return tuple(
            f"{name}:{named[name]}" if name in named else name
            for name in self.providers
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One value as an upstream wrote it, not yet checked.

    Attributes:
        valid_from: begin of the hour it stands for; aware, UTC.
        value: in *unit*; None where the upstream has no value.
    """

    pollutant: Pollutant
    valid_from: datetime
    value: Decimal | None
    unit: Unit


# Not frozen, though nobody changes one: there are very many, and a frozen one takes
# twice as long to make.
@dataclass(slots=True, unsafe_hash=True)
class Measurement:
    """
    One checked concentration, ready to be stored.

    Attributes:
        valid_from: begin of the hour it stands for; aware, UTC.
        micros: millionths of *unit*, exact.
        fetched_at: when we learnt it; an older one never replaces a newer one.
    """

    provider: str
    location: str
    pollutant: Pollutant
    valid_from: datetime
    micros: int
    unit: Unit
    origin: Origin
    fetched_at: datetime
    quality: Quality = field(default=Quality.NONE)


@dataclass(frozen=True, slots=True)
class Series:
    """
    One pollutant of one provider at one location.

    Attributes:
        first_at: begin of its first hour; *last_at* of its last; aware, UTC.
    """

    location: str
    provider: str
    pollutant: Pollutant
    unit: Unit
    origin: Origin
    first_at: datetime
    last_at: datetime


def refusal(value: Decimal | None) -> str | None:
    """
    Return why *value* must not be stored, or None when it may.

    Sentinels are refused exactly; a large value is never refused for its size
    below a thousand million, because smoke episodes are real.
    """
    if value is None:
        return "missing"
    if not value.is_finite():
        return "not a number"
    if value in SENTINELS:
        return "sentinel"
    if value < LOWEST:
        return "below -10"
    if value > HIGHEST_STORED:
        return "above 1e9"
    return None


@lru_cache(maxsize=8192)
def _accept(value: Decimal) -> tuple[int, Quality] | str:
    """Return micros and quality, or why it is refused; files repeat their values."""
    if (reason := refusal(value)) is not None:
        return reason
    micros, rounded = to_micros(value)
    quality = Quality.NEGATIVE if micros < 0 else Quality.NONE
    return micros, quality | Quality.ROUNDED if rounded else quality


def check_reading(
    reading: Reading,
    *,
    provider: str,
    location: str,
    origin: Origin,
    fetched_at: datetime,
) -> Measurement | str:
    """Return the measurement that *reading* is, or why it is refused."""
    value = reading.value
    if value is None or not value.is_finite():
        return refusal(value) or "missing"
    found = _accept(value)
    if isinstance(found, str):
        return found
    if reading.unit in LARGE_UNITS and value in CONVERTED:
        return "sentinel"
    micros, quality = found
    if micros > HIGHEST_PM and reading.pollutant in PARTICLES:
        quality |= Quality.EXTREME
    # By position, as there are very many: with names it takes twice as long.
    return Measurement(
        provider,
        location,
        reading.pollutant,
        reading.valid_from,
        micros,
        reading.unit,
        origin,
        fetched_at,
        quality,
    )


def check_location(location: Location) -> Location:
    """
    Return *location* unchanged when its id and coordinates are possible.

    Raises:
        InvalidError: names the field: `id`, `name`, `lat`, `lon`, `providers`.
    """
    if LOCATION_ID.fullmatch(location.id) is None:
        raise InvalidError("id", "use 1 to 64 of a-z, 0-9 and inner hyphens")
    if not 0 < len(location.name.strip()) <= 200 or not location.name.isprintable():
        raise InvalidError("name", "must have 1 to 200 printable characters")
    if not location.lat.is_finite() or abs(location.lat) > 90:
        raise InvalidError("lat", "must lie between -90 and 90 degrees")
    if not location.lon.is_finite() or abs(location.lon) > 180:
        raise InvalidError("lon", "must lie between -180 and 180 degrees")
    if len(set(location.providers)) != len(location.providers):
        raise InvalidError("providers", "names a provider twice")
    return location
