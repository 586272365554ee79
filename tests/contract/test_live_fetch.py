"""OpenAQ and IQAir from the wire to the tables, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from airq_cron.domain.measurement import Location
from airq_cron.domain.pollutant import Pollutant
from airq_cron.errors import PermanentProviderError
from airq_cron.providers.registry import Wiring, make_index_provider, make_provider
from airq_cron.services.ingest import Fetched, fetch_readings, store_fetched
from airq_cron.services.ingest_reported import ask_reports, store_reports
from airq_cron.services.refusals import enable_provider
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests.contract.upstreams import OpenAqData, Upstream, fixture, reply

NOW = datetime(2026, 10, 3, 12, 34, tzinfo=UTC)
TODAY = datetime(2026, 10, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARIS = Location(
    "paris",
    "Paris",
    Decimal("48.8566"),
    Decimal("2.3522"),
    "Europe/Paris",
    ("openaq", "iqair"),
)
NO2 = 101


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock at half past twelve, UTC."""
    return FakeClock(NOW)


@pytest.fixture
def data() -> OpenAqData:
    """Give a station whose hours of today are 0, 1, 2 ... but for the fifth."""
    data = OpenAqData(fixture("openaq/locations.json")["results"])
    data.values[NO2] = {TODAY + n * HOUR: n for n in range(12) if n != 5}
    return data


@pytest.fixture
def openaq(data: OpenAqData) -> Iterator[Upstream]:
    """Run a server that knows it."""
    with Upstream(data.answer) as running:
        yield running


@pytest.fixture
def store(store: SqlStore) -> SqlStore:
    """Give a store that knows Paris."""
    store.write(lambda unit: unit.locations.add(PARIS))
    return store


@pytest.fixture
def fetch(store: SqlStore, openaq: Upstream, clock: FakeClock) -> Any:
    """Give a function that fetches as a run does, and says what became of it."""
    wiring = Wiring(base_url=openaq.url, clock=clock, key="k")
    provider = make_provider("openaq", wiring)

    def once() -> tuple[Fetched, dict[str, Any]]:
        fetched = fetch_readings(store, {"openaq": provider}, [PARIS], clock.now())
        return fetched, store.write(store_fetched(store, fetched))

    return once


def hours(store: SqlStore) -> dict[int, Decimal]:
    """Return today's values by hour."""
    with store.read() as unit:
        rows = unit.measurements.hours("paris", "openaq", TODAY, NOW)
    assert {Pollutant.NO2} == {row.pollutant for row in rows}
    return {row.valid_from.hour: Decimal(row.micros) / 1_000_000 for row in rows}


def test_late_and_revised_hours_are_taken_in(
    fetch: Any, store: SqlStore, data: OpenAqData, clock: FakeClock
) -> None:
    """An hour that came late, out of order, and one that was corrected."""
    _, first = fetch()
    data.values[NO2] |= {TODAY + 5 * HOUR: 55, TODAY + 7 * HOUR: 7.5}
    data.values[NO2][TODAY + 12 * HOUR] = 12
    clock.advance(HOUR)
    _, second = fetch()

    assert (11, 0) == (first["stored"], first["revised"])
    assert (2, 1) == (second["stored"], second["revised"])
    expected = {n: Decimal(n) for n in range(13)} | {5: Decimal(55), 7: Decimal("7.5")}
    with store.read() as unit:
        rows = unit.measurements.hours("paris", "openaq", TODAY, NOW + HOUR)
    assert expected == {
        row.valid_from.hour: Decimal(row.micros) / 1_000_000 for row in rows
    }


def test_the_station_is_named_with_the_span_of_its_hours(
    fetch: Any, store: SqlStore, clock: FakeClock, data: OpenAqData
) -> None:
    """It grows with each fetch."""
    fetch()
    data.values[NO2][TODAY + 12 * HOUR] = 12
    clock.advance(HOUR)
    fetch()

    with store.read() as unit:
        [source] = unit.sources.of("paris")
    assert ("10", TODAY, TODAY + 12 * HOUR) == (
        source.station,
        source.first_at,
        source.last_at,
    )


def test_minutes_between_cost_no_call(
    fetch: Any, openaq: Upstream, clock: FakeClock
) -> None:
    """A job of every minute asks once an hour."""
    fetch()
    asked = len(openaq.asked)
    for _ in range(20):
        clock.advance(timedelta(minutes=1))
        assert 1 == fetch()[1]["not_due"]

    assert asked == len(openaq.asked)


def test_a_ban_is_not_answered_with_more_calls(
    fetch: Any, openaq: Upstream, store: SqlStore, clock: FakeClock
) -> None:
    """Nobody asks again, though the job fires each minute, until a person says so."""
    openaq.next = [reply({"message": "Forbidden. Contact us."}, 403)]
    fetched, _ = fetch()
    assert isinstance(fetched.error, PermanentProviderError)

    for _ in range(59):
        clock.advance(timedelta(minutes=1))
        assert "permanent_provider" == fetch()[1]["outcome"]
    assert 1 == len(openaq.asked)

    clock.advance(timedelta(hours=9))
    assert "permanent_provider" == fetch()[1]["outcome"]
    assert store.write(lambda unit: enable_provider(unit, "openaq"))
    assert "ok" == fetch()[1]["outcome"]
    assert 11 <= len(hours(store))


def test_reported_indices_are_stored_beside(store: SqlStore, clock: FakeClock) -> None:
    """Nothing of them is among the measurements."""
    with Upstream(lambda *_: reply(fixture("iqair/city.json"))) as server:
        wiring = Wiring(base_url=server.url, clock=clock, key="k")
        provider = make_index_provider("iqair", wiring)
        reports = ask_reports(store, {"iqair": provider}, [PARIS], NOW)
        result = store.write(store_reports(reports))

    assert 2 == result["stored"]
    with store.read() as unit:
        found = unit.reported.page("paris", limit=9)
        assert [("aqius", 52), ("aqicn", 18)] == [
            (one.scheme, one.value) for one in found
        ]
        assert [] == unit.measurements.series("paris")
