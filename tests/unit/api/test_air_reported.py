"""What providers say beside concentrations, over HTTP."""

from dataclasses import replace
from datetime import timedelta

from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.source import Source
from airq_cron.system import System
from tests.unit.api.air_facts import HOUR, NOON, PARIS
from tests.unit.api.caller import Caller

INDEX = ReportedIndex(
    provider="iqair",
    location="paris",
    scheme="aqius",
    value=52,
    main_pollutant=Pollutant.PM2_5,
    valid_at=NOON,
    fetched_at=NOON + timedelta(minutes=7),
    place="Paris, Ile-de-France, France",
    distance_m=378,
)
STATION = Source(
    provider="openaq",
    location="paris",
    pollutant=Pollutant.NO2,
    station="10",
    name="Near square",
    distance_m=None,
    attribution="City; EEA France",
    licence="CC BY 4.0",
    first_at=NOON - 9 * HOUR,
    last_at=NOON,
    seen_at=NOON + HOUR,
)


def test_reported_indices_say_that_they_are(viewer: Caller, system: System):
    """Whose they are, of which city, and that nobody has read the terms."""
    system.store.write(lambda unit: unit.reported.put([INDEX]))

    assert {
        "items": [
            {
                "provider": "iqair",
                "scheme": "aqius",
                "value": 52,
                "main_pollutant": "pm2_5",
                "valid_at": "2026-03-01T12:00:00Z",
                "fetched_at": "2026-03-01T12:07:00Z",
                "place": "Paris, Ile-de-France, France",
                "distance_m": 378,
                "may_serve": False,
            }
        ],
        "next_cursor": None,
    } == viewer.get(f"{PARIS}/reported").json


def test_reported_indices_come_in_pages(viewer: Caller, system: System):
    """The newest first, each once."""
    rows = [replace(INDEX, valid_at=NOON - n * HOUR, value=n) for n in range(5)]
    system.store.write(lambda unit: unit.reported.put(rows))
    first = viewer.get(f"{PARIS}/reported?limit=3").json
    rest = viewer.get(f"{PARIS}/reported?cursor={first['next_cursor']}").json

    values = [item["value"] for page in (first, rest) for item in page["items"]]
    assert list(range(5)) == values
    assert rest["next_cursor"] is None


def test_reported_indices_are_among_no_others(viewer: Caller, system: System):
    """They are no readings, and the latest air knows nothing of them."""
    before = viewer.get(f"{PARIS}/latest").json
    system.store.write(lambda unit: unit.reported.put([INDEX]))

    assert before == viewer.get(f"{PARIS}/latest").json


def test_stations_are_named_with_their_licence(viewer: Caller, system: System):
    """Whoever shows the readings must name them."""
    system.store.write(lambda unit: unit.sources.note([STATION]))

    assert {
        "items": [
            {
                "provider": "openaq",
                "pollutant": "no2",
                "station": "10",
                "name": "Near square",
                "distance_m": None,
                "attribution": "City; EEA France",
                "licence": "CC BY 4.0",
                "first_at": "2026-03-01T03:00:00Z",
                "last_at": "2026-03-01T12:00:00Z",
                "seen_at": "2026-03-01T13:00:00Z",
            }
        ],
        "next_cursor": None,
    } == viewer.get(f"{PARIS}/sources").json


def test_unknown_places_are_not_found(viewer: Caller):
    """As everywhere."""
    for what in ("reported", "sources"):
        assert 404 == viewer.get(f"/air/locations/atlantis/{what}").status_code
