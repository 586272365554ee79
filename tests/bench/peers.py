"""The peers of the API: Flower with many tasks, and Bull Board where npm works."""

import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from celery import Celery

from airq_cron.cli.addresses import free_port
from airq_cron.clock import SystemClock
from tests.conftest import WaitUntil
from tests.integration.nodes import ProcessBox, ValkeyProcess
from tests.peers import NODE_ENVIRONMENT, PYTHON, install

BULL_BOARD = Path(__file__).with_name("bull_board.js")
# Few enough at once that Redis does not cut Flower off.
CHUNK = 1_000


def answers(url: str) -> bool:
    """Say whether *url* is answered well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def listening_flower(
    valkey: ValkeyProcess, directory: Path, wait_until: WaitUntil, tasks: int
) -> Iterator[tuple[ProcessBox, str]]:
    """Run Flower, which keeps *tasks*; give it and its address once it listens."""
    # Ours has it too, for tests.
    python = str(PYTHON) if install("flower") else sys.executable
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    argv = (
        *(python, "-m", "celery", "--broker", valkey.url, "flower"),
        *("--address=127.0.0.1", f"--port={port}", f"--max-tasks={tasks}"),
        *("--logging=warning", "--enable-events=False"),
    )
    log, environment = directory / "flower.log", {"FLOWER_UNAUTHENTICATED_API": "true"}
    box = ProcessBox("flower", argv, log=log, environment=environment)
    try:
        wait_until(lambda: answers(f"{url}/metrics"), "Flower answers", timeout_s=120)
        # It answers before it listens to events.
        with Celery(broker=valkey.url) as app, app.connection_for_write() as connection:
            dispatcher = app.events.Dispatcher(connection, hostname="worker@host")

            def is_heard() -> bool:
                dispatcher.send("task-received", uuid="probe", name="probe")
                return _heard(url, "task-received") > 0

            wait_until(is_heard, "Flower listens", timeout_s=60)
        yield box, url
    finally:
        box.stop()


@contextmanager
def flower(
    valkey: ValkeyProcess, directory: Path, wait_until: WaitUntil, tasks: int
) -> Iterator[str]:
    """Run Flower with *tasks* that have succeeded; give its address."""
    with listening_flower(valkey, directory, wait_until, tasks) as (_, url):
        _tell(valkey.url, url, wait_until, tasks)
        yield url


def _tell(broker: str, url: str, wait_until: WaitUntil, tasks: int) -> None:
    app, clock = Celery(broker=broker), SystemClock()
    with app.connection_for_write() as connection:
        dispatcher = app.events.Dispatcher(connection, hostname="worker@host")
        for first in range(0, tasks, CHUNK):
            for _ in range(first, min(first + CHUNK, tasks)):
                about = {"uuid": str(uuid4()), "timestamp": clock.now().timestamp()}
                dispatcher.send(
                    "task-received", name="fetch", args="()", kwargs="{}", **about
                )
                dispatcher.send("task-succeeded", result="'ok'", runtime=0.4, **about)
            dispatcher.flush()
            wait_until(
                lambda: _heard(url, "task-succeeded") >= min(first + CHUNK, tasks),  # noqa: B023
                "Flower has heard of them",
                timeout_s=120,
            )
    app.close()


def _heard(url: str, kind: str) -> float:
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in lines
        if line.startswith("flower_events_total{") and f'type="{kind}"' in line
    )


@contextmanager
def bull_board(
    valkey: ValkeyProcess, directory: Path, wait_until: WaitUntil
) -> Iterator[str | None]:
    """Run Bull Board over five queues; give its address, None: npm has it not."""
    if not install("bull-board"):
        yield None
        return
    port = free_port()
    argv = ("node", str(BULL_BOARD), str(valkey.port), str(port))
    log = directory / "board.log"
    box = ProcessBox("bull-board", argv, log=log, environment=NODE_ENVIRONMENT)
    url = f"http://127.0.0.1:{port}/ui/api/queues"
    try:
        wait_until(lambda: answers(url), "Bull Board answers", timeout_s=60)
        yield url
    finally:
        box.stop()
