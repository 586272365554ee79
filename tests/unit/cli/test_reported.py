"""`airq locations sources` and `reported`, and stations that a place names."""

import pytest

from airq_cron.store.store import SqlStore
from tests.unit.api.test_air_reported import INDEX, STATION
from tests.unit.cli.conftest import Person

WITH_KEY = {"AIRQ_OPENAQ_KEY": "k"}


def test_stations_are_listed(person: Person, store: SqlStore) -> None:
    """With the licence and whom to name."""
    store.write(lambda unit: unit.sources.note([STATION]))

    shown = person.types("locations sources paris").stdout

    assert "openaq:10" in shown
    assert "CC BY 4.0" in shown
    assert "City; EEA France" in shown
    [item] = person.reads("locations sources paris")["items"]
    assert ("10", None) == (item["station"], item["distance_m"])


def test_reported_indices_are_listed(person: Person, store: SqlStore) -> None:
    """In the provider's words, the newest first."""
    store.write(lambda unit: unit.reported.put([INDEX]))

    shown = person.types("locations reported paris").stdout

    assert "aqius" in shown
    assert "Paris, Ile-de-France" in shown
    [item] = person.reads("locations reported paris")["items"]
    assert (52, False) == (item["value"], item["may_serve"])


@pytest.mark.parametrize("command", ["sources", "reported"])
def test_nothing_is_said_to_be_nothing(person: Person, command: str) -> None:
    """An empty page has a sentence, an unknown place an exit code of its own."""
    assert "No " in person.types(f"locations {command} paris").stdout
    assert 3 == person.types(f"locations {command} atlantis").exit_code


def test_a_place_names_its_station(person: Person) -> None:
    """It is written and shown in one word, and forgotten when left out."""
    options = "locations update paris --provider openaq:2178 --provider open-meteo"
    assert 0 == person.types(options, env=WITH_KEY).exit_code
    shown = person.reads("locations show paris")
    assert ["openaq:2178", "open-meteo"] == shown["providers"]

    person.types("locations update paris --name Lutetia")
    assert shown["providers"] == person.reads("locations show paris")["providers"]

    person.types("locations update paris --provider open-meteo")
    assert ["open-meteo"] == person.reads("locations show paris")["providers"]


def test_a_station_without_the_key_is_refused(person: Person) -> None:
    """The setting is named."""
    refused = person.types("locations update paris --provider openaq:2178")

    assert 2 == refused.exit_code
    assert "AIRQ_OPENAQ_KEY" in refused.output
