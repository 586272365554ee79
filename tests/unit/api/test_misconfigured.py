"""A setting that is wrong while the API runs: said to whom it helps, and no 500."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from airq_cron.config import Secret
from airq_cron.domain.role import Role
from airq_cron.ports import AuditEntry
from airq_cron.system import System, build
from api.app import create_app
from tests.unit.api.caller import Caller, make_caller

TOGGLE = "/cron/jobs/weekly-cleanup/toggle"
OTHER_KEY = "the key of another host, quite long"


@pytest.fixture
def other(system: System) -> Iterator[System]:
    """Give a system with another instance key than that of the trail."""
    entry = AuditEntry("cli:ann", "job.pause", "job:x")
    system.store.write(lambda unit: unit.audit.record(entry))
    settings = replace(system.settings, instance_key=Secret(OTHER_KEY))
    made = build(settings, system.clock, patience_s=0.2)
    yield made
    made.store.dispose()


def test_a_change_under_another_key_is_refused_with_what_to_do(
    system: System, other: System
):
    """503, and nothing has changed; reading goes on."""
    operator = make_caller(create_app(system), system, Role.OPERATOR)
    secret = operator._headers["Authorization"].partition(" ")[2]
    caller = Caller(create_app(other), secret)
    answer = caller.post(TOGGLE, json={"enabled": False})

    assert (503, "application/problem+json") == (answer.status_code, answer.mimetype)
    assert "urn:airq:problem:misconfigured" == answer.json["type"]
    assert "AIRQ_INSTANCE_KEY" in answer.json["detail"]
    assert "airq audit restart" in answer.json["detail"]
    assert OTHER_KEY not in answer.text
    shown = caller.get("/cron/jobs/weekly-cleanup")
    assert (200, True) == (shown.status_code, shown.json["enabled"])


def test_a_call_that_a_role_forbids_stays_forbidden(system: System, other: System):
    """Though nobody can note it in the trail."""
    viewer = make_caller(create_app(system), system, Role.VIEWER)
    secret = viewer._headers["Authorization"].partition(" ")[2]

    answer = Caller(create_app(other), secret).post(TOGGLE, json={"enabled": False})

    assert 403 == answer.status_code
