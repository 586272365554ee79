"""`airq runs cancel|retry|discard` and the parts of a run."""

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
def failed(store: SqlStore) -> list[str]:
    """Give two runs that failed."""
    return [entries.end(store, minute, State.FAILED).run_id for minute in (1, 2)]


def test_an_unfinished_run_is_cancelled(person: Person, store: SqlStore) -> None:
    """With the reason, by whoever types."""
    run_id = entries.begin(store).run_id

    result = person.types(f"runs cancel {run_id} --reason", "too slow")

    run = entries.get(store, run_id)
    assert 0 == result.exit_code, result.output
    assert f"Run {run_id} of a-job cancelled; it is cancelled.\n" == result.stdout
    assert State.CANCELLED is run.state
    assert run.reason is not None
    assert run.reason.startswith("cancelled by cli:")
    assert run.reason.endswith(": too slow")


def test_several_runs_are_retried_without_a_broker(
    person: Person, store: SqlStore, failed: list[str]
) -> None:
    """They are sent when the broker is back."""
    result = person.types(f"runs retry {' '.join(failed)}")

    assert 0 == result.exit_code, result.output
    assert 2 == len(result.stdout.splitlines())
    assert [State.SCHEDULED] * 2 == entries.states(store, failed)


def test_what_is_printed_as_json_are_the_runs(
    person: Person, failed: list[str]
) -> None:
    """As `airq runs show` gives them."""
    shown = person.reads(f"runs discard {failed[0]}")

    assert [person.reads(f"runs show {failed[0]}")] == shown
    assert shown[0]["discarded_at"] is not None


def test_one_that_is_refused_does_not_stop_the_others(
    person: Person, store: SqlStore, failed: list[str]
) -> None:
    """The exit code is that of the refusal."""
    done = entries.end(store, 5, State.SUCCEEDED).run_id

    result = person.types(f"runs retry {done} {failed[0]} unknown")

    assert 4 == result.exit_code
    assert "is succeeded; only failed and dead ones are retried" in result.stderr
    assert "unknown run: unknown" in result.stderr
    assert [State.SCHEDULED] == entries.states(store, failed[:1])


@pytest.mark.parametrize(
    ("command", "code"),
    [("cancel", 2), ("cancel nope", 3), ("retry nope", 3), ("discard nope", 3)],
)
def test_a_run_must_be_named_and_known(person: Person, command: str, code: int) -> None:
    """2 without an id, 3 with a wrong one."""
    assert code == person.types(f"runs {command}").exit_code


def test_the_parts_of_a_run_are_listed(person: Person, store: SqlStore) -> None:
    """By number, page by page; the run says how far they are."""
    claimed, ids = entries.split(store, 3)
    entries.finish(store, entries.claim(store, ids[2]), State.FAILED, error="x")

    first = person.reads(f"runs parts {claimed.run_id} --limit 2")
    rest = person.reads(f"runs parts {claimed.run_id} --cursor {first['next_cursor']}")

    assert ids == [one["id"] for one in first["items"] + rest["items"]]
    assert (
        "3 total, 2 left, 1 failed"
        in person.types(f"runs show {claimed.run_id}").output
    )
    shown = person.types(f"runs parts {claimed.run_id} --state failed").stdout
    assert ids[2] == shown.splitlines()[1].split()[-1]
    assert (
        "There are more"
        in person.types(f"runs parts {claimed.run_id} --limit 1").stdout
    )


def test_a_run_without_parts_says_so(person: Person, failed: list[str]) -> None:
    """In words; a wrong page is refused."""
    assert "No such parts.\n" == person.types(f"runs parts {failed[0]}").stdout
    for cursor in ("nonsense", "WyJhIl0", "W10"):
        result = person.types(f"runs parts {failed[0]} --cursor {cursor}")
        assert 2 == result.exit_code
    assert 3 == person.types("runs parts nope").exit_code
