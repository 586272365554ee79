"""`airq runs`: the ledger as people and programs read it."""

from dataclasses import replace

import pytest

from airq_cron.domain.run import Outcome, State
from airq_cron.store.store import SqlStore
from tests import entries
from tests.unit.cli.conftest import Person


@pytest.fixture
def ids(store: SqlStore) -> list[str]:
    """Give three runs of two jobs, oldest first."""
    done = entries.end(store, 0, State.SUCCEEDED, of="health-check")
    bad = entries.begin(store, 1, of="health-check")
    entries.finish(store, bad, State.FAILED, Outcome.FAILED, error="it broke\ntwice")
    waiting = entries.run(2, of="fetch-paris-data", queue="data-fetch")
    entries.enter(store, replace(waiting, state=State.WAITING, reason="predecessor"))
    return [done.run_id, bad.run_id, waiting.id]


def test_runs_are_listed_newest_first_each_on_one_line(
    person: Person, ids: list[str]
) -> None:
    """With the reason, whole enough to be shown one by one."""
    result = person.types("runs list")

    lines = result.stdout.splitlines()
    assert 0 == result.exit_code
    assert ids[::-1] == [line.split()[-1] for line in lines[1:]]
    assert "it broke twice" in lines[2]
    assert "predecessor" in lines[1]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--job health-check", [1, 0]),
        ("--state failed", [1]),
        ("--queue data-fetch", [2]),
        ("--origin schedule", [2, 1, 0]),
        ("--origin backfill:1", []),
        ("--job health-check --state succeeded", [0]),
        ("--limit 1", [2]),
    ],
)
def test_a_filter_lets_only_some_through(
    options: str, expected: list[int], person: Person, ids: list[str]
) -> None:
    """Several must all hold."""
    found = person.reads(f"runs list {options}")["items"]

    assert [ids[number] for number in expected] == [run["id"] for run in found]


def test_the_next_page_begins_where_the_last_ended(
    person: Person, ids: list[str]
) -> None:
    """Page by page, every run once."""
    seen: list[str] = []
    cursor: list[str] = []
    while True:
        page = person.reads("runs list --limit 2", *cursor)
        seen += [run["id"] for run in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = ["--cursor", page["next_cursor"]]

    assert ids[::-1] == seen


def test_more_runs_than_shown_are_announced(person: Person, ids: list[str]) -> None:
    """With the option that goes on."""
    result = person.types("runs list --limit 2")

    *_, last = result.stdout.splitlines()
    assert last.startswith("There are more: --cursor ")
    assert ids[0] in person.types("runs list", *last.split()[3:]).stdout


def test_no_runs_are_said_in_words(person: Person) -> None:
    """An empty table would look like an error."""
    assert "No such runs.\n" == person.types("runs list --job nope").stdout


@pytest.mark.parametrize(
    "options",
    [
        "--cursor nonsense",
        "--cursor W10",
        "--cursor WyJ4IiwieSJd",
        "--state gone",
        "--queue nope",
        "--limit 0",
        "--limit 1001",
        "--limit many",
    ],
)
def test_a_wrong_option_is_exit_code_2(person: Person, options: str) -> None:
    """Named, before anything is read."""
    result = person.types(f"runs list {options}")

    assert 2 == result.exit_code
    assert options.split(maxsplit=1)[0] in result.stderr


def test_one_run_is_shown_with_its_attempts(
    person: Person, ids: list[str], store: SqlStore
) -> None:
    """Who did it, how long it took, and what went wrong."""
    result = person.types(f"runs show {ids[1]}")

    assert 0 == result.exit_code
    for words in (ids[1], "health-check", entries.OWNER, "it broke twice"):
        assert words in result.stdout
    shown = person.reads(f"runs show {ids[1]}")
    assert [(1, "failed", "it broke\ntwice")] == [
        (one["number"], one["outcome"], one["error"]) for one in shown["attempts"]
    ]


def test_what_a_run_came_to_is_shown(person: Person, store: SqlStore) -> None:
    """The result is what its work counted."""
    claim = entries.begin(store, 5, of="health-check")
    entries.finish(store, claim, result={"stored": 3, "outcome": "ok"})

    shown = person.types(f"runs show {claim.run_id}").stdout

    assert "stored=3" in shown
    assert "outcome=ok" in shown


def test_an_unknown_run_is_exit_code_3(person: Person) -> None:
    """With the command that lists them."""
    result = person.types("runs show 1234")

    assert 3 == result.exit_code
    assert "airq runs list" in result.stderr
