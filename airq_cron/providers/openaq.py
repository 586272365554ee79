"""
OpenAQ v3: what stations measured, hour by hour; needs a key.

    GET {base}/v3/locations?coordinates=48.8566,2.3522&radius=10000&monitor=true...
    GET {base}/v3/locations/2178
    GET {base}/v3/sensors/3916/hours?datetime_from=...Z&datetime_to=...Z&limit=1000

A place gets the reference station that is nearest, for each pollutant, or the one
that its reference names. `latest` is never asked: it has no units, and a value that
comes late does not show there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from airq_cron.clock import Clock
from airq_cron.domain.measurement import Location, Origin, Reading
from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.source import Source
from airq_cron.errors import PermanentLocationError
from airq_cron.ports import LocationReadings
from airq_cron.providers.openaq_api import OpenAqApi
from airq_cron.providers.openaq_station import Sensor, Station, speakers

# Stations come and go by months; a search a day is one call of hundreds.
LIFETIME = timedelta(days=1)

Key = tuple[str, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class _Found:
    stations: list[Station]
    at: datetime


class OpenAq:
    """Asks one server that speaks OpenAQ's API, version 3."""

    id = "openaq"
    origin = Origin.MEASURED
    min_interval = HOUR
    phase = timedelta()
    keeps = timedelta(days=3653)
    batch_size = 1
    at_once = 1
    attribution = (
        "Air quality data by OpenAQ (https://openaq.org/) and the stations' owners, "
        "whom the sources of each location name"
    )

    def __init__(self, api: OpenAqApi, *, clock: Clock, radius_m: int) -> None:
        """Let the stations within *radius_m* of a place speak for it."""
        self._api = api
        self._clock = clock
        self._radius_m = radius_m
        self._found: dict[Key, _Found] = {}

    def fetch(
        self, locations: Sequence[Location], *, since: datetime, until: datetime
    ) -> list[LocationReadings]:
        """
        Ask for the hours in [since, until) of one location.

        That takes a call for each sensor. The hour under way is left out: its
        mean is not known before it ends.

        Raises:
            ProviderError: one of its classes, saying whose fault it is.
            ValueError: more locations than `batch_size`.
        """
        if len(locations) > self.batch_size:
            raise ValueError(f"{len(locations)} locations, at most {self.batch_size}")
        until = min(until, floor_hour(self._clock.now()))
        if since >= until:
            return [LocationReadings(place.id, ()) for place in locations]
        return [self._fetch_one(place, since, until) for place in locations]

    def _fetch_one(
        self, place: Location, since: datetime, until: datetime
    ) -> LocationReadings:
        stations = self._stations(place)
        readings: dict[tuple[Pollutant, datetime], Reading] = {}
        sources: list[Source] = []
        here = (place.lat, place.lon)
        for line in speakers(stations, here, since=since, until=until).values():
            for station, sensor in line:
                hours = self._hours(place, sensor, since, until)
                readings |= {(one.pollutant, one.valid_from): one for one in hours}
                valued = [one.valid_from for one in hours if one.value is not None]
                if valued:
                    sources.append(self._source(place, station, sensor, valued))
                    break
        return LocationReadings(place.id, tuple(readings.values()), tuple(sources))

    def _hours(
        self, place: Location, sensor: Sensor, since: datetime, until: datetime
    ) -> list[Reading]:
        hours = self._api.hours(sensor, since, until)
        if hours is None:
            # It is gone since we looked: look again next time.
            self._found.pop(_key(place), None)
        return hours or []

    def _source(
        self,
        place: Location,
        station: Station,
        sensor: Sensor,
        valued: Sequence[datetime],
    ) -> Source:
        return Source(
            provider=self.id,
            location=place.id,
            pollutant=sensor.pollutant,
            station=str(station.id),
            name=station.name,
            distance_m=station.away_m((place.lat, place.lon)),
            attribution=station.attribution,
            licence=station.licence,
            first_at=min(valued),
            last_at=max(valued),
            seen_at=self._clock.now(),
        )

    def _stations(self, place: Location) -> list[Station]:
        """Return the stations that may speak for *place*, from memory for a day."""
        now = self._clock.now()
        known = self._found.get(_key(place))
        if known is None or not timedelta() <= now - known.at < LIFETIME:
            named = place.reference(self.id)
            found = self._search(place) if named is None else self._named(named)
            known = self._found[_key(place)] = _Found(found, now)
        return known.stations

    def _named(self, number: str) -> list[Station]:
        found = self._api.station(number)[:1]
        if not any(one.is_reference for one in found):
            raise PermanentLocationError(
                f"{self._api.host}: station {number} is a citizen's sensor, or it moves"
            )
        return found

    def _search(self, place: Location) -> list[Station]:
        found = self._api.stations_near(place, self._radius_m)
        if not any(one.is_reference and one.sensors for one in found):
            raise PermanentLocationError(
                f"{self._api.host}: no reference station within {self._radius_m} m"
            )
        return found


def _key(place: Location) -> Key:
    return place.reference(OpenAq.id) or "", place.lat, place.lon
