"""`airq export`."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airq_cron.store.store import SqlStore
from tests.unit.air import Air
from tests.unit.cli.conftest import Person

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SERIES = "export paris --what series --from 2026-01-01 --to 2026-01-02"


@pytest.fixture(autouse=True)
def air(store: SqlStore) -> None:
    """Store two days of Paris."""
    Air().store(store, FIRST - timedelta(hours=1), [9.1] * 48)


def rows(text: str) -> list[dict[str, str]]:
    return list(
        csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    )


def test_csv_goes_to_standard_output(person: Person) -> None:
    """With its head, and nothing else."""
    text = person.types(SERIES).stdout

    assert text.startswith("# location: paris (Paris)")
    assert 48 == len(rows(text))


def test_a_file_is_written_whole(person: Person, tmp_path: Path) -> None:
    """The same bytes; lines end in CRLF."""
    path = tmp_path / "paris.csv"
    result = person.types(SERIES, "--output", str(path))

    assert f"Written: {path}\n" == result.stdout
    assert 48 == len(rows(path.read_text("utf-8")))
    assert path.read_bytes().count(b"\r\n") == len(path.read_bytes().splitlines())


def test_json_has_the_same_rows(person: Person) -> None:
    """One document, with whom to name."""
    document = json.loads(person.types(SERIES, "--json").stdout)

    assert ("paris", None, 48) == (
        document["location"],
        document["next_cursor"],
        len(document["items"]),
    )
    assert document["attribution"].startswith("open-meteo: ")
    shown = {
        key: None if value == "" else value
        for key, value in rows(person.types(SERIES).stdout)[0].items()
    }
    first = {k: None if v is None else str(v) for k, v in document["items"][0].items()}
    assert first == shown


def test_nothing_found_is_still_a_document(person: Person) -> None:
    """An empty list, and a CSV with names only."""
    line = "export paris --what daily --from 2026-01-01 --to 2026-01-02"

    assert [] == json.loads(person.types(line, "--json").stdout)["items"]
    assert [] == rows(person.types(line).stdout)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("paris --from yesterday", 2),
        ("paris --from 2026-02-30", 2),
        ("paris --from 9999-12-31", 2),
        ("paris --from 2020-01-01 --to 2026-01-01", 2),
        ("paris --what monthly", 2),
        ("paris --pollutant pb", 2),
        ("nowhere", 3),
    ],
)
def test_a_wrong_call_is_one_line(person: Person, options: str, code: int) -> None:
    """With what is wrong."""
    result = person.types(f"export {options}")

    assert code == result.exit_code
    assert result.stderr
    assert "Traceback" not in result.stderr
