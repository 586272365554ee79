"""`airq jobs`: what it shows, switches and refuses."""

import pytest

from airq_cron.domain.job import BUILT_IN
from airq_cron.domain.run import State
from airq_cron.store.store import SqlStore
from tests import entries
from tests.unit.cli.conftest import Person


def test_every_job_is_listed_on_one_line(person: Person) -> None:
    """Plain in a pipe: no colours, no boxes, no blanks at line ends."""
    result = person.types("jobs list")

    lines = result.stdout.splitlines()
    assert 0 == result.exit_code
    assert 1 + len(BUILT_IN) == len(lines)
    assert lines == [line.rstrip() for line in lines]
    assert result.stdout.isascii()
    assert "\x1b" not in result.stdout


def test_the_list_as_json_is_that_of_the_api(person: Person) -> None:
    """Every job, by name, at one moment."""
    found = person.reads("jobs list")

    assert {"jobs", "as_of"} == set(found)
    assert sorted(job.name for job in BUILT_IN) == [
        job["name"] for job in found["jobs"]
    ]


def test_one_job_is_shown_with_its_policies(person: Person, store: SqlStore) -> None:
    """And with what it did."""
    entries.end(store, 0, State.SUCCEEDED, of="health-check")
    entries.end(store, 1, State.FAILED, of="health-check")

    result = person.types("jobs show health-check")

    assert 0 == result.exit_code
    for words in ("*/5 * * * * (UTC)", "skip", "1 succeeded, 1 failed", "failed, 2026"):
        assert words in result.stdout
    shown = person.reads("jobs show health-check")
    assert {"succeeded": 1, "failed": 1, "total": 2} == {
        name: count for name, count in shown["runs"].items() if count
    }


@pytest.mark.parametrize(
    "line", ["jobs show nope", "jobs toggle nope", "jobs toggle nope --off"]
)
def test_an_unknown_job_is_exit_code_3(person: Person, line: str) -> None:
    """With the command that names them all."""
    result = person.types(line)

    assert 3 == result.exit_code
    assert "airq jobs list" in result.stderr


def test_a_job_is_switched_off_and_on(person: Person) -> None:
    """It says when it fires next."""
    off = person.types("jobs toggle weekly-cleanup --off")
    shown = person.reads("jobs show weekly-cleanup")
    on = person.types("jobs toggle weekly-cleanup --on")

    assert "weekly-cleanup is off.\n" == off.stdout
    assert (False, None) == (shown["enabled"], shown["next_run_at"])
    assert on.stdout.startswith("weekly-cleanup is on, and fires next at 20")


def test_toggling_without_a_word_turns_it_over(person: Person) -> None:
    """Twice is where it began."""
    states = [person.reads("jobs toggle weekly-cleanup")["enabled"] for _ in range(2)]

    assert [False, True] == states


def test_switching_off_twice_is_harmless(person: Person) -> None:
    """The second time nothing changes."""
    for _ in range(2):
        result = person.types("jobs toggle weekly-cleanup --off")
        assert (0, "weekly-cleanup is off.\n") == (result.exit_code, result.stdout)


def test_a_job_that_has_no_fire_time_left_says_so(
    person: Person, store: SqlStore
) -> None:
    """Its instant has passed."""
    past = entries.job("once", schedule="at 2020-01-01T00:00:00Z", enabled=False)
    store.write(lambda unit: unit.jobs.add(past))

    result = person.types("jobs toggle once --on")

    assert "once is on, and never fires again.\n" == result.stdout


def test_a_run_needs_a_broker(person: Person, store: SqlStore) -> None:
    """Without an instance there is none, and nothing is entered."""
    result = person.types("jobs run health-check")

    assert 2 == result.exit_code
    assert "start everything with: airq up" in result.stderr
    assert [] == person.reads("runs list")["items"]


def test_what_a_job_is_called_is_never_markup(person: Person, store: SqlStore) -> None:
    """Brackets in a name are letters like others."""
    store.write(lambda unit: unit.jobs.add(entries.job("[red]x[/]")))

    assert "[red]x[/]" in person.types("jobs list").stdout
