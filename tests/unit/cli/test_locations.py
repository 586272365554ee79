"""`airq locations`: places come, change and go."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from airq_cron.services.seed import OTHERS
from airq_cron.store.store import SqlStore
from tests.unit.air import Air
from tests.unit.cli.conftest import Person

LYON = ("lyon", "--name", "Lyon", "--lat", "45.764", "--lon", "4.8357")
PLACE = (*LYON, "--zone", "Europe/Paris")


def test_paris_is_there_from_the_start(person: Person) -> None:
    """With its zone and who speaks for it."""
    assert {
        "items": [
            {
                "id": "paris",
                "name": "Paris",
                "lat": 48.8566,
                "lon": 2.3522,
                "zone": "Europe/Paris",
                "providers": ["open-meteo"],
                "enabled": True,
            }
        ],
        "next_cursor": None,
    } == person.reads("locations list")


def test_a_place_is_added_and_fetched_from_then_on(
    person: Person, store: SqlStore
) -> None:
    """By the default upstream, and a job of its own kind."""
    added = person.reads("locations add", *PLACE)

    assert ("lyon", ["open-meteo"], True) == (
        added["id"], added["providers"], added["enabled"]
    )  # fmt: skip
    with store.read() as unit:
        assert Decimal("45.764") == unit.locations.get("lyon").lat
        assert OTHERS.name in {job.name for job in unit.jobs.all()}
    assert added == person.reads("locations show lyon")


def test_a_list_and_a_place_are_shown_to_people(person: Person) -> None:
    """On lines of their own."""
    person.types("locations add", *PLACE)

    listed = person.types("locations list").stdout.splitlines()
    shown = person.types("locations show lyon").stdout

    assert ["Id", "lyon", "paris"] == [line.split()[0] for line in listed]
    assert "Europe/Paris" in shown
    assert "45.764" in shown


def test_places_come_in_pages(person: Person) -> None:
    """By id, the next after the last."""
    person.types("locations add", *PLACE)

    page = person.reads("locations list --limit 1")
    rest = person.reads("locations list", "--cursor", page["next_cursor"])

    assert ["lyon"] == [place["id"] for place in page["items"]]
    assert ["paris"] == [place["id"] for place in rest["items"]]
    assert "--cursor" in person.types("locations list --limit 1").stdout


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (("Lyon", *PLACE[1:]), "id"),
        ((*LYON, "--zone", "Mars/Olympus"), "zone"),
        ((*PLACE, "--provider", "nobody"), "providers"),
        (("x", "--name", "X", "--lat", "91", "--lon", "0", "--zone", "UTC"), "lat"),
        (("x", "--name", "", "--lat", "9", "--lon", "0", "--zone", "UTC"), "name"),
        (("x", "--name", "X", "--lat", "east", "--lon", "0", "--zone", "UTC"), "--lat"),
        (("x", "--name", "X"), "--lat"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    line: tuple[str, ...], field: str, person: Person
) -> None:
    """Exit code 2: the call is wrong."""
    result = person.types("locations add", *line)

    assert 2 == result.exit_code
    assert field in result.stderr
    assert 1 == len(person.reads("locations list")["items"])


def test_an_id_that_is_taken_is_exit_code_4(person: Person) -> None:
    """What is there stays."""
    person.types("locations add", *PLACE)

    result = person.types("locations add", *PLACE)

    assert 4 == result.exit_code
    assert 1 == result.stderr.count("\n")


def test_what_is_not_named_stays(person: Person) -> None:
    """An update changes only what it says."""
    person.types("locations add", *PLACE)

    changed = person.reads("locations update lyon --lat 45.75 --off")

    assert (45.75, 4.8357, "Lyon", False) == (
        changed["lat"], changed["lon"], changed["name"], changed["enabled"]
    )  # fmt: skip


def test_the_order_of_the_providers_is_that_of_the_options(person: Person) -> None:
    """Measured before modelled."""
    changed = person.reads(
        "locations update paris --provider airparif --provider open-meteo"
    )

    assert ["airparif", "open-meteo"] == changed["providers"]


@pytest.mark.parametrize(
    ("line", "code", "phrase"),
    [
        ("locations update paris", 2, "Name something to change"),
        ("locations update paris --zone Nowhere", 2, "zone: unknown zone"),
        ("locations update nice --name Nice", 3, "unknown location: nice"),
        ("locations show nice", 3, "airq locations list"),
        ("locations remove nice --yes", 3, "unknown location: nice"),
        ("locations list --cursor x", 2, "--cursor"),
    ],
)
def test_what_cannot_be_done_is_told(
    line: str, code: int, phrase: str, person: Person
) -> None:
    """With the exit code that its kind has."""
    result = person.types(line)

    assert code == result.exit_code
    assert phrase in result.stderr


def test_a_place_goes_with_everything_measured_there(
    person: Person, store: SqlStore
) -> None:
    """After a question."""
    person.types("locations add", *PLACE)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    Air(location="lyon").store(store, at, [1, 2, 3])

    result = person.types("locations remove lyon", input="y\n")

    assert (0, "lyon is gone.\n") == (result.exit_code, result.stdout)
    assert "Remove Lyon and everything measured there?" in result.stderr
    with store.read() as unit:
        assert {"paris"} == {place.id for place in unit.locations.all()}
        assert [] == unit.measurements.series("lyon")


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_without_a_yes_nothing_goes(answer: str, person: Person) -> None:
    """Not even when nobody can answer."""
    person.types("locations add", *PLACE)

    result = person.types("locations remove lyon", input=answer)

    assert 1 == result.exit_code
    assert 2 == len(person.reads("locations list")["items"])


def test_a_place_that_a_job_names_stays(person: Person) -> None:
    """Exit code 4, with the job that stands in the way."""
    result = person.types("locations remove paris --yes")

    assert 4 == result.exit_code
    assert "fetch-paris-data" in result.stderr
