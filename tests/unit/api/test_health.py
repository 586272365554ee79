"""Supervisors learn whether the process lives and can answer."""

import sqlite3
from contextlib import closing

from airq_cron.services.check_ready import Readiness
from airq_cron.system import System
from airq_cron.testing import MemoryQueues
from tests.unit.api.caller import Caller


def test_a_process_that_answers_is_alive(stranger: Caller):
    """No token, no database, no Redis is needed."""
    answer = stranger.get("/healthz")

    assert (200, {"status": "alive"}) == (answer.status_code, answer.json)


def test_a_system_whose_parts_answer_is_ready(stranger: Caller):
    """Database and Redis were asked."""
    answer = stranger.get("/readyz")

    assert 200 == answer.status_code
    assert {
        "status": "ready",
        "parts": ["database", "ledger", "redis"],
    } == answer.json


def test_a_missing_broker_is_named(stranger: Caller, system: System):
    """503 says which part does not answer, and not where it lives."""
    queues = system.queues
    assert isinstance(queues, MemoryQueues)
    queues.broken = True
    answer = stranger.get("/readyz")

    assert (503, "not answering: redis") == (answer.status_code, answer.json["detail"])
    assert "nowhere" not in answer.text


def test_a_missing_database_is_named(stranger: Caller, system: System):
    """A database that is gone is no crash."""
    system.store.dispose()
    system.settings.sqlite_path.unlink()
    system.settings.sqlite_path.mkdir()
    answer = stranger.get("/readyz")

    assert (503, "not answering: database, ledger") == (
        answer.status_code,
        answer.json["detail"],
    )


def test_a_ledger_of_another_version_is_no_ledger(stranger: Caller, system: System):
    """The database answers; its tables are not those that this version knows."""
    with closing(sqlite3.connect(system.settings.sqlite_path)) as line:
        line.execute("UPDATE alembic_version SET version_num = '0001'")
        line.commit()
    answer = stranger.get("/readyz")

    assert (503, "not answering: ledger") == (answer.status_code, answer.json["detail"])


def test_without_a_database_every_address_is_unavailable(
    viewer: Caller, system: System
):
    """The token cannot be looked up: 503 with the time to ask again, no 500."""
    system.store.dispose()
    system.settings.sqlite_path.unlink()
    system.settings.sqlite_path.mkdir()
    answer = viewer.get("/cron/runs")

    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
    assert "urn:airq:problem:unavailable" == answer.json["type"]
    assert str(system.settings.var_dir) not in answer.text


def test_readiness_says_who_it_asks():
    """The names are part of the answer."""
    assert ["a", "b"] == Readiness({"b": int, "a": int}).names
