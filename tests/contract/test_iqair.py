"""IQAir's own way of asking and failing, over real HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airq_cron.domain.measurement import Location
from airq_cron.domain.pollutant import Pollutant
from airq_cron.errors import (
    MalformedError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
)
from airq_cron.ports import IndexProvider
from airq_cron.providers.registry import Wiring, make_index_provider
from airq_cron.testing import FakeClock
from tests.contract.upstreams import Query, Reply, Upstream, fixture, reply

NOW = datetime(2026, 10, 3, 12, 34, tzinfo=UTC)
TODAY = datetime(2026, 10, 3, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PARIS = Location(
    "paris", "Paris", Decimal("48.8566"), Decimal("2.3522"), "Europe/Paris"
)


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock at half past twelve, UTC."""
    return FakeClock(NOW)


@pytest.fixture
def server() -> Iterator[Upstream]:
    """Run a server that knows one city."""

    def answer(path: str, query: Query) -> Reply:
        assert ("/v2/nearest_city", "secret") == (path, query["key"])
        return reply(fixture("iqair/city.json"))

    with Upstream(answer) as running:
        yield running


@pytest.fixture
def provider(server: Upstream, clock: FakeClock) -> IndexProvider:
    """Give the provider that asks it."""
    wiring = Wiring(base_url=server.url, clock=clock, key="secret")
    return make_index_provider("iqair", wiring)


def test_both_indices_are_reported(provider: IndexProvider, server: Upstream) -> None:
    """In IQAir's own words, with the pollutant that gives each."""
    found = provider.report(PARIS)

    assert [
        ("aqius", 52, Pollutant.PM2_5),
        ("aqicn", 18, Pollutant.O3),
    ] == [(one.scheme, one.value, one.main_pollutant) for one in found]
    _, query = server.asked[0]
    assert ("48.8566", "2.3522") == (query["lat"], query["lon"])


def test_the_hour_is_that_of_the_index(provider: IndexProvider) -> None:
    """The weather beside it is three hours older."""
    one, _ = provider.report(PARIS)

    assert TODAY + timedelta(hours=12) == one.valid_at
    assert (NOW, "iqair", "paris") == (one.fetched_at, one.provider, one.location)


def test_the_longitude_comes_first(provider: IndexProvider) -> None:
    """Taken the other way round, the city would lie off Somalia."""
    one, _ = provider.report(PARIS)

    assert ("Paris, Ile-de-France, France", 378) == (one.place, one.distance_m)


def test_what_is_unknown_is_left_out(provider: IndexProvider, server: Upstream) -> None:
    """An index that is null, and a pollutant that is none of ours."""
    server.next = [reply(fixture("iqair/city_partial.json"))]

    assert [("aqius", None)] == [
        (one.scheme, one.main_pollutant) for one in provider.report(PARIS)
    ]


def test_concentrations_of_a_paid_plan_are_no_indices(
    provider: IndexProvider, server: Upstream
) -> None:
    """They change nothing."""
    expected = provider.report(PARIS)
    server.next = [reply(fixture("iqair/city_paid.json"))]

    assert expected == provider.report(PARIS)


def test_the_same_instant_is_reported_as_such(
    provider: IndexProvider, clock: FakeClock
) -> None:
    """A station that stands still is seen by its instant, whatever our clock says."""
    first, _ = provider.report(PARIS)
    clock.advance(timedelta(hours=7))
    later, _ = provider.report(PARIS)

    assert first.valid_at == later.valid_at
    assert timedelta(hours=7) == later.fetched_at - first.fetched_at


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aqius", "52"),
        ("aqius", 52.5),
        ("aqius", True),
        ("aqius", -1),
        ("aqius", 10_000),
        ("ts", "yesterday"),
        ("ts", "2026-10-03T12:00:00"),
        ("ts", None),
        ("ts", "2026-10-03T14:00:00.000Z"),
    ],
)
def test_an_absurd_answer_is_malformed(
    provider: IndexProvider, server: Upstream, name: str, value: Any
) -> None:
    """No index is made of a text, and none is of the future."""
    body = fixture("iqair/city.json")
    body["data"]["current"]["pollution"][name] = value
    server.next = [reply(body)]

    with pytest.raises(MalformedError):
        provider.report(PARIS)


def test_no_index_at_all_is_malformed(
    provider: IndexProvider, server: Upstream
) -> None:
    """Success without an index is none."""
    body = fixture("iqair/city.json")
    body["data"]["current"]["pollution"] = {"ts": "2026-10-03T12:00:00.000Z"}
    server.next = [reply(body)]

    with pytest.raises(MalformedError, match="no index"):
        provider.report(PARIS)


@pytest.mark.parametrize("coordinates", [[2.35], [2.35, 98.0], [48.86, "x"], "here"])
def test_an_impossible_place_is_malformed(
    provider: IndexProvider, server: Upstream, coordinates: Any
) -> None:
    """No city lies beyond the pole."""
    body = fixture("iqair/city.json")
    body["data"]["location"]["coordinates"] = coordinates
    server.next = [reply(body)]

    with pytest.raises(MalformedError):
        provider.report(PARIS)


@pytest.mark.parametrize(
    "case",
    fixture("iqair/refusals.json"),
    ids=lambda case: f"{case['quirk']} {case['status']}",
)
def test_each_refusal_has_its_class(
    provider: IndexProvider, server: Upstream, case: dict[str, Any]
) -> None:
    """The message decides, and the status where there is none."""
    server.next = [(case["status"], {}, case["body"].encode())]

    with pytest.raises(ProviderError) as caught:
        provider.report(PARIS)

    assert case["outcome"] == caught.value.outcome
    assert case.get("window") == getattr(caught.value, "window", None)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("call_limit_reached", NOW + MINUTE),
        ("call_per_day_limit_reached", TODAY + DAY + MINUTE),
        ("call_per_month_limit_reached", datetime(2026, 11, 1, 0, 1, tzinfo=UTC)),
    ],
)
def test_a_quota_waits_for_its_window(
    provider: IndexProvider, server: Upstream, message: str, expected: datetime
) -> None:
    """And some seconds, so that not everybody comes back at once."""
    server.next = [reply({"status": "fail", "data": {"message": message}}, 429)]

    with pytest.raises(QuotaError) as caught:
        provider.report(PARIS)

    assert expected <= caught.value.retry_at < expected + MINUTE / 2


def test_the_sixth_call_of_a_minute_is_not_made(
    provider: IndexProvider, server: Upstream, clock: FakeClock
) -> None:
    """The plan would refuse it."""
    for _ in range(5):
        provider.report(PARIS)
        clock.advance(timedelta(seconds=10))

    with pytest.raises(QuotaError) as caught:
        provider.report(PARIS)
    assert (5, NOW + MINUTE) == (len(server.asked), caught.value.retry_at)

    clock.advance(timedelta(seconds=10))
    provider.report(PARIS)
    assert 6 == len(server.asked)


@pytest.mark.parametrize("name", ["city_response.json", "ha_city_response_2021.json"])
def test_recorded_answers_are_read(
    provider: IndexProvider, server: Upstream, shared_data: Path, name: str
) -> None:
    """Of 2018 and 2021."""
    server.next = [(200, {}, (shared_data / "iqair" / name).read_bytes())]

    found = provider.report(PARIS)

    assert ["aqius", "aqicn"] == [one.scheme for one in found]
    assert all(one.valid_at < NOW and (one.distance_m or 0) > 7e6 for one in found)


def test_recorded_refusals_have_a_class(
    provider: IndexProvider, server: Upstream, clock: FakeClock, shared_data: Path
) -> None:
    """None of them is data, and only a key's fault disables the provider."""
    of_key = {"forbidden", "generic", "incorrect", "key", "payment", "permission"}
    for path in sorted((shared_data / "iqair").glob("error_*.json")):
        server.next = [(200, {}, path.read_bytes())]
        with pytest.raises(ProviderError) as caught:
            provider.report(PARIS)
        clock.advance(MINUTE)
        refused = path.name.split("_")[1] in of_key
        assert refused == isinstance(caught.value, PermanentProviderError), path.name
