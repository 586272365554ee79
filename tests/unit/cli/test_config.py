"""`airq config`."""

from pathlib import Path

from tests.unit.cli.conftest import Person

CANARY = "canary-5d1b7c0e3f525c8a8f0a6f7b2c9d4e11"


def test_values_are_shown_with_where_they_come_from(person: Person) -> None:
    """Environment or default."""
    items = {one["name"]: one for one in person.reads("config")["items"]}

    assert "environment" == items["AIRQ_VAR_DIR"]["source"]
    assert str(person.var) == items["AIRQ_VAR_DIR"]["value"]
    assert ("default", "3000") == (
        items["AIRQ_PORT"]["source"],
        items["AIRQ_PORT"]["value"],
    )
    assert items["AIRQ_PORT"]["meaning"]


def test_a_secret_from_a_file_is_stars(person: Person, tmp_path: Path) -> None:
    """The file is named as its source, and not read out."""
    path = tmp_path / "key"
    path.write_text(CANARY)

    shown = person.types("config", env={"AIRQ_INSTANCE_KEY_FILE": str(path)}).stdout

    (line,) = [one for one in shown.splitlines() if "INSTANCE_KEY" in one]
    assert ["AIRQ_INSTANCE_KEY", "***", "file"] == line.split()
    assert CANARY not in shown
