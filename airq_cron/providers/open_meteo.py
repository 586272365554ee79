"""
Open-Meteo Air Quality: modelled hours for any place, many places in one call.

    GET {base}/v1/air-quality?latitude=48.8566,45.764&longitude=2.3522,4.8357
        &hourly=pm2_5,pm10,ozone,nitrogen_dioxide,sulphur_dioxide,carbon_monoxide
        &past_days=1&forecast_days=1&timezone=UTC&timeformat=unixtime

The sandbox speaks the same, so the same class asks it, under another id and origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from airq_cron.clock import Clock
from airq_cron.domain.measurement import Location, Origin, Reading
from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.domain.quota import open_meteo_tenths
from airq_cron.errors import MalformedError
from airq_cron.ports import LocationReadings
from airq_cron.providers.http import HttpClient, unreadable, with_body
from airq_cron.providers.open_meteo_body import VARIABLES, read_elements
from airq_cron.providers.open_meteo_refusal import refusal

PAST_DAYS = 92
BATCH_SIZE = 100


@dataclass(frozen=True, slots=True)
class Identity:
    """Under which name the answers are stored; see `ports.Provider`."""

    id: str
    origin: Origin
    min_interval: timedelta
    attribution: str
    phase: timedelta = timedelta()


class OpenMeteo:
    """Asks one server that speaks Open-Meteo's Air Quality API."""

    keeps = timedelta(days=PAST_DAYS)
    batch_size = BATCH_SIZE

    def __init__(
        self,
        base_url: str,
        identity: Identity,
        *,
        client: HttpClient,
        clock: Clock,
        salt: str = "",
        at_once: int = 1,
    ) -> None:
        """
        Ask the server at *base_url*, whose path begins before `/v1/`.

        Args:
            clock: says what today is for the upstream, and starts quota waits.
            salt: differs between installations, so that they do not all come
                back in the same second.
        """
        self.id = identity.id
        self.origin = identity.origin
        self.min_interval = identity.min_interval
        self.phase = identity.phase
        self.attribution = identity.attribution
        self.at_once = at_once
        self._address = base_url.rstrip("/") + "/v1/air-quality"
        self._host = urlsplit(base_url).hostname or base_url
        self._client = client
        self._clock = clock
        self._salt = salt

    def fetch(
        self, locations: Sequence[Location], *, since: datetime, until: datetime
    ) -> list[LocationReadings]:
        """
        Ask for the hours in [since, until) of each location, in one call.

        Hours that have not begun are forecasts and never returned; hours that the
        upstream does not keep are missing. Without an hour to ask for, no call.

        Raises:
            ProviderError: one of its classes, saying whose fault it is.
            ValueError: more locations than `batch_size`.
        """
        if len(locations) > self.batch_size:
            raise ValueError(f"{len(locations)} locations, at most {self.batch_size}")
        now = self._clock.now()
        until = min(until, floor_hour(now) + HOUR)
        if not locations or since >= until:
            return [LocationReadings(place.id, ()) for place in locations]
        query = _query(locations, since, until, now.date())
        days = query["past_days"] + query["forecast_days"]
        answer = self._client.get(
            f"{self._address}?{urlencode(query, safe=',')}",
            tenths=open_meteo_tenths(len(locations), len(VARIABLES), days),
        )
        if answer.status != 200:
            at = self._clock.now()
            raise with_body(
                refusal(answer, host=self._host, at=at, salt=self._salt), answer
            )
        try:
            elements = read_elements(answer.body, len(locations))
        except MalformedError as error:
            raise unreadable(self._host, error, answer) from error
        return [
            LocationReadings(place.id, _within(readings, since, until))
            for place, readings in zip(locations, elements, strict=True)
        ]


def _query(
    locations: Sequence[Location], since: datetime, until: datetime, today: date
) -> dict[str, Any]:
    """Name whole UTC days that cover [since, until); *today* is the upstream's."""
    past_days = (today - since.date()).days
    # The day of the last hour; forecast_days=1 is today alone, 0 ends before it.
    last_day = (until - timedelta(microseconds=1)).date()
    return {
        "latitude": ",".join(format(place.lat, "f") for place in locations),
        "longitude": ",".join(format(place.lon, "f") for place in locations),
        "hourly": ",".join(VARIABLES.values()),
        "past_days": min(max(past_days, 0), PAST_DAYS),
        "forecast_days": 1 if last_day >= today else 0,
        "timezone": "UTC",
        "timeformat": "unixtime",
    }


def _within(
    readings: Sequence[Reading], since: datetime, until: datetime
) -> tuple[Reading, ...]:
    return tuple(r for r in readings if since <= r.valid_from < until)
