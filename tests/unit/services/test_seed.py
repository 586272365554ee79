"""What every installation begins with, and what people changed since."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airq_cron.domain.job import BUILT_IN
from airq_cron.domain.measurement import Location
from airq_cron.errors import ConfigError, InvalidError
from airq_cron.services.seed import OTHERS, PARIS, parse_location, read_locations, seed
from airq_cron.services.toggle import toggle_job
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock

LYON: dict[str, Any] = {
    "id": "lyon",
    "name": "Lyon",
    "lat": 45.76,
    "lon": 4.8357,
    "zone": "Europe/Paris",
}

Sow = Callable[..., None]
Write = Callable[[Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes a file of locations."""

    def to_file(content: Any) -> Path:
        path = tmp_path / "locations.json"
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


@pytest.fixture
def sow(store: SqlStore, clock: FakeClock) -> Sow:
    """Give a function that seeds the store of the test again."""

    def again(locations: Path | None = None, provider: str = "open-meteo") -> None:
        seed(store, default_provider=provider, locations=locations)

    return again


def places(store: SqlStore) -> dict[str, Location]:
    with store.read() as unit:
        return {place.id: place for place in unit.locations.all()}


def job_names(store: SqlStore) -> set[str]:
    with store.read() as unit:
        return {job.name for job in unit.jobs.all()}


def test_a_new_installation_has_its_jobs_and_paris(
    store: SqlStore, clock: FakeClock
) -> None:
    """Fetched from the default provider; nothing of the past is made up for."""
    assert {"paris": replace(PARIS, providers=("open-meteo",))} == places(store)
    with store.read() as unit:
        jobs = unit.jobs.all()
    assert {job.name for job in BUILT_IN} == {job.name for job in jobs}
    assert {clock.now()} == {job.cursor for job in jobs}
    due = {job.name: job.next_due_at for job in jobs}
    assert due.pop("notify") is None
    assert all(one and one > clock.now() for one in due.values())


def test_seeding_again_changes_nothing(
    store: SqlStore, sow: Sow, clock: FakeClock
) -> None:
    """Every start of every process does it."""
    with store.read() as unit:
        before = unit.jobs.all()
    clock.wait(3600)

    sow()

    with store.read() as unit:
        assert before == unit.jobs.all()


def test_what_people_changed_stays(store: SqlStore, sow: Sow) -> None:
    """A job that was switched off stays off, a place that was removed stays away."""
    toggle_job(store, "weekly-cleanup", enabled=False)
    lyon = replace(PARIS, id="lyon", name="Lyon", providers=("open-meteo",))
    store.write(lambda unit: unit.locations.add(lyon))
    store.write(lambda unit: unit.locations.remove("paris"))

    sow()

    assert {"lyon"} == set(places(store))
    with store.read() as unit:
        assert not unit.jobs.get("weekly-cleanup").enabled


def test_the_locations_of_a_file_are_entered_with_a_job_that_fetches_them(
    store: SqlStore, sow: Sow, write: Write
) -> None:
    """Paris has its own."""
    sow(write([LYON, {**LYON, "id": "nice", "providers": ["openaq", "open-meteo"]}]))

    found = places(store)
    assert {"paris", "lyon", "nice"} == set(found)
    assert (Decimal("45.76"), ("open-meteo",)) == (
        found["lyon"].lat, found["lyon"].providers
    )  # fmt: skip
    assert ("openaq", "open-meteo") == found["nice"].providers
    assert OTHERS.name in job_names(store)


def test_a_location_that_is_there_is_not_overwritten(
    store: SqlStore, sow: Sow, write: Write
) -> None:
    """The file brings places in; afterwards people decide."""
    sow(write([{**LYON, "id": "paris", "name": "Elsewhere"}]))

    assert "Paris" == places(store)["paris"].name
    assert OTHERS.name not in job_names(store)


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        ("{", "is not JSON"),
        ("[1E+999999999999999999999]", "too large an exponent"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "is not JSON"),
        ({"id": "lyon"}, "must hold a JSON array"),
        (["lyon"], r"\[0\].*must be an object"),
        ([LYON, {**LYON, "zone": "Europe/Pariss"}], r"\[1\].zone: unknown zone"),
        ([{**LYON, "lat": 91}], r"\[0\].lat: must lie between"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_the_place_in_it(
    content: Any, phrase: str, sow: Sow, write: Write
) -> None:
    """The setting, the element and the field."""
    with pytest.raises(ConfigError, match=phrase) as caught:
        sow(write(content))

    assert "AIRQ_LOCATIONS" == caught.value.setting


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the reason of the system."""
    with pytest.raises(ConfigError, match="AIRQ_LOCATIONS: cannot be read"):
        read_locations(tmp_path / "none.json", ["open-meteo"])


def test_coordinates_keep_their_digits(write: Write) -> None:
    """No float comes between the file and the store."""
    (place,) = read_locations(
        write('[{"id":"x","name":"X","lat":0.1,"lon":-0.30000001,"zone":"UTC"}]'), ["p"]
    )

    assert (Decimal("0.1"), Decimal("-0.30000001")) == (place.lat, place.lon)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({key: LYON[key] for key in LYON if key != "lat"}, "lat"),
        ({**LYON, "altitude": 3}, "altitude"),
        ({**LYON, "name": 3}, "name"),
        ({**LYON, "id": None}, "id"),
        ({**LYON, "lat": True}, "lat"),
        ({**LYON, "lon": "east"}, "lon"),
        ({**LYON, "lon": [1]}, "lon"),
        ({**LYON, "providers": "abc"}, "providers"),
        ({**LYON, "providers": [1]}, "providers"),
        ({**LYON, "providers": ["a", "a"]}, "providers"),
        ({**LYON, "id": "Lyon"}, "id"),
        ({**LYON, "zone": "Mars/Olympus"}, "zone"),
    ],
)
def test_a_wrong_field_of_a_location_is_named(item: dict[str, Any], field: str) -> None:
    """Missing, unknown, of another type, or impossible."""
    exact = json.loads(json.dumps(item), parse_float=Decimal)

    with pytest.raises(InvalidError) as caught:
        parse_location(exact, ["open-meteo"])

    assert field == caught.value.field
