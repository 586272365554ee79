"""Whom a fetch leaves alone, how far back it asks, and whom it names."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from airq_cron import ports
from airq_cron.domain.measurement import Location, Reading
from airq_cron.domain.period import Period, floor_hour
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.source import Source
from airq_cron.errors import MalformedError, PermanentProviderError, QuotaError
from airq_cron.ports import FlipFilter, LocationReadings, Store
from airq_cron.services.ingest import fetch_hours, fetch_readings, store_fetched
from airq_cron.services.manage_locations import change_location
from airq_cron.services.refusals import enable_provider
from airq_cron.services.seed import PARIS
from airq_cron.testing import FakeClock, FakeProvider

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PLACE = replace(PARIS, providers=("open-meteo",))

Ingest = Callable[..., dict[str, Any]]


def reading(at: datetime) -> Reading:
    """Give a reading of the hour that holds *at*."""
    return Reading(Pollutant.PM2_5, floor_hour(at), Decimal("12.5"), Unit.UG_M3)


def add(store: Store, *ids: str) -> list[Location]:
    """Enter locations that the fake provider knows, and return them."""
    places = [replace(PLACE, id=one, name=one) for one in ids]

    def work(unit: ports.Unit) -> None:
        for place in places:
            unit.locations.add(place)

    store.write(work)
    return places


def quota(clock: FakeClock) -> QuotaError:
    """Give a refusal that is over in half an hour."""
    return QuotaError("too often", retry_at=clock.now() + 30 * MINUTE, window="hour")


@pytest.fixture
def provider() -> FakeProvider:
    """Give an upstream that knows nothing yet."""
    return FakeProvider()


@pytest.fixture
def ingest(store: Store, clock: FakeClock, provider: FakeProvider) -> Ingest:
    """Give a function that fetches and stores as a run does."""

    def once(*locations: Location) -> dict[str, Any]:
        fetched = fetch_readings(
            store, {provider.id: provider}, locations or [PLACE], clock.now()
        )
        return store.write(store_fetched(store, fetched))

    return once


def test_a_quota_holds_all_places(
    ingest: Ingest, provider: FakeProvider, store: Store, clock: FakeClock
) -> None:
    """Until the time that the provider named."""
    wanted = add(store, "a", "b")
    provider.batch_size = 1
    provider.errors = [quota(clock)]
    ingest(*wanted)
    clock.advance(29 * MINUTE)

    result = ingest(*wanted)

    assert ("quota", {"quota": 2}) == (result["outcome"], result["held"])
    assert 1 == len(provider.asked)
    clock.advance(31 * MINUTE)
    assert {} == ingest(*wanted)["held"]
    assert 3 == len(provider.asked)


def test_who_refuses_us_for_good_is_disabled(
    ingest: Ingest, provider: FakeProvider, store: Store, clock: FakeClock
) -> None:
    """With one alert, until a person says that it is mended."""
    wanted = add(store, "a", "b")
    provider.batch_size = 1
    provider.errors = [PermanentProviderError("401: the key is unknown")]
    ingest(*wanted)
    clock.advance(timedelta(days=9))

    result = ingest(*wanted)

    assert {"permanent_provider": 2} == result["held"]
    assert 1 == len(provider.asked)
    with store.read() as unit:
        state = unit.upstreams.state("open-meteo")
        (flip,) = unit.flips.find(FlipFilter(), limit=9, after=None)
    assert "401: the key is unknown" == state.reason
    assert ("provider_disabled", True) == (flip.kind, flip.is_open)
    assert "airq providers enable open-meteo" in flip.message

    enabled = [store.write(lambda u: enable_provider(u, "open-meteo")) for _ in "ab"]
    assert [True, False] == enabled
    assert {} == ingest(*wanted)["held"]
    assert 3 == len(provider.asked)
    with store.read() as unit:
        assert not unit.flips.get(flip.id).is_open


def test_a_disabled_provider_does_not_hold_up_another(
    store: Store, clock: FakeClock
) -> None:
    """Each has its own state."""
    other = FakeProvider(id="openaq")
    place = replace(PLACE, providers=("open-meteo", "openaq"))
    store.write(lambda unit: unit.upstreams.disable("open-meteo", "x", clock.now()))
    both = {"open-meteo": FakeProvider(), "openaq": other}

    fetch_readings(store, both, [place], clock.now())
    assert 1 == len(other.asked)


def test_a_place_that_is_never_answered_is_not_asked_for_any_more(
    ingest: Ingest, provider: FakeProvider, store: Store, clock: FakeClock
) -> None:
    """Until the place is changed, or a person says so."""
    wanted = add(store, "a", "b")
    provider.refused = {"a"}
    ingest(*wanted)
    clock.advance(timedelta(days=2))
    asked = len(provider.asked)
    ingest(*wanted)

    assert [("b",)] == [one.locations for one in provider.asked[asked:]]
    changed = {"name": "Elsewhere"}
    change_location(store, "a", changed, providers=("open-meteo",), by="cli:me")
    ingest(*wanted)
    assert ("a",) in [one.locations for one in provider.asked[asked + 1 :]]


def test_an_answer_that_cannot_be_read_is_kept(
    ingest: Ingest, provider: FakeProvider, store: Store, clock: FakeClock
) -> None:
    """Bounded, without secrets, the newest few."""
    for number in range(7):
        error = MalformedError(f"no JSON {number}")
        error.body = b'{"api_key": "s3cret", "x": "' + b"y" * 5000
        provider.errors = [error]
        ingest()
        clock.advance(MINUTE)

    with store.read() as unit:
        found = unit.upstreams.samples("open-meteo")
    assert [f"no JSON {number}" for number in (6, 5, 4, 3, 2)] == [
        one.reason for one in found
    ]
    assert {(4000, 5028)} == {(len(one.body) + 3, one.size) for one in found}
    assert "s3cret" not in found[0].body


def past(store: Store, provider: FakeProvider, at: datetime) -> dict[str, Any]:
    """Ask for yesterday, as a backfill does, and store what came of it."""
    day = Period(floor_hour(at) - 24 * HOUR, floor_hour(at))
    fetched = fetch_hours(store, {provider.id: provider}, [PLACE], day, at)
    return store.write(store_fetched(store, fetched))


@pytest.mark.parametrize("outcome", ["quota", "permanent_provider"])
def test_a_backfill_is_told_to_stop_for_all(
    store: Store, clock: FakeClock, provider: FakeProvider, ingest: Ingest, outcome: str
) -> None:
    """Neither it nor the live schedule asks on; of old hours no more is remembered."""
    known = {"quota": quota(clock), "permanent_provider": PermanentProviderError("401")}
    provider.errors = [known[outcome]]
    assert outcome == past(store, provider, clock.now())["outcome"]

    assert {outcome: 1} == past(store, provider, clock.now())["held"]
    assert {outcome: 1} == ingest()["held"]
    assert 1 == len(provider.asked)
    clock.advance(31 * MINUTE)
    ingest()
    assert (2 if outcome == "quota" else 1) == len(provider.asked)


def test_a_backfill_leaves_refused_places_alone(
    store: Store, clock: FakeClock, provider: FakeProvider, ingest: Ingest
) -> None:
    """And the result says so."""
    provider.refused = {PLACE.id}
    ingest()

    assert {"permanent_location": 1} == past(store, provider, clock.now())["held"]
    assert {"permanent_location": 1} == ingest()["held"]
    assert 1 == len(provider.asked)


def test_an_import_of_long_ago_does_not_decide_how_far_back(
    ingest: Ingest, provider: FakeProvider, store: Store, clock: FakeClock
) -> None:
    """The live schedule asks for a quarter of a year at most."""
    provider.keeps = timedelta(days=3653)
    old = clock.now() - timedelta(days=3000)
    provider.readings["paris"] = [reading(old)]
    fetched = fetch_hours(
        store, {provider.id: provider}, [PLACE], Period(floor_hour(old), clock.now()),
        clock.now(),
    )  # fmt: skip
    store.write(store_fetched(store, fetched))

    ingest()

    hour = floor_hour(clock.now())
    assert hour - timedelta(days=92) == provider.asked[-1].since


def test_the_stations_behind_the_readings_are_kept(
    store: Store, clock: FakeClock
) -> None:
    """With the transaction that stores the readings."""
    at = floor_hour(clock.now())
    source = Source(
        "open-meteo", "paris", Pollutant.NO2, "10", "Square", 74, "City", "CC0",
        at, at, at,
    )  # fmt: skip

    class Naming(FakeProvider):
        """An upstream that has stations."""

        def fetch(self, *args: Any, **options: Any) -> list[LocationReadings]:
            """Name one."""
            del args, options
            return [LocationReadings("paris", (reading(at),), (source,))]

    fetched = fetch_readings(store, {"open-meteo": Naming()}, [PLACE], clock.now())
    store.write(store_fetched(store, fetched))

    with store.read() as unit:
        assert [source] == unit.sources.of("paris")
