"""`airq cleanup`: what would go, and the run that lets it go."""

import os
from datetime import timedelta

from airq_cron.clock import SystemClock
from airq_cron.store.store import SqlStore
from tests.unit.cli.conftest import Person
from tests.unit.services.test_clean_up import KINDS

NOBODY = {"AIRQ_REDIS_URL": "redis://127.0.0.1:1"}
FIELDS = {"kind", "count", "oldest", "age_days", "kept"}


def age_file(person: Person, name: str, days: int) -> None:
    """Leave a file that was not written for so long."""
    path = person.var / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    at = (SystemClock().now() - timedelta(days=days)).timestamp()
    os.utime(path, (at, at))


def test_a_dry_run_names_every_kind_and_removes_nothing(person: Person) -> None:
    """With a count and an age for each; what Redis holds is unknown without one."""
    age_file(person, "log/api.log.1", 31)
    age_file(person, ".admin.token.1", 2)
    document = person.reads("cleanup --dry-run")
    lines = {line["kind"]: line for line in document["kinds"]}

    assert KINDS == set(lines)
    assert all(FIELDS == set(line) for line in lines.values())
    assert all(line["age_days"] is not None for line in lines.values())
    assert (1, 30) == (lines["log_files"]["count"], lines["log_files"]["age_days"])
    assert lines["log_files"]["oldest"].endswith("Z")
    assert 1 == lines["temporary_files"]["count"]
    assert (0, 365) == (lines["audit"]["count"], lines["audit"]["age_days"])
    assert lines["messages_without_run"]["count"] is None
    assert (person.var / "log" / "api.log.1").exists()
    assert [] == person.reads("runs list --job weekly-cleanup")["items"]


def test_people_see_a_table(person: Person) -> None:
    """A line a kind; a hyphen stands for what cannot be told."""
    result = person.types("cleanup --dry-run", env=NOBODY)
    lines = [line.split() for line in result.stdout.splitlines()]

    assert 0 == result.exit_code
    assert ["kind", "would", "go", "oldest"] == lines[0][:4]
    assert KINDS == {line[0] for line in lines[1:]}
    assert ["messages_without_run", "-"] in [line[:2] for line in lines]


def test_the_age_of_the_trail_is_a_setting(person: Person) -> None:
    """No less than a month: who looks into something needs it."""
    env = {"AIRQ_AUDIT_DAYS": "30"}
    result = person.types("cleanup --dry-run", env=env)
    few = person.types("cleanup --dry-run", env={"AIRQ_AUDIT_DAYS": "29"})
    (audit,) = (one for one in result.stdout.splitlines() if one.startswith("audit"))

    assert "30" in audit.split()
    assert 2 == few.exit_code
    assert "AIRQ_AUDIT_DAYS" in few.output


def test_it_is_done_by_a_run_that_is_named(person: Person, store: SqlStore) -> None:
    """A broker that is away loses nothing: the run is sent later."""
    age_file(person, "log/api.log.1", 31)
    result = person.types("cleanup", env=NOBODY)
    (run,) = person.reads("runs list --job weekly-cleanup")["items"]

    assert 0 == result.exit_code
    assert f"Run {run['id']} cleans up." in result.stdout
    assert f"airq runs show {run['id']}" in result.stdout
    with store.read() as unit:
        entered = unit.runs.get(run["id"])
    assert entered.origin.startswith("manual:")
    assert (person.var / "log" / "api.log.1").exists()


def test_only_one_at_a_time(person: Person) -> None:
    """Exit code 4, with the run that is under way."""
    person.types("cleanup", env=NOBODY)
    (run,) = person.reads("runs list --job weekly-cleanup")["items"]
    again = person.types("cleanup", env=NOBODY)

    assert 4 == again.exit_code
    assert run["id"] in again.output


def test_programs_read_the_run(person: Person) -> None:
    """As `airq jobs run` gives it."""
    result = person.types("cleanup --json", env=NOBODY)
    (run,) = person.reads("runs list --job weekly-cleanup")["items"]

    assert run["id"] in result.stdout
