"""`airq jobs why`: as people read it."""

from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.domain.job import Job
from airq_cron.domain.run import State
from airq_cron.store.store import SqlStore
from tests import entries
from tests.unit.cli.conftest import Person

DUE = datetime(2026, 3, 1, tzinfo=UTC)
WHEN = "2026-03-01T00:00:00Z"


@pytest.fixture
def job(store: SqlStore) -> Job:
    """Give a job in Paris that was planned up to an hour after the dawn."""
    made = entries.job(
        zone="Europe/Paris", cursor=DUE + timedelta(hours=1), next_due_at=None
    )
    store.write(lambda unit: unit.jobs.add(made))
    return made


def test_a_run_is_told_line_by_line(person: Person, store: SqlStore, job: Job) -> None:
    """The verdict first, then what happened, and who did it."""
    claimed = entries.begin(
        store, entered_by="beat@host", decision="runs: none unfinished"
    )
    entries.finish(store, claimed, State.FAILED, error="it broke\ntwice")

    result = person.types(f"jobs why a-job {WHEN}")

    lines = result.stdout.splitlines()
    assert 0 == result.exit_code, result.output
    assert "a-job at 2026-03-01 00:00:00Z (2026-03-01T01:00:00+01:00)" == lines[0]
    assert lines[1].startswith("It began ")
    assert f"Run {claimed.run_id}, schedule: failed" == lines[3]
    words = [line.split()[2] for line in lines[5:]]
    assert ["due", "inserted", "decided"] == words[:3]
    assert "failed" == words[-1]
    assert "beat@host" in lines[6]


def test_without_a_run_the_fire_times_beside_are_told(person: Person, job: Job) -> None:
    """And the reason."""
    result = person.types("jobs why a-job", "2026-03-01 01:00:30")

    assert 0 == result.exit_code
    assert "does not fire then" in result.stdout
    assert "Fire time before: 2026-03-01 00:00:00Z" in result.stdout
    assert "Next fire time: 2026-03-01 00:01:00Z" in result.stdout


def test_the_hour_is_told_when_its_runs_are_gone(
    person: Person, store: SqlStore, job: Job
) -> None:
    """What the roll-up still knows."""
    entries.end(store, 0, State.SUCCEEDED)
    hour = entries.get(store, entries.run(0).id).created_at.replace(second=7)
    when = hour.isoformat(timespec="seconds")

    shown = person.types("jobs why a-job", when).stdout

    assert "1 succeeded" in shown


def test_the_last_fire_time_is_asked_for_by_default(
    person: Person, store: SqlStore, job: Job
) -> None:
    """`airq jobs why NAME` is the usual question."""
    entries.end(store, 0, State.SUCCEEDED)

    assert person.reads("jobs why a-job last")["runs"]
    one, other = person.reads("jobs why a-job"), person.reads(f"jobs why a-job {WHEN}")
    assert one | {"as_of": None} == other | {"as_of": None}


@pytest.mark.parametrize(
    ("line", "code"), [("jobs why nope", 3), ("jobs why a-job sometimes", 2)]
)
def test_wrong_names_and_times_are_refused(
    person: Person, job: Job, line: str, code: int
) -> None:
    """3 for the job, 2 for the time."""
    assert code == person.types(line).exit_code
