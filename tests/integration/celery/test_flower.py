"""AIRQ_CELERY_EVENTS=true, seen through Celery's own tools and the real Flower."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from airq_cron.cli.addresses import free_port
from airq_cron.config import child_environment
from airq_cron.sandbox import SandboxServer
from airq_cron.system import System
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import FETCH, Ledger, Workers, slow_down
from tests.integration.nodes import ProcessBox

TASK = "airq.fetch"
LONG_S = 60.0


class Flower:
    """The real Flower, begun as its how-to page says."""

    def __init__(self, system: System, directory: Path) -> None:
        """Start it on a free port."""
        self.url = f"http://127.0.0.1:{free_port()}"
        port = self.url.rpartition(":")[2]
        self.box = ProcessBox(
            "flower",
            (
                *(sys.executable, "-m", "celery", "-A", "workers.app", "flower"),
                *("--address=127.0.0.1", f"--port={port}"),
            ),
            log=directory / "flower.log",
            environment={
                **child_environment(system.settings),
                "FLOWER_UNAUTHENTICATED_API": "true",
            },
        )

    def get(self, path: str) -> Any:
        """Return what its API answers, None while it does not."""
        try:
            answer = requests.get(f"{self.url}/api/{path}", timeout=10)
        except requests.ConnectionError:
            return None
        return answer.json() if answer.ok else None

    def workers(self) -> dict[str, Any]:
        """Return the workers that it knows, and what it asked them."""
        return self.get("workers?refresh=1") or {}

    def states(self) -> dict[str, str]:
        """Return the state of each task that it has heard of, by id."""
        found = self.get("tasks") or {}
        return {key: task["state"] for key, task in found.items()}


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Switch events on."""
    return {"celery_events": True}


@pytest.fixture
def flower(system: System, tmp_path: Path) -> Iterator[Flower]:
    """Run Flower beside the workers."""
    found = Flower(system, tmp_path)
    yield found
    found.box.kill("SIGKILL")


def test_flower_and_inspect_see_our_workers_and_what_they_do(
    ledger: Ledger,
    workers: Workers,
    flower: Flower,
    upstream: SandboxServer,
    wait_until: WaitUntil,
) -> None:
    """Both workers, each task with its state, and answers to every question."""
    wait_until(lambda: len(flower.workers()) == 2, "it knows both", timeout_s=LONG_S)
    done = ledger.begin_many(FETCH, 3)
    wait_until(lambda: ledger.all_end(done), "three runs have ended")
    inspect: Any = ledger.system.celery.control.inspect(timeout=10, limit=2)
    slow_down(upstream)
    busy = ledger.begin(key="busy")
    # Asked first: on a busy machine it may be over before Flower tells of it.
    active = heard(inspect.active, wait_until)
    expected = dict.fromkeys(done, "SUCCESS")
    wait_until(
        lambda: {**expected, busy: flower.states().get(busy)} == flower.states(),
        "it knows all",
        timeout_s=LONG_S,
    )

    assert {busy} >= {one["id"] for all_ in active.values() for one in all_}
    assert flower.states()[busy] in {"STARTED", "SUCCESS"}
    names = {node.name for node in workers.nodes}
    for told in (
        active,
        heard(inspect.ping, wait_until),
        heard(inspect.stats, wait_until),
        heard(inspect.registered, wait_until),
        flower.workers(),
    ):
        assert names == {name.partition("@")[0] for name in told}
    for told in flower.workers().values():
        assert TASK in told["registered"]
        assert told["stats"]["pool"]["max-concurrency"] == 2
        queues = {one["name"] for one in told["active_queues"]}
        assert {"data-fetch", "analytics"} == queues
    task = flower.get("tasks")[busy]
    assert (TASK, f"('{busy}',)") == (task["name"], task["args"])


def heard(ask: Callable[[], Any], wait_until: WaitUntil) -> dict[str, Any]:
    """Return what both workers answer."""

    def both() -> dict[str, Any] | None:
        found: dict[str, Any] = ask() or {}
        return found if len(found) == 2 else None

    found = wait_until(both, "both workers answer")
    assert isinstance(found, dict)
    return found
