"""`airq audit`: listed, exported, verified, begun anew."""

import json
import sqlite3

from tests.unit.cli.conftest import Person

PAUSE = "jobs pause health-check --note upstream-moves"


def change_a_row(person: Person) -> None:
    """Change what the newest row says, as a thief of the database can."""
    with sqlite3.connect(person.var / "airq.db") as connection:
        connection.execute(
            "UPDATE audit SET actor = 'cli:eve' WHERE id = (SELECT max(id) FROM audit)"
        )


def test_what_was_done_is_listed(person: Person) -> None:
    """With who did it, newest first."""
    assert 0 == person.types(PAUSE).exit_code

    newest = person.reads("audit list")["items"][0]

    assert "job:health-check" == newest["subject"]
    assert newest["actor"].startswith("cli:")
    assert (None, 1) == (newest["address"], newest["calls"])
    assert newest["mac"] is not None
    assert "job:health-check" in person.types("audit list").stdout


def test_entries_are_found_by_what_they_say(person: Person) -> None:
    """And pages follow each other."""
    person.types(PAUSE)
    person.types("token create --name ci --role viewer")

    found = person.reads("audit list --action token.create --subject token:ci")
    page = person.reads("audit list --limit 1")
    rest = person.reads("audit list --cursor", page["next_cursor"])

    assert ["token:ci"] == [one["subject"] for one in found["items"]]
    assert page["items"] == found["items"]
    assert "job:health-check" == rest["items"][0]["subject"]
    assert [] == person.reads("audit list --actor nobody")["items"]
    assert [] == person.reads("audit list --until 2000-01-01T00:00:00Z")["items"]


def test_an_export_is_one_document_a_line(person: Person) -> None:
    """The same as the list's."""
    person.types(PAUSE)

    lines = person.types("audit export --subject job:health-check").stdout.splitlines()

    listed = person.reads("audit list --subject job:health-check")["items"]
    assert listed == [json.loads(line) for line in lines]


def test_a_whole_trail_is_exit_code_0(person: Person) -> None:
    """With the head that can be noted, and be checked against."""
    person.types(PAUSE)

    found = person.reads("audit verify")
    again = person.types("audit verify --against", found["head"])

    assert (True, 1, None) == (found["holds"], found["rows"], found["broken"])
    assert 0 == again.exit_code
    assert "1 rows hold" in again.stdout
    assert found["head"] in again.stdout


def test_a_broken_trail_is_exit_code_1(person: Person) -> None:
    """The row is named, to people and as JSON."""
    person.types(PAUSE)
    change_a_row(person)

    result = person.types("audit verify")
    document = json.loads(person.types("audit verify --json").stdout)

    assert 1 == result.exit_code
    assert f"row {document['broken']['row']} is not what was sealed" in result.stdout
    assert document["holds"] is False


def test_a_broken_trail_is_begun_anew_on_purpose(person: Person) -> None:
    """With a reason, which is kept."""
    person.types(PAUSE)
    change_a_row(person)

    assert 2 == person.types("audit restart").exit_code
    assert 0 == person.types("audit restart --reason", "the drill is over").exit_code

    assert person.reads("audit verify")["holds"]
    newest = person.reads("audit list")["items"][0]
    assert ("audit.restart", "the drill is over") == (newest["action"], newest["note"])


def test_a_head_that_is_none_is_exit_code_2(person: Person) -> None:
    """The option is named."""
    result = person.types("audit verify --against nonsense")

    assert 2 == result.exit_code
    assert "--against" in result.stderr


def test_another_key_is_refused_and_named(person: Person) -> None:
    """Nothing is changed without a line in the trail."""
    person.types(PAUSE)
    other = {"AIRQ_INSTANCE_KEY": "x" * 40}

    result = person.types("jobs resume health-check", env=other)

    assert 2 == result.exit_code
    assert "AIRQ_INSTANCE_KEY" in result.stderr
    assert not person.reads("jobs show health-check")["enabled"]
