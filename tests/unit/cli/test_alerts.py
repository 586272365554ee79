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


def test_who_sees_to_an_alert_says_so(person: Person, flip: Flip) -> None:
    """It is shown in the list from then on."""
    found = person.reads("alerts ack", flip.id, "--note", "I look")

    assert ("open", "I look") == (found["state"], found["acknowledged_note"])
    assert found["acknowledged_by"].startswith("cli:")
    assert "acknowledged" in person.types("alerts list").stdout


def test_an_alert_is_silenced_and_told_again(person: Person, flip: Flip) -> None:
    """For so many minutes, or until a time."""
    assert person.reads(f"alerts silence {flip.id} --minutes 5")["silenced_until"]
    assert not person.reads(f"alerts silence {flip.id} --minutes 0")["silenced_until"]


@pytest.mark.parametrize(
    ("options", "code"),
    [("", 2), ("--minutes 5 --until 2026-03-02", 2), ("--until 2001-01-01", 2)],
)
def test_a_silence_needs_one_end_to_come(
    person: Person, flip: Flip, options: str, code: int
) -> None:
    """One that is past would say that nobody was told."""
    assert code == person.types(f"alerts silence {flip.id} {options}").exit_code


def test_an_alert_that_is_over_is_left_alone(
    person: Person, store: SqlStore, flip: Flip
) -> None:
    """Refused: exit code 4."""
    store.write(
        lambda unit: unit.flips.clear(
            flip.id, ended_at=flip.raised_at, message="It is over."
        )
    )

    assert 4 == person.types(f"alerts ack {flip.id}").exit_code
    assert 4 == person.types(f"alerts silence {flip.id} --minutes 5").exit_code
