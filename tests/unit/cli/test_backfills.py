"""`airq backfills`: how far they are, for people and programs."""

from datetime import date

import pytest

from airq_cron.domain.backfill import Backfill, Stage
from airq_cron.services import read_backfills
from airq_cron.store.store import SqlStore
from airq_cron.testing import RecordingDispatcher
from tests.backfills import DAY, Start, starter, work_off
from tests.entries import DAWN
from tests.unit.cli.conftest import Person


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def start(store: SqlStore, dispatcher: RecordingDispatcher) -> Start:
    """Give a function that enters a job of every night and starts a backfill."""
    return starter(store, dispatcher, DAWN)


@pytest.fixture
def backfill(start: Start) -> Backfill:
    """Give one of three nights."""
    return start()


def test_nothing_to_list_is_said(person: Person) -> None:
    """Silence could mean anything."""
    assert "No such backfills.\n" == person.types("backfills list").stdout


def test_each_stands_on_one_line(person: Person, backfill: Backfill) -> None:
    """With its days, how far it is, and its id to go on with."""
    result = person.types("backfills list --job a-job")

    (line,) = result.stdout.splitlines()[1:]
    words = line.split()
    assert ["a-job", "2026-02-01", "2026-02-03", "running", "0", "3", backfill.id] == (
        words[-7:]
    )


def test_a_long_list_says_how_to_go_on(person: Person, start: Start) -> None:
    """With the cursor to type, which leads to the rest."""
    ids = {start().id, start().id}
    first = person.types("backfills list --limit 1").stdout.splitlines()
    second = person.types(f"backfills list {first[-1].partition(': ')[2]}").stdout

    assert ids == {first[1].split()[-1], second.splitlines()[1].split()[-1]}


def test_a_cursor_of_another_list_is_refused(person: Person) -> None:
    """Exit code 2."""
    assert 2 == person.types("backfills list --cursor abc").exit_code


def test_one_is_shown_with_its_runs_by_state(
    person: Person, backfill: Backfill, store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """And as JSON the same for programs."""
    before = person.types(f"backfills show {backfill.id}").stdout
    work_off(store, dispatcher)
    found = person.reads(f"backfills show {backfill.id}")

    assert "  queued: 1\n  waiting: 2\n" in before
    assert ("done", 3, 1.0, {"succeeded": 3}) == (
        found["state"], found["ended"], found["progress"], found["states"]
    )  # fmt: skip


def test_one_is_called_off(person: Person, backfill: Backfill) -> None:
    """Again changes nothing."""
    first = person.reads(f"backfills cancel {backfill.id}")
    second = person.reads(f"backfills cancel {backfill.id}")

    assert first == second
    assert ("cancelled", {"cancelled": 3}) == (first["state"], first["states"])


@pytest.mark.parametrize("verb", ["show", "cancel"])
def test_an_unknown_one_is_exit_code_3(person: Person, verb: str) -> None:
    """The line says where to look."""
    result = person.types(f"backfills {verb} nope")

    assert 3 == result.exit_code
    assert "unknown backfill: nope" in result.stderr
    assert "airq backfills list" in result.stderr


def test_who_stops_waiting_learns_how_to_go_on(
    person: Person, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends the command, not the backfill."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(read_backfills, "read_backfill", interrupt)
    line = "backfill daily-statistics --from 2026-01-05 --to 2026-01-07 --wait"
    broker = {"AIRQ_REDIS_URL": "redis://127.0.0.1:1"}

    result = person.types(line, env=broker)

    with store.read() as unit:
        (found,) = unit.backfills.find(None, limit=9, after=None)
    assert 130 == result.exit_code
    assert f"airq backfills show {found.id}\n" in result.stderr
    assert f"airq backfills cancel {found.id}\n" in result.stderr
    assert Stage.RUNNING is found.stage
    assert (date(2026, 1, 5), DAY * 2) == (found.first, found.last - found.first)
