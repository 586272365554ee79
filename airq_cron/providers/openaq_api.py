"""The calls of OpenAQ v3: their addresses, pages, quota and refusals."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

from airq_cron.clock import Clock
from airq_cron.domain.measurement import Location, Reading
from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.errors import MalformedError, PermanentLocationError
from airq_cron.providers.http import Answer, HttpClient, unreadable, with_body
from airq_cron.providers.openaq_body import Page, read_hours, read_stations
from airq_cron.providers.openaq_refusal import (
    is_used_up,
    over_quota,
    refusal,
    reset_after,
)
from airq_cron.providers.openaq_station import Sensor, Station

PAGE_SIZE = 1000
SHORTEST_SPAN = 6 * HOUR


class OpenAqApi:
    """Makes one call after the other, as many as the server allows."""

    def __init__(
        self, base_url: str, *, client: HttpClient, clock: Clock, salt: str = ""
    ) -> None:
        """Ask the server at *base_url*; *client* sends the key with each call."""
        self.host = urlsplit(base_url).hostname or base_url
        self._base = base_url.rstrip("/") + "/v3"
        self._client = client
        self._clock = clock
        self._salt = salt
        self._closed_until: datetime | None = None

    def station(self, number: str) -> list[Station]:
        """Return the station of that number; raises ProviderError."""
        return self._read_stations(f"/locations/{quote(number, safe='')}")

    def stations_near(self, place: Location, radius_m: int) -> list[Station]:
        """Return the reference stations within *radius_m*; raises ProviderError."""
        query = {
            "coordinates": f"{round(place.lat, 6):f},{round(place.lon, 6):f}",
            "radius": radius_m,
            "monitor": "true",
            "mobile": "false",
            "limit": PAGE_SIZE,
        }
        return self._read_stations(f"/locations?{urlencode(query, safe=',')}")

    def hours(
        self, sensor: Sensor, since: datetime, until: datetime
    ) -> list[Reading] | None:
        """
        Return what the sensor knows of [since, until); None when it is unknown.

        Raises:
            ProviderError: one of its classes, saying whose fault it is.
        """
        found: list[Reading] = []
        for page in self._pages(sensor, since, until):
            if page is None:
                return None
            found += page.readings
        return [one for one in found if since <= one.valid_from < until]

    def _pages(
        self, sensor: Sensor, since: datetime, until: datetime
    ) -> Iterator[Page | None]:
        most = (until - since) // (PAGE_SIZE * HOUR) + 2
        for number in range(1, most + 1):
            query = {
                "datetime_from": _stamp(since),
                "datetime_to": _stamp(until),
                "limit": PAGE_SIZE,
                "page": number,
            }
            answer = self._ask(f"/sensors/{sensor.id}/hours?{urlencode(query)}")
            if answer.status == 408 and until - since > SHORTEST_SPAN:
                # Its database gives a question six seconds: ask for less.
                middle = floor_hour(since + (until - since) / 2)
                yield from self._pages(sensor, since, middle)
                yield from self._pages(sensor, middle, until)
                return
            if answer.status == 404:
                yield None
                return
            page = self._read_hours(answer, sensor)
            yield page
            if page.size < PAGE_SIZE:
                return
        raise MalformedError(f"{self.host}: page after page without an end")

    def _read_hours(self, answer: Answer, sensor: Sensor) -> Page:
        self._check(answer)
        try:
            return read_hours(answer.body, sensor)
        except MalformedError as error:
            raise unreadable(self.host, error, answer) from error
        except PermanentLocationError as error:
            raise PermanentLocationError(f"{self.host}: {error}") from error

    def _read_stations(self, path: str) -> list[Station]:
        answer = self._ask(path)
        self._check(answer)
        try:
            return read_stations(answer.body)
        except MalformedError as error:
            raise unreadable(self.host, error, answer) from error

    def _ask(self, path: str) -> Answer:
        """Ask, unless the server has said that we have asked enough for now."""
        now = self._clock.now()
        if self._closed_until is not None and now < self._closed_until:
            said = f"{self.host}: the quota is used up, as it said itself"
            raise over_quota(said, self._closed_until, now)
        answer = self._client.get(self._base + path)
        self._closed_until = None
        if answer.status == 429 or is_used_up(answer.headers):
            self._closed_until = self._clock.now() + reset_after(answer.headers)
        return answer

    def _check(self, answer: Answer) -> None:
        if answer.status != 200:
            at = self._clock.now()
            raise with_body(
                refusal(answer, host=self.host, at=at, salt=self._salt), answer
            )


def _stamp(at: datetime) -> str:
    """Write an instant with its Z: a bare date would be a local one."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
