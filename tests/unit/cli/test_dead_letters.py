"""`airq dead-letters`: the list, and what is done with it."""

import pytest

from airq_cron.domain.run import State
from airq_cron.store.store import SqlStore
from tests import entries
from tests.unit.cli.conftest import Person


@pytest.fixture(autouse=True)
def broker_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody listen where the broker should be."""
    monkeypatch.setenv("AIRQ_REDIS_URL", "redis://127.0.0.1:1/0")


@pytest.fixture
def letters(store: SqlStore) -> list[str]:
    """Give three runs that failed, the second of another job."""
    ids = []
    for minute, name in enumerate(("a-job", "another", "a-job")):
        claimed = entries.begin(store, minute, of=name)
        entries.finish(store, claimed, State.FAILED, error=f"boom {minute}")
        ids.append(claimed.run_id)
    return ids


def test_dead_letters_are_listed_newest_first(
    person: Person, letters: list[str]
) -> None:
    """Each on one line, with its last error."""
    result = person.types("dead-letters list")

    lines = result.stdout.splitlines()
    assert letters[::-1] == [line.split()[-1] for line in lines[1:]]
    assert "boom 2" in lines[1]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--job another", [1]),
        ("--since 2026-03-01T00:01", [2, 1]),
        ("--until 2026-03-01T02:01:00+02:00", [0]),
        ("--limit 1", [2]),
    ],
)
def test_the_list_is_filtered(
    options: str, expected: list[int], person: Person, letters: list[str]
) -> None:
    """By job and fire time."""
    found = person.reads(f"dead-letters list {options}")["items"]

    assert [letters[number] for number in expected] == [one["id"] for one in found]


def test_the_next_page_goes_on(person: Person, letters: list[str]) -> None:
    """Where the last one ended."""
    *_, last = person.types("dead-letters list --limit 2").stdout.splitlines()
    rest = person.types("dead-letters list", *last.split()[3:]).stdout

    assert letters[0] in rest
    assert letters[1] not in rest


def test_an_empty_list_is_said_in_words(person: Person) -> None:
    """An empty table would look like an error."""
    assert "No dead letters.\n" == person.types("dead-letters list").stdout


@pytest.mark.parametrize("deed", ["retry", "discard"])
def test_some_are_named(person: Person, letters: list[str], deed: str) -> None:
    """As with `airq runs`."""
    result = person.types(f"dead-letters {deed} {letters[0]} {letters[1]}")

    assert 0 == result.exit_code, result.output
    left = person.reads("dead-letters list")["items"]
    assert [letters[2]] == [one["id"] for one in left]


@pytest.mark.parametrize(("deed", "word"), [("retry", "retried"), ("discard", "")])
def test_all_of_a_job_are_seen_to(
    person: Person, letters: list[str], deed: str, word: str
) -> None:
    """The answer counts them."""
    word = word or "discarded"

    assert {word: 2} == person.reads(f"dead-letters {deed} --job a-job --all")
    told = person.types(f"dead-letters {deed} --job another --all").stdout
    assert f"1 dead letters of another {word}.\n" == told
    assert [] == person.reads("dead-letters list")["items"]


@pytest.mark.parametrize(
    "options", ["", "--job a-job", "--all", "--job a-job --all some-id", "--limit 1"]
)
def test_nobody_sees_to_everything_by_accident(
    person: Person, letters: list[str], options: str
) -> None:
    """Some ids, or all of one job."""
    result = person.types(f"dead-letters discard {options}")

    assert 2 == result.exit_code
    assert 3 == len(person.reads("dead-letters list")["items"])


@pytest.mark.parametrize(
    "options", ["--since yesterday", "--until 2026-02-30T00:00", "--cursor x"]
)
def test_a_wrong_option_is_exit_code_2(person: Person, options: str) -> None:
    """Named."""
    result = person.types(f"dead-letters list {options}")

    assert 2 == result.exit_code
    assert options.split(maxsplit=1)[0] in result.stderr
