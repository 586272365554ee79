"""The health check that somebody asks for: at once, and nothing else changes."""

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from airq_cron.clock import SystemClock
from airq_cron.domain.job import Queue
from airq_cron.ports import QueueState
from airq_cron.system import System
from airq_cron.testing import MemoryQueues
from tests.unit.api.caller import Caller
from tests.unit.api.test_status import bring_up

PATH = "/cron/monitoring/health-check"
OVERVIEW = "/cron/status/overview"
CLOCK = SystemClock()


class HungQueues(MemoryQueues):
    """Queues that answer when they are let go, and not before."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def states(self, at: datetime) -> list[QueueState]:
        """Hang, as a Redis behind a lost route does."""
        self.let_go.wait(60)
        return super().states(at)


@pytest.fixture
def hung(system: System) -> Iterator[HungQueues]:
    """Give the system a Redis that hangs."""
    queues = HungQueues()
    vars(system).update(queues=queues)
    yield queues
    queues.let_go.set()


def rows(system: System) -> dict[str, list[Any]]:
    """Return every row of every table."""
    engine = create_engine(system.settings.database_address)
    with engine.connect() as connection:
        names = connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        )
        found = {
            name: [
                tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))
            ]
            for name in names
        }
    engine.dispose()
    return found


def test_all_is_well_without_problems(operator: Caller, system: System):
    """And the figures behind it are told."""
    bring_up(system)
    answer = operator.post(PATH)

    assert 200 == answer.status_code
    assert {
        "state": "ok",
        "problems": [],
        "waiting": dict.fromkeys([queue.value for queue in Queue], 0),
        "processes": ["beat@host", "data@host"],
        "by": "token:operator",
        "finished_at": "2026-03-01T12:00:30Z",
        "kept": True,
    } == answer.json


def test_what_is_wrong_is_said(operator: Caller, system: System):
    """In sentences, as the job says it."""
    bring_up(system)
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.known = [QueueState("data-fetch", 101, 3.0)]
    body = operator.post(PATH).json
    (problem,) = body["problems"]

    assert ("degraded", {"data-fetch": 101}) == (body["state"], body["waiting"])
    assert "Queue data-fetch has 101 waiting messages, more than 100" in problem


def test_it_judges_by_the_rules_of_alerts(
    operator: Caller, admin: Caller, system: System
):
    """What people changed there holds here: one says what the other raises."""
    bring_up(system)
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.known = [QueueState("data-fetch", 101, 3.0)]
    rule = "/cron/alert-rules/queue_backlog"
    for changes, state in [
        ({"threshold": 101}, "ok"),
        ({"threshold": 100}, "degraded"),
        ({"enabled": False}, "ok"),
    ]:
        assert 200 == admin.ask("PATCH", rule, json=changes).status_code
        assert state == operator.post(PATH).json["state"]


def test_nothing_changes_but_the_stored_result(operator: Caller, system: System):
    """No run, no job, no alert, no audit row: it is asked like a question."""
    bring_up(system)
    operator.get(OVERVIEW)
    before = rows(system)
    operator.post(PATH)
    after = rows(system)

    changed = {name for name in after if after[name] != before[name]}
    assert {"last_checks"} == changed
    assert 1 == len(after["last_checks"])


def test_the_overview_shows_it(operator: Caller, system: System):
    """Until somebody, or the job, checks again."""
    bring_up(system)
    assert operator.get(OVERVIEW).json["health_check"] is None
    operator.post(PATH)
    shown = operator.get(OVERVIEW).json["health_check"]

    assert (None, "token:operator", "2026-03-01T12:00:30Z", "ok") == (
        shown["run"],
        shown["by"],
        shown["finished_at"],
        shown["result"]["state"],
    )


def test_a_redis_that_hangs_is_a_problem_within_three_seconds(
    operator: Caller, system: System, hung: HungQueues
):
    """Who asks whether all is well must not wait for what is not."""
    bring_up_without_queues(system)
    began = CLOCK.monotonic()
    answer = operator.post(PATH)
    took_s = CLOCK.monotonic() - began

    assert (200, "degraded") == (answer.status_code, answer.json["state"])
    assert [
        "Redis cannot be read: no answer within 2 s",
        "the health of queues cannot be read: no answer within 2 s",
    ] == answer.json["problems"]
    assert answer.json["kept"]
    # Twice the promise: other tests run on the same two cores.
    assert took_s < 6


def test_a_broken_redis_is_a_problem(operator: Caller, system: System):
    """The data is still looked at."""
    bring_up(system)
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.broken = True

    (problem,) = operator.post(PATH).json["problems"]

    assert problem.startswith("Redis does not answer, nothing is sent to workers: ")


def test_a_locked_database_keeps_nobody_waiting(operator: Caller, system: System):
    """The result is told, and that it is not stored."""
    bring_up(system)
    operator.get(OVERVIEW)
    engine = create_engine(system.settings.database_address)
    with engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        began = CLOCK.monotonic()
        answer = operator.post(PATH)
        took_s = CLOCK.monotonic() - began
        other.exec_driver_sql("ROLLBACK")
    engine.dispose()

    assert (200, "ok", False) == (
        answer.status_code,
        answer.json["state"],
        answer.json["kept"],
    )
    # Twice the promise: other tests run on the same two cores.
    assert took_s < 6


def test_a_viewer_may_not_ask(viewer: Caller):
    """It writes, if only one row."""
    assert 403 == viewer.post(PATH).status_code


def bring_up_without_queues(system: System) -> None:
    """Bring it up, though the queues are not those of the test."""
    hung, queues = system.queues, MemoryQueues()
    vars(system).update(queues=queues)
    bring_up(system)
    vars(system).update(queues=hung)
