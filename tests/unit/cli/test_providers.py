"""`airq providers`."""

import pytest

from airq_cron.clock import SystemClock
from airq_cron.ports import FetchState, Sample, Unit
from airq_cron.services.refusals import settle_refusals
from airq_cron.store.store import SqlStore
from tests.unit.cli.conftest import Person


@pytest.fixture
def refused(store: SqlStore) -> None:
    """Let the provider refuse us for good, with an answer nobody could read."""
    at = SystemClock().now()
    state = FetchState("open-meteo", "paris", at, "permanent_provider", "banned")
    sample = Sample("open-meteo", at, "no JSON", "<html>", 6)

    def work(unit: Unit) -> None:
        settle_refusals(unit, [state])
        unit.upstreams.keep_sample(sample, newest=5)

    store.write(work)


def test_providers_are_listed_with_their_windows(person: Person) -> None:
    """On one line."""
    (line,) = person.types("providers list").stdout.splitlines()[1:]

    assert line.startswith("open-meteo")
    assert "0 of 600 a minute" in line


@pytest.mark.usefixtures("refused")
def test_a_disabled_one_is_enabled(person: Person) -> None:
    """After its reason was read."""
    assert "banned" in person.types("providers show open-meteo").stdout
    result = person.types("providers enable open-meteo")

    assert 0 == result.exit_code, result.output
    assert person.reads("providers show open-meteo")["disabled_at"] is None
    assert "asked again" in person.types("alerts list --state cleared").stdout


@pytest.mark.usefixtures("refused")
def test_samples_are_shown(person: Person) -> None:
    """And none are said in words."""
    assert "<html>" in person.types("providers samples open-meteo").stdout
    assert (
        "no JSON" == person.reads("providers samples open-meteo")["items"][0]["reason"]
    )


def test_without_samples_it_says_so(person: Person) -> None:
    """An empty page would look like an error."""
    text = person.types("providers samples open-meteo").stdout
    assert "Every answer could be read.\n" == text


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("show waqi", 3),
        ("samples waqi", 3),
        ("enable open-meteo", 4),
        ("enable open-meteo --location paris", 4),
    ],
)
def test_a_wrong_call_is_refused(person: Person, line: str, code: int) -> None:
    """With its exit code."""
    assert code == person.types(f"providers {line}").exit_code
