"""OpenAQ's own way of asking and failing, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airq_cron.domain.measurement import Location, check_reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import (
    MalformedError,
    PermanentLocationError,
    ProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.ports import Provider
from airq_cron.providers.registry import Wiring, make_provider
from airq_cron.testing import FakeClock
from tests.contract.upstreams import OpenAqData, Upstream, fixture, reply

NOW = datetime(2026, 10, 3, 12, 34, tzinfo=UTC)
TODAY = datetime(2026, 10, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARIS = Location(
    "paris", "Paris", Decimal("48.8566"), Decimal("2.3522"), "Europe/Paris"
)
NAMED = replace(PARIS, providers=("openaq",), references=(("openaq", "20"),))
NO2_NEAR, NO2_NEAR_YOUNG, NO2_FAR = 101, 105, 201


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock at half past twelve, UTC."""
    return FakeClock(NOW)


@pytest.fixture
def data() -> OpenAqData:
    """Give five stations around Paris, none of which has an hour."""
    return OpenAqData(fixture("openaq/locations.json")["results"])


@pytest.fixture
def server(data: OpenAqData) -> Iterator[Upstream]:
    """Run a server that knows them."""
    with Upstream(data.answer) as running:
        yield running


@pytest.fixture
def provider(server: Upstream, clock: FakeClock) -> Provider:
    """Give the provider that asks it."""
    return make_provider(
        "openaq", Wiring(base_url=server.url, clock=clock, key="secret", radius_m=9000)
    )


def fetched(
    provider: Provider,
    place: Location = PARIS,
    since: datetime = TODAY,
    until: datetime = NOW,
) -> dict[tuple[Pollutant, datetime], tuple[Decimal | None, Unit]]:
    """Return the values by pollutant and hour."""
    [answer] = provider.fetch([place], since=since, until=until)
    return {
        (one.pollutant, one.valid_from): (one.value, one.unit)
        for one in answer.readings
    }


def test_key_and_place_are_sent(provider: Provider, server: Upstream) -> None:
    """The key goes into a header, and nothing but reference stations is asked for."""
    fetched(provider)

    path, query = server.asked[0]
    assert "/v3/locations" == path
    assert "secret" == server.headers[0]["x-api-key"]
    assert ("48.856600,2.352200", "9000") == (query["coordinates"], query["radius"])
    assert ("true", "false") == (query["monitor"], query["mobile"])


def test_the_nearest_station_speaks_for_each_pollutant(
    provider: Provider, data: OpenAqData
) -> None:
    """A station far off gives what the near one does not measure."""
    at = TODAY + 5 * HOUR
    data.values = {NO2_NEAR: {at: 20}, NO2_FAR: {at: 90}, 203: {at: 0.043}}

    [answer] = provider.fetch([PARIS], since=TODAY, until=NOW)

    values = {one.pollutant: (one.value, one.unit) for one in answer.readings}
    assert (Decimal(20), Unit.UG_M3) == values[Pollutant.NO2]
    assert (Decimal("0.043"), Unit.PPM) == values[Pollutant.O3]
    assert {Pollutant.NO2: "10", Pollutant.O3: "20"} == {
        one.pollutant: one.station for one in answer.sources
    }


def test_whom_to_name_is_kept(provider: Provider, data: OpenAqData) -> None:
    """Owner, network, whom the licence names, and the span of the hours."""
    data.values = {NO2_NEAR: {TODAY + n * HOUR: n for n in range(3)}}

    [answer] = provider.fetch([PARIS], since=TODAY, until=NOW)

    [source] = answer.sources
    assert "City; EEA France; Airsource" == source.attribution
    assert ("CC BY 4.0", "Near square", 74) == (
        source.licence,
        source.name,
        source.distance_m,
    )
    assert (TODAY, TODAY + 2 * HOUR) == (source.first_at, source.last_at)


def test_a_silent_station_is_stood_in_for(provider: Provider, data: OpenAqData) -> None:
    """When the nearest has no value at all, the next one is asked."""
    at = TODAY + 5 * HOUR
    data.values = {NO2_NEAR: {at: None}, NO2_FAR: {at: 90}}

    assert (Decimal(90), Unit.UG_M3) == fetched(provider)[Pollutant.NO2, at]


def test_the_younger_of_two_sensors_comes_first(
    provider: Provider, data: OpenAqData
) -> None:
    """A new unit gets a new number."""
    at = TODAY + 5 * HOUR
    data.values = {NO2_NEAR: {at: 20}, NO2_NEAR_YOUNG: {at: 10}}

    assert (Decimal(10), Unit.PPB) == fetched(provider)[Pollutant.NO2, at]


def test_citizens_and_buses_do_not_speak(provider: Provider, server: Upstream) -> None:
    """Neither does a station that ended long ago, or never began."""
    fetched(provider)

    silent = ("301", "401", "501", "502", "601")
    assert [] == [
        path for path in server.paths("sensors") if path.split("/")[3] in silent
    ]


def test_a_closed_station_speaks_for_its_time(
    provider: Provider, data: OpenAqData
) -> None:
    """A backfill of 2019 finds the station that was there in 2019."""
    day = datetime(2019, 4, 1, tzinfo=UTC)
    data.values = {502: {day: 0.4}}

    found = fetched(provider, since=day, until=day + DAY)

    assert {(Pollutant.CO, day): (Decimal("0.4"), Unit.MG_M3)} == found


def test_a_place_may_name_its_station(
    provider: Provider, data: OpenAqData, server: Upstream
) -> None:
    """Then no other one is asked, however near."""
    at = TODAY + 5 * HOUR
    data.values = {NO2_NEAR: {at: 20}, NO2_FAR: {at: 90}}

    assert (Decimal(90), Unit.UG_M3) == fetched(provider, NAMED)[Pollutant.NO2, at]
    assert "/v3/locations/20" == server.asked[0][0]


@pytest.mark.parametrize("number", ["30", "40", "99"])
def test_a_station_that_cannot_speak_is_refused(
    provider: Provider, number: str
) -> None:
    """A citizen's sensor, one that moves, and one that is not there."""
    place = replace(NAMED, references=(("openaq", number),))

    with pytest.raises(PermanentLocationError):
        fetched(provider, place)


def test_nowhere_near_is_said(provider: Provider, data: OpenAqData) -> None:
    """Without a station the place is never answered."""
    data.stations = []

    with pytest.raises(PermanentLocationError, match="within 9000 m"):
        fetched(provider)


def test_stations_are_looked_up_once_a_day(
    provider: Provider, server: Upstream, clock: FakeClock
) -> None:
    """They come and go by months."""
    for _ in range(3):
        fetched(provider)
        clock.advance(8 * HOUR + timedelta(seconds=1))
    fetched(provider)

    assert 2 == len(server.paths("locations"))


def test_a_sensor_that_is_gone_makes_it_look_again(
    provider: Provider, server: Upstream, data: OpenAqData
) -> None:
    """The others are still asked."""
    at = TODAY + 5 * HOUR
    data.missing = {NO2_NEAR, NO2_NEAR_YOUNG}
    data.values = {NO2_FAR: {at: 90}, 104: {at: 3}}

    assert {(Pollutant.NO2, at), (Pollutant.PM10, at)} == set(fetched(provider))
    fetched(provider)
    assert 2 == len(server.paths("locations"))


def test_the_hour_under_way_is_left_out(provider: Provider, data: OpenAqData) -> None:
    """Its mean is not known before it ends; what was asked for is half-open."""
    data.values = {NO2_NEAR: {TODAY + n * HOUR: n for n in range(14)}}

    hours = {at for _, at in fetched(provider, since=TODAY + 2 * HOUR, until=NOW + DAY)}

    assert {TODAY + n * HOUR for n in range(2, 12)} == hours


def test_pages_are_turned(
    provider: Provider, server: Upstream, data: OpenAqData
) -> None:
    """A sensor's year is nine pages, though `found` is a text."""
    first = TODAY - 104 * DAY
    data.values = {202: {first + n * HOUR: n for n in range(2500)}}

    found = fetched(provider, since=first)

    pm = {at: value for (what, at), (value, _) in found.items() if what == "pm2_5"}
    assert {first + n * HOUR: Decimal(n) for n in range(2500)} == pm
    assert ["1", "2", "3"] == [
        query["page"] for path, query in server.asked if "/202/" in path
    ]


def test_pages_without_an_end_are_malformed(
    provider: Provider, server: Upstream, data: OpenAqData
) -> None:
    """A server that repeats itself is left alone."""
    [hour] = fixture("openaq/hours_null.json")["results"][1:]
    data.stations = data.stations[:1]
    fetched(provider)
    server.next = [reply({"results": [hour] * 1000})] * 9

    with pytest.raises(MalformedError, match="without an end"):
        fetched(provider)


def test_a_question_too_large_is_asked_by_halves(
    provider: Provider, server: Upstream, data: OpenAqData
) -> None:
    """The server's database gives a question six seconds."""
    data.stations = data.stations[:1]
    data.widest = timedelta(days=3)
    first = TODAY - 10 * DAY
    data.values = {202: {first + n * HOUR: n for n in range(240)}}

    assert 240 == len(fetched(provider, since=first, until=TODAY))
    spans = [query for path, query in server.asked if "/202/" in path]
    assert 7 == len(spans)


def test_a_small_question_too_large_is_transient(
    provider: Provider, data: OpenAqData
) -> None:
    """There is no use in asking for less than a quarter of a day."""
    data.widest = timedelta()

    with pytest.raises(TransientError, match="408"):
        fetched(provider)


def test_a_used_up_quota_is_not_tried(
    provider: Provider, server: Upstream, clock: FakeClock
) -> None:
    """The last answer said that it was the last one; bans come from going on."""
    server.always = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "20"}

    with pytest.raises(QuotaError) as caught:
        fetched(provider)
    assert NOW + timedelta(seconds=20) == caught.value.retry_at
    with pytest.raises(QuotaError):
        fetched(provider)
    assert 1 == len(server.asked)

    server.always = {"x-ratelimit-remaining": "59"}
    clock.advance(timedelta(seconds=20))
    fetched(provider)
    assert 1 < len(server.asked)


@pytest.mark.parametrize(
    "case", fixture("openaq/refusals.json"), ids=lambda c: c["quirk"]
)
def test_each_refusal_has_its_class(
    provider: Provider, server: Upstream, case: dict[str, Any]
) -> None:
    """Whether it is the stations or the hours that are asked for."""
    answer = case["status"], case.get("headers", {}), case["body"].encode()
    server.next = [answer]

    with pytest.raises(ProviderError) as caught:
        fetched(provider)

    assert case["outcome"] == caught.value.outcome
    assert "secret" not in str(caught.value)


def test_hours_without_an_end_of_quota_wait_a_minute(
    provider: Provider, server: Upstream
) -> None:
    """-1 and -2 are no times to come back."""
    for seconds in ("-1", "-2", "soon", ""):
        server.next = [(429, {"x-ratelimit-reset": seconds}, b"")]
        fresh = make_provider(
            "openaq", Wiring(base_url=server.url, clock=FakeClock(NOW), key="k")
        )
        with pytest.raises(QuotaError) as caught:
            fetched(fresh)
        wait = caught.value.retry_at - NOW
        assert timedelta(seconds=60) <= wait < timedelta(seconds=70)


def test_sentinels_are_refused_and_extremes_kept(
    provider: Provider, server: Upstream
) -> None:
    """Of nine odd values two are real: -4.9 and 1,847."""
    place = replace(PARIS, references=(("openaq", "30"),))
    station = fixture("openaq/locations.json")["results"][2] | {"isMonitor": True}
    sentinels = fixture("openaq/hours_sentinels.json")
    server.next = [reply({"results": [station]}), reply(sentinels)]

    [answer] = provider.fetch([place], since=TODAY, until=NOW)

    checked = [
        check_reading(
            one, provider="openaq", location="paris", origin=provider.origin,
            fetched_at=NOW,
        )
        for one in answer.readings
    ]  # fmt: skip
    assert ["sentinel"] * 7 == [one for one in checked if isinstance(one, str)]
    assert [-4_900_000, 1_847_000_000] == [
        one.micros for one in checked if not isinstance(one, str)
    ]


def test_recorded_answers_are_read(
    provider: Provider, server: Upstream, data: OpenAqData, shared_data: Path
) -> None:
    """The station of the project's own documentation, and two of its hours."""
    folder = shared_data / "openaq"
    hours = (folder / "py_measurements.json").read_bytes()
    server.next = [(200, {}, (folder / "py_locations.json").read_bytes())]
    since = datetime(2023, 10, 13, tzinfo=UTC)
    place = replace(NAMED, references=(("openaq", "2178"),))
    data.missing = {3916, 3917, 3918, 3919, 25227}
    data.parameter[3920] = {}
    fetched(provider, place, since, since + DAY)
    asked = server.paths("/3920/")
    server.next = [(200, {}, (folder / "py_locations.json").read_bytes())]

    def answer(path: str, query: Any) -> Any:
        return (200, {}, hours) if "/3920/" in path else data.answer(path, query)

    server._answer = answer
    found = fetched(provider, place, since, since + 7 * DAY)

    begin = datetime(2023, 10, 16, 12, tzinfo=UTC)
    assert 1 == len(asked)
    assert {
        (Pollutant.PM2_5, begin): (Decimal(6), Unit.UG_M3),
        (Pollutant.PM2_5, begin + HOUR): (Decimal("7.5"), Unit.UG_M3),
    } == found


def test_recorded_refusals_have_a_class(
    server: Upstream, clock: FakeClock, shared_data: Path
) -> None:
    """Each that the project's source code can answer with."""
    classes = {
        401: "permanent_provider", 403: "permanent_provider",
        404: "permanent_location", 408: "transient", 410: "permanent_provider",
        422: "permanent_provider", 429: "quota", 500: "transient",
    }  # fmt: skip
    recorded = shared_data / "openaq" / "errors.json"
    for case in fixture(str(recorded))["cases"]:
        asking = make_provider(
            "openaq", Wiring(base_url=server.url, clock=clock, key="k")
        )
        body = case["body_text"].encode()
        server.next = [(case["status"], case.get("headers", {}), body)]
        with pytest.raises(ProviderError) as caught:
            fetched(asking)
        assert classes[case["status"]] == caught.value.outcome
