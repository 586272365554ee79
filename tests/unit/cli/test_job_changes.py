"""`airq jobs`: made, changed, paused, reset, deleted, looked ahead."""

from typing import Any

import pytest

from airq_cron.domain.run import State
from airq_cron.ports import AuditFilter
from airq_cron.store.store import SqlStore
from tests import entries
from tests.unit.cli.conftest import Person

CREATE = "jobs create mine --kind health"
HOURLY = ("--schedule", "0 * * * *")


def make(person: Person, *more: str) -> Any:
    """Make a job that fires every hour; return what it prints as JSON."""
    return person.reads(CREATE, *HOURLY, *more)


def test_a_job_is_made_and_says_when_it_fires(person: Person) -> None:
    """One line for people."""
    result = person.types(CREATE, *HOURLY)

    assert 0 == result.exit_code, result.output
    assert result.stdout.startswith("mine is on, and fires next at 20")


def test_every_policy_is_an_option(person: Person) -> None:
    """`none` takes a bound away."""
    found = make(
        person,
        *("--timezone", "Asia/Tokyo", "--description", "Look", "--category", "mine"),
        *("--queue", "analytics", "--priority", "low", "--overlap", "replace"),
        *("--catchup", "all", "--catchup-window-s", "3600", "--catchup-cap", "none"),
        *("--backoff", "fixed", "--attempts", "3"),
        *("--retry-delay-s", "1.5", "--retry-cap-s", "2"),
        *("--time-limit-s", "20", "--soft-limit-s", "none", "--run-limit-s", "100"),
        *("--start-margin-s", "30", "--jitter-s", "60", "--pause-after", "4", "--off"),
    )

    expected = {
        "timezone": "Asia/Tokyo",
        "description": "Look",
        "category": "mine",
        "queue": "analytics",
        "priority": "low",
        "overlap": "replace",
        "catchup": {"mode": "all", "window_s": 3600, "cap": None},
        "retry": {"backoff": "fixed", "attempts": 3, "delay_s": 1.5, "cap_s": 2.0},
        "time_limit_s": 20,
        "soft_limit_s": None,
        "run_limit_s": 100,
        "start_margin_s": 30,
        "jitter_s": 60,
        "pause_after": 4,
        "enabled": False,
        "next_run_at": None,
    }
    assert expected == {name: found[name] for name in expected}


def test_parameters_take_the_types_of_their_kind(person: Person) -> None:
    """A number of days is a number."""
    made = person.reads(
        "jobs create again --kind backfill --param job=daily-statistics --param days=7",
        *("--schedule", "@weekly"),
    )

    assert {"job": "daily-statistics", "days": 7} == made["params"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--schedule", "* * * * * *"), 2, "five fields"),
        (("--schedule", "every 1s"), 2, "at most every 10 s"),
        ((*HOURLY, "--timezone", "Mars"), 2, "timezone: unknown zone"),
        ((*HOURLY, "--param", "x=1"), 2, "params.x"),
        ((*HOURLY, "--param", "x"), 2, "NAME=VALUE"),
        ((*HOURLY, "--time-limit-s", "4000"), 2, "time_limit_s"),
        ((*HOURLY, "--pause-after", "often"), 2, "neither a whole number nor none"),
        ((*HOURLY, "--overlap", "maybe"), 2, "queue_one"),
        ((), 2, "--schedule"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_wrong_call_is_exit_code_2(
    person: Person, options: tuple[str, ...], code: int, words: str
) -> None:
    """With what is wrong, on standard error."""
    result = person.types(CREATE, *options)

    assert (code, "") == (result.exit_code, result.stdout)
    assert words in result.stderr


def test_a_taken_name_is_exit_code_4(person: Person) -> None:
    """As is what comes from code and cannot be deleted or undone."""
    make(person)

    assert 4 == person.types(CREATE, *HOURLY).exit_code
    assert 4 == person.types("jobs reset mine").exit_code
    refused = person.types("jobs delete health-check --yes")
    assert 4 == refused.exit_code
    assert "airq jobs toggle health-check --off" in refused.stderr


@pytest.mark.parametrize(
    "line",
    [
        "jobs update nope --category x",
        "jobs delete nope --yes",
        "jobs pause nope",
        "jobs resume nope",
        "jobs reset nope",
        "jobs preview nope",
    ],
)
def test_an_unknown_job_is_exit_code_3(person: Person, line: str) -> None:
    """With the command that names them all."""
    result = person.types(line)

    assert 3 == result.exit_code
    assert "airq jobs list" in result.stderr


def test_an_update_leaves_the_rest(person: Person) -> None:
    """And is an error when it names nothing."""
    make(person, "--catchup", "all", "--catchup-cap", "3")

    found = person.reads("jobs update mine --catchup-window-s 60 --pause-after 2")

    assert ({"mode": "all", "window_s": 60, "cap": 3}, 2, 2) == (
        found["catchup"], found["pause_after"], found["version"]
    )  # fmt: skip
    assert 2 == person.types("jobs update mine").exit_code


def test_what_was_changed_of_a_code_job_is_shown_and_undone(person: Person) -> None:
    """`show` has what code says."""
    person.types("jobs update health-check --time-limit-s 30")

    assert "time_limit_s=60" in person.types("jobs show health-check").stdout
    assert {"time_limit_s": 60} == person.reads("jobs show health-check")["overrides"]
    assert {} == person.reads("jobs reset health-check")["overrides"]


def test_a_paused_job_shows_its_note(person: Person, store: SqlStore) -> None:
    """And who paused it is in the audit trail."""
    paused = person.types("jobs pause health-check", "--note", "moving house")
    shown = person.types("jobs show health-check").stdout
    resumed = person.types("jobs resume health-check")

    assert "health-check is off: moving house\n" == paused.stdout
    assert "moving house" in shown
    assert resumed.stdout.startswith("health-check is on, and fires next at 20")
    with store.read() as unit:
        found = unit.audit.find(AuditFilter("job:health-check"), limit=9, after=None)
    assert ["job.resume", "job.pause"] == [entry.action for entry in found]
    assert all(entry.actor.startswith("cli:") for entry in found)


def test_deleting_asks_first(person: Person, store: SqlStore) -> None:
    """Its runs that ended stay."""
    make(person)
    entries.end(store, 0, State.SUCCEEDED, of="mine")

    refused = person.types("jobs delete mine", input="n\n")
    assert (1, 0) == (refused.exit_code, person.types("jobs show mine").exit_code)
    done = person.types("jobs delete mine", input="y\n")

    assert (0, "mine is gone.\n") == (done.exit_code, done.stdout)
    assert ["mine"] == [run["job"] for run in person.reads("runs list")["items"]]
    make(person)
    assert {"name": "mine", "deleted": True} == person.reads("jobs delete mine")


def test_fire_times_are_shown_with_local_time(person: Person) -> None:
    """One a line, marked where clocks change."""
    make(person, "--schedule", "30 2 * * *", "--timezone", "Europe/Paris")

    result = person.types("jobs preview mine --from 2026-10-25 --to 2026-10-26")

    assert [
        "Fires at              Local time                 Mark",
        "2026-10-25 00:30:00Z  2026-10-25T02:30:00+02:00  fold",
        "2026-10-26 01:30:00Z  2026-10-26T02:30:00+01:00  -",
    ] == result.stdout.splitlines()


def test_a_proposed_schedule_is_set_against_the_present_one(person: Person) -> None:
    """Plus and minus say what comes and goes."""
    make(person, "--schedule", "0 3 * * *")

    result = person.types(
        "jobs preview mine --from 2026-03-01 --to 2026-03-01",
        *("--schedule", "0 2,3 * * *"),
    )

    assert ["+  2026-03-01 02:00:00Z", "   2026-03-01 03:00:00Z"] == [
        line[:23] for line in result.stdout.splitlines()[1:]
    ]


def test_a_local_time_may_begin_a_preview(person: Person) -> None:
    """In the job's zone; the JSON is in UTC and has a cursor."""
    found = person.reads(
        "jobs preview fetch-paris-data --limit 2 --from", "2026-03-01 12:00"
    )
    following = person.reads(
        "jobs preview fetch-paris-data --limit 2 --from",
        "2026-03-01 12:00",
        "--cursor",
        found["next_cursor"],
    )

    assert [
        *("2026-03-01T11:00:00Z", "2026-03-01T11:01:00Z"),
        *("2026-03-01T11:02:00Z", "2026-03-01T11:03:00Z"),
    ] == [item["scheduled_for"] for item in found["items"] + following["items"]]
    again = person.types(
        "jobs preview fetch-paris-data --limit 2 --from", "2026-03-01 12:00"
    )
    assert f"There are more: --cursor {found['next_cursor']}" in again.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "2026-02-30"), "there is no such day"),
        (("--from", "1800-01-01"), "between 1970 and 2100"),
        (("--to", "2020-01-01"), "to: must lie after from"),
        (("--cursor", "x"), "--cursor"),
        (("--schedule", "x"), "five fields"),
    ],
)
def test_what_cannot_be_shown_is_exit_code_2(
    person: Person, options: tuple[str, ...], words: str
) -> None:
    """With what is wrong."""
    result = person.types("jobs preview health-check", *options)

    assert 2 == result.exit_code
    assert words in result.stderr


def test_no_fire_time_is_said(person: Person) -> None:
    """Instead of an empty table."""
    result = person.types("jobs preview weekly-cleanup --from 2026-03-02")

    assert "It does not fire in this time.\n" == result.stdout
