"""`airq breaker`."""

import pytest

from tests.unit.cli.conftest import Person


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no address of Redis be set."""
    monkeypatch.delenv("AIRQ_REDIS_URL", raising=False)


def test_breakers_are_listed(person: Person) -> None:
    """Without Redis it says that this is this process's own view."""
    (line,) = person.types("breaker list").stdout.splitlines()[1:]

    assert line.startswith("open-meteo  CLOSED (local)  0 of 5")


def test_one_is_opened_shown_and_reset(person: Person) -> None:
    """The reason is kept in the database."""
    opened = person.types("breaker open open-meteo --reason", "their maintenance")
    assert 0 == opened.exit_code, opened.output
    assert "their maintenance" in person.types("breaker show open-meteo").stdout
    assert "OPEN" == person.reads("breaker show open-meteo")["state"]
    assert 0 == person.types("breaker reset open-meteo").exit_code

    assert "CLOSED" == person.reads("breaker list")["items"][0]["state"]
    found = person.reads("breaker history open-meteo")["items"]
    assert ["reset", "their maintenance"] == [one["reason"] for one in found]
    assert "their maintenance" in person.types("breaker history open-meteo").stdout


def test_one_is_opened_for_some_minutes(person: Person) -> None:
    """It closes by itself then."""
    line = "breaker open open-meteo --minutes 30 --reason"
    assert 0 == person.types(line, "their maintenance").exit_code

    assert person.reads("breaker show open-meteo")["hold"]["expires_at"]


def test_one_that_never_opened_has_no_history(person: Person) -> None:
    """In words."""
    text = person.types("breaker history open-meteo").stdout
    assert "It has never opened.\n" == text


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("show waqi", 3),
        ("reset open-meteo", 4),
        ("open open-meteo", 2),
        ("open open-meteo --reason x --until yesterday", 2),
        ("open open-meteo --reason x --minutes 0", 2),
        ("open open-meteo --reason x --minutes 5 --until 2099-01-01T00:00", 2),
        ("open open-meteo --reason x --until 2020-01-01T00:00", 2),
        ("history open-meteo --cursor x", 2),
    ],
)
def test_a_wrong_call_says_what_is_wrong(person: Person, line: str, code: int) -> None:
    """In one line, with its exit code."""
    result = person.types(f"breaker {line}")

    assert code == result.exit_code
    assert "Traceback" not in result.output
