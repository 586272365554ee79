"""CRON_ENABLE_DUPLICATE_PREVENTION=false, as a caller of the API sees it."""

from dataclasses import replace

import pytest

from airq_cron.domain.role import Role
from airq_cron.system import System
from api.app import create_app
from tests.unit.api.caller import Caller, make_caller

BEGINNING = ["/cron/jobs/weekly-cleanup/execute", "/cron/maintenance/cleanup"]
HEADERS = {"Idempotency-Key": "once"}


def caller(system: System, *, prevents: bool) -> Caller:
    """Return an operator of an API that runs with the flag."""
    settings = replace(system.settings, duplicate_prevention=prevents)
    other = replace(system, settings=settings)
    names = ("store", "dispatcher", "queues", "heartbeats")
    vars(other).update({name: getattr(system, name) for name in names})
    return make_caller(create_app(other), other, Role.OPERATOR)


@pytest.mark.parametrize("path", BEGINNING)
@pytest.mark.parametrize(("prevents", "status"), [(True, 409), (False, 202)])
def test_the_flag_decides_whether_runs_may_overlap(
    system: System, path: str, *, prevents: bool, status: int
):
    """Of a job whose policy is `skip`."""
    operator = caller(system, prevents=prevents)
    assert 202 == operator.post(path).status_code

    assert status == operator.post(path).status_code


@pytest.mark.parametrize("path", BEGINNING)
def test_the_ledger_stays_unique_without_it(system: System, path: str):
    """The same key is the same run, whatever the flag says."""
    operator = caller(system, prevents=False)
    first, again = (operator.post(path, headers=HEADERS).json for _ in range(2))

    assert first["id"] == again["id"]
