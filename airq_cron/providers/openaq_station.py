"""Stations that OpenAQ knows near a place, and which of them speaks for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.source import distance_m

# A station that is silent for longer has ended, as far as anybody can tell.
SILENCE = timedelta(days=7)
# If the nearest stations have no such value now, others are asked, so many.
MOST_STATIONS = 3


@dataclass(frozen=True, slots=True)
class Sensor:
    """
    One instrument of a station for one pollutant.

    Attributes:
        unit: its own; neighbours may measure the same in another.
    """

    id: int
    pollutant: Pollutant
    unit: Unit


@dataclass(frozen=True, slots=True)
class Station:
    """
    One location of OpenAQ.

    Attributes:
        at: latitude and longitude; None where OpenAQ does not give them.
        is_reference: it is no citizen's sensor, and does not move.
        first_at: begin of its record; *last_at* its end so far; None without one.
    """

    id: int
    name: str
    at: tuple[Decimal, Decimal] | None
    is_reference: bool
    first_at: datetime | None
    last_at: datetime | None
    sensors: tuple[Sensor, ...]
    attribution: str
    licence: str

    def away_m(self, here: tuple[Decimal, Decimal]) -> int | None:
        """Return its distance from *here*, if it says where it is."""
        return None if self.at is None else distance_m(here, self.at)

    def has_hours(self, since: datetime, until: datetime) -> bool:
        """Say whether its record may reach into [since, until)."""
        if self.first_at is None or self.last_at is None:
            return False
        return self.first_at < until and since - SILENCE <= self.last_at


def speakers(
    stations: Iterable[Station],
    here: tuple[Decimal, Decimal],
    *,
    since: datetime,
    until: datetime,
) -> dict[Pollutant, list[tuple[Station, Sensor]]]:
    """
    Return whom to ask for each pollutant in [since, until), the nearest first.

    The next is for the case that the one before has no value at all. Of two
    sensors for the same at one station the younger comes first: a new unit or
    instrument gets a new number.
    """
    found: dict[Pollutant, list[tuple[Station, Sensor]]] = {}

    def rank(station: Station) -> tuple[float, int]:
        away = station.away_m(here)
        return (float("inf") if away is None else away), station.id

    known = [
        station
        for station in stations
        if station.is_reference and station.has_hours(since, until)
    ]
    for station in sorted(known, key=rank):
        for sensor in sorted(station.sensors, key=lambda one: -one.id):
            line = found.setdefault(sensor.pollutant, [])
            places = {other.id for other, _ in line} | {station.id}
            if len(places) <= MOST_STATIONS:
                line.append((station, sensor))
    return found
