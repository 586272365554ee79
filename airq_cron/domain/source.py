"""Which station speaks for a place, and whom to name for it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

from airq_cron.domain.pollutant import Pollutant

EARTH_M = 6_371_000


@dataclass(frozen=True, slots=True)
class Source:
    """
    The hours of one pollutant that one station gave for a location.

    Attributes:
        station: the provider's own number or name of it.
        distance_m: from the location; None where the station hides its place.
        attribution: owner and network, as the provider writes them.
        licence: its names, or empty where the provider names none.
        first_at: begin of the first hour taken; *last_at* of the last; UTC.
        seen_at: when the provider last said so; aware, UTC.
    """

    provider: str
    location: str
    pollutant: Pollutant
    station: str
    name: str
    distance_m: int | None
    attribution: str
    licence: str
    first_at: datetime
    last_at: datetime
    seen_at: datetime


def distance_m(here: tuple[Decimal, Decimal], there: tuple[Decimal, Decimal]) -> int:
    """
    Return the metres between two points (latitude, longitude), along the ground.

    The earth is taken for a ball; that is wrong by half a per cent at most.
    """
    south, north = radians(here[0]), radians(there[0])
    across = sin(radians(there[1] - here[1]) / 2) ** 2
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * across
    return round(2 * EARTH_M * asin(sqrt(min(1.0, half))))
