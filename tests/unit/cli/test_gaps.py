"""`airq locations gaps` and `fill`."""

from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.clock import SystemClock
from airq_cron.store.store import SqlStore
from tests.unit.air import Air
from tests.unit.cli.conftest import Person

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def broker_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody listen where the broker should be."""
    monkeypatch.setenv("AIRQ_REDIS_URL", "redis://127.0.0.1:1/0")


@pytest.fixture
def first(store: SqlStore) -> datetime:
    """Store two days up to now without four hours; give the first missing one."""
    now = SystemClock().now().astimezone(UTC)
    begin = now.replace(minute=0, second=0, microsecond=0) - 48 * HOUR
    values = [None if 10 <= number < 14 else 20.0 for number in range(49)]
    Air().store(store, begin, values)
    return begin + 10 * HOUR


def test_gaps_are_shown_with_what_fills_them(person: Person, first: datetime) -> None:
    """A table of series, one of gaps, and the next command."""
    text = person.types("locations gaps paris").stdout

    assert f"{first:%Y-%m-%d %H:00:00Z}" in text
    assert "open-meteo pm2_5" in text
    assert " 91." in text
    assert "airq locations fill paris --days 30" in text


def test_without_gaps_it_says_so(person: Person) -> None:
    """Also that a provider never gave anything."""
    text = person.types("locations gaps paris --days 7").stdout

    assert "No gaps in the last 7 days." in text
    assert "never delivered" in text


def test_filling_says_how_to_watch(person: Person, first: datetime) -> None:
    """It is a backfill."""
    result = person.types("locations fill paris")

    assert 0 == result.exit_code, result.output
    assert "airq backfills show" in result.stdout
    (found,) = person.reads("backfills list")["items"]
    assert 1 == found["total"]


def test_filling_says_what_stays_open(person: Person, store: SqlStore) -> None:
    """Hours that the provider no longer keeps are named with the reason."""
    now = SystemClock().now().astimezone(UTC)
    begin = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=93)
    values = [None if 20 <= number < 24 else 20.0 for number in range(49)]
    Air().store(store, begin, values)

    text = person.types("locations fill paris --days 92").stdout

    assert "Cannot be filled: " in text
    assert "of open-meteo, older than the 92 days it keeps." in text
    assert "airq backfills show" in text


def test_nothing_to_fill_is_exit_code_4(person: Person) -> None:
    """Refused, with the reason."""
    result = person.types("locations fill paris")

    assert 4 == result.exit_code
    assert "no gap" in result.stderr


def test_an_unknown_place_is_exit_code_3(person: Person) -> None:
    """Named."""
    assert 3 == person.types("locations gaps nowhere").exit_code
