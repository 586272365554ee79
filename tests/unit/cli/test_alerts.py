"""`airq alerts`: the list, and one alert."""

import pytest

from airq_cron.domain.flip import Flip
from airq_cron.store.store import SqlStore
from api.alert_schema import AlertSchema
from tests.flips import FLIP
from tests.unit.cli.conftest import Person


@pytest.fixture
def flip(store: SqlStore) -> Flip:
    """Give an open alert."""
    store.write(lambda unit: unit.flips.put(FLIP))
    return FLIP


def test_alerts_are_listed(person: Person, flip: Flip) -> None:
    """Each on one line, with its sentence and its id."""
    (line,) = person.types("alerts list").stdout.splitlines()[1:]

    assert line.startswith("2026-03-01 01:00:00Z  open")
    assert flip.message in line
    assert line.endswith(flip.id)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--state open", 1),
        ("--state cleared", 0),
        ("--kind high_aqi --location paris", 1),
        ("--since 2026-03-01T01:00", 1),
        ("--until 2026-03-01T01:00", 0),
    ],
)
def test_the_list_is_filtered(
    person: Person, flip: Flip, options: str, expected: int
) -> None:
    """As over HTTP."""
    assert expected == len(person.reads(f"alerts list {options}")["items"])


def test_one_alert_is_shown_with_its_figures(person: Person, flip: Flip) -> None:
    """In words, and as JSON."""
    assert "162.5" in person.types("alerts show", flip.id).stdout
    assert {"pollutant": "pm2_5", "worst": 162.5} == person.reads(
        f"alerts show {flip.id}"
    )["detail"]


def test_no_alerts_are_said_in_words(person: Person) -> None:
    """An empty table would look like an error."""
    assert "No alerts.\n" == person.types("alerts list").stdout


def test_an_unknown_alert_is_exit_code_3(person: Person) -> None:
    """Named."""
    result = person.types("alerts show nothing")

    assert 3 == result.exit_code
    assert "nothing" in result.stderr


def test_the_documents_are_those_of_the_api(person: Person, flip: Flip) -> None:
    """One shape for both."""
    assert AlertSchema().dump(flip) == person.reads(f"alerts show {flip.id}")
