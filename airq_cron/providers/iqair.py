"""
IQAir AirVisual v2: the index of the city that is nearest; needs a key.

    GET {base}/v2/nearest_city?lat=48.8566&lon=2.3522&key=...

Its free plan gives no concentrations. What it gives is kept as reported, beside
what we compute and never among it. Its terms could not be read, so an answer is
for those who may read this instance alone.
"""

from collections import deque
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from airq_cron.clock import Clock
from airq_cron.domain.measurement import Location
from airq_cron.domain.period import HOUR
from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.source import distance_m
from airq_cron.errors import MalformedError, QuotaError
from airq_cron.providers.http import HttpClient, unreadable, with_body
from airq_cron.providers.iqair_body import City, read_city
from airq_cron.providers.iqair_refusal import refusal

# The free plan: 5 calls a minute, 500 a day, 10,000 a month.
CALLS_A_MINUTE = 5
CALLS_A_MONTH = 10_000
LONGEST_MONTH = timedelta(days=31)
MINUTE = timedelta(minutes=1)


class IqAir:
    """Asks one server that speaks IQAir's API, version 2."""

    id = "iqair"
    min_interval = HOUR
    per_call = LONGEST_MONTH / CALLS_A_MONTH
    attribution = "Air quality index by IQAir AirVisual (https://www.iqair.com/)"

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        client: HttpClient,
        clock: Clock,
        salt: str = "",
    ) -> None:
        """
        Ask the server at *base_url*, whose path begins before `/v2/`.

        Args:
            key: goes into each address, which is therefore never shown.
            salt: differs between installations, so that they do not all come
                back in the same second.
        """
        self._address = base_url.rstrip("/") + "/v2/nearest_city"
        self._host = urlsplit(base_url).hostname or base_url
        self._key = key
        self._client = client
        self._clock = clock
        self._salt = salt
        self._calls: deque[datetime] = deque(maxlen=CALLS_A_MINUTE)

    def report(self, location: Location) -> list[ReportedIndex]:
        """
        Ask what the index at *location* is now, in one call.

        The sixth call within a minute is not made: the plan would refuse it.

        Raises:
            ProviderError: one of its classes, saying whose fault it is.
        """
        self._keep_pace()
        query = {
            "lat": f"{location.lat:f}",
            "lon": f"{location.lon:f}",
            "key": self._key,
        }
        answer = self._client.get(f"{self._address}?{urlencode(query)}")
        now = self._clock.now()
        error = refusal(answer, host=self._host, at=now, salt=self._salt)
        if error is not None:
            raise with_body(error, answer)
        try:
            city = read_city(answer.body)
        except MalformedError as wrong:
            raise unreadable(self._host, wrong, answer) from wrong
        if city.valid_at > now + HOUR:
            raise MalformedError(f"{self._host}: an index of the future")
        return self._indices(location, city, now)

    def _indices(
        self, location: Location, city: City, at: datetime
    ) -> list[ReportedIndex]:
        here = (location.lat, location.lon)
        return [
            ReportedIndex(
                provider=self.id,
                location=location.id,
                scheme=scheme,
                value=value,
                main_pollutant=main,
                valid_at=city.valid_at,
                fetched_at=at,
                place=city.name,
                distance_m=None if city.at is None else distance_m(here, city.at),
            )
            for scheme, (value, main) in city.indices.items()
        ]

    def _keep_pace(self) -> None:
        now = self._clock.now()
        if len(self._calls) == CALLS_A_MINUTE and now < self._calls[0] + MINUTE:
            raise QuotaError(
                f"{self._host}: {CALLS_A_MINUTE} calls a minute are made",
                retry_at=self._calls[0] + MINUTE,
                window="minute",
            )
        self._calls.append(now)
