"""`airq status`: what is wrong, and what to do about it."""

from dataclasses import replace

import pytest

from airq_cron.cli.instance import Layout, hold, write_record
from airq_cron.cli.status import advice
from airq_cron.clock import SystemClock
from airq_cron.domain.job import Queue
from airq_cron.ports import Heartbeat, QueueState
from airq_cron.services.look_around import look_at_backlogs, process_problems
from airq_cron.services.sum_up import job_problems
from airq_cron.testing import START, FakeClock
from tests import entries
from tests.unit.cli.conftest import Person
from tests.unit.cli.test_session import RUNNING

IDLE = [Heartbeat(role, role, START) for role in ("worker", "beat")]


def test_without_an_instance_it_is_down(person: Person) -> None:
    """Exit code 1, and the command that starts everything."""
    result = person.types("status")

    assert 1 == result.exit_code
    assert result.stdout.startswith("down at 20")
    assert "no instance is running" in result.stdout
    assert "start everything with: airq up" in result.stdout


def test_a_running_instance_is_named(person: Person) -> None:
    """Where it answers, whom it asks, and since when."""
    layout = Layout(person.var)
    layout.prepare()
    record = replace(
        RUNNING,
        data_dir=str(person.var),
        database_url=f"sqlite:///{person.var}/airq.db",
    )

    with hold(layout, SystemClock()):
        write_record(layout, record)
        shown = person.types("status").stdout
        found = person.types("status --json").stdout

    assert "http://127.0.0.1:3000, upstream sandbox, up " in shown
    assert '"uptime_s": null' not in found


def test_what_is_known_is_shown_all_the_same(person: Person) -> None:
    """Jobs, queues and places come from the database."""
    shown = person.types("status").stdout

    breaker = "open-meteo  CLOSED (local)  0 of 5"
    for words in ("fetch-paris-data", "paris", breaker, *Queue):
        assert words in shown


def test_as_json_it_is_the_overview_of_the_api(person: Person) -> None:
    """Unknown is null: no broker, no numbers; no instance, no uptime."""
    result = person.types("status --json")

    assert 1 == result.exit_code
    assert '"state": "down"' in result.stdout
    assert '"waiting": null' in result.stdout
    assert '"uptime_s": null' in result.stdout


@pytest.mark.parametrize(
    ("reason", "action"),
    [
        (*process_problems([])[:1], "airq up"),
        (
            next(look_at_backlogs([QueueState("analytics", 500, 1.0)], 9)).message,
            "airq runs list --queue analytics --state queued",
        ),
        (
            *job_problems(
                [entries.job(next_due_at=START)], FakeClock(START.replace(hour=9)).now()
            ),
            "log of beat",
        ),
        (
            "the last run of health-check ended as failed",
            "airq runs list --job health-check --limit 5",
        ),
        ("location paris has no data yet", "airq runs list --queue data-fetch"),
        ("Paris has no data since 2026", "airq runs list --queue data-fetch"),
        (process_problems(IDLE)[0], "--queues data-fetch"),
        ("AIRQ_REDIS_URL: cannot reach redis://h: refused", "airq up"),
    ],
)
def test_every_problem_has_something_to_do(reason: str, action: str) -> None:
    """A sentence that only complains helps nobody."""
    assert action in (advice(reason) or "")


def test_of_an_unknown_problem_nothing_is_made_up() -> None:
    """No advice is better than a wrong one."""
    assert advice("the moon is blue") is None
