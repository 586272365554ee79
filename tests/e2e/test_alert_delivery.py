"""The alert that everything is down arrives though everything is down."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from airq_cron.clock import SystemClock
from tests.conftest import WaitUntil
from tests.e2e.airq_up import AirqUp
from tests.e2e.caller import Caller
from tests.receiver import Receiver

LIMIT_S = 120.0
DEAD = ("worker-data", "worker-watch", "valkey")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give the webhook, on this machine."""
    with Receiver() as found:
        yield found


@pytest.fixture
def running(
    tmp_path: Path, receiver: Receiver, wait_until: WaitUntil
) -> Iterator[AirqUp]:
    """Give an instance that may call this machine."""
    with AirqUp(
        tmp_path / "var",
        AIRQ_ALERT_WEBHOOK_URL=f"{receiver.url}/hook",
        AIRQ_ALERT_ALLOW_PRIVATE="true",
        AIRQ_PING_URL=f"{receiver.url}/ping",
    ) as up:
        up.start("--provider", "sandbox")
        up.wait_until_running(wait_until)
        yield up


def kill_for_good(up: AirqUp) -> None:
    """Kill all workers and Valkey; whoever would bring them back stands still."""
    pids = up.pids()
    os.kill(pids["supervisor"], signal.SIGSTOP)
    for name in DEAD:
        with suppress(ProcessLookupError):
            os.killpg(pids[name], signal.SIGKILL)


def told(receiver: Receiver, kind: str) -> list[Any]:
    """Return what was posted about alerts of *kind*."""
    posted = [one for one in list(receiver.received) if one.path == "/hook"]
    documents = [json.loads(one.body) for one in posted]
    return [
        one for one in documents if (one["data"]["alert"] or {}).get("kind") == kind
    ]


def test_workers_and_api_send_what_they_are_asked_for(
    running: AirqUp, receiver: Receiver, wait_until: WaitUntil
) -> None:
    """A run by hand is sent by a worker, a trial at once by the API."""
    caller = Caller(running)
    run_id = caller.execute("notify")
    wait_until(lambda: "succeeded" == caller.run(run_id)["state"], "it is sent")
    trial = caller.post("/cron/channels/webhook/test")

    assert (True, "127.0.0.1 answered 200") == (trial["delivered"], trial["answer"])
    documents = [json.loads(one.body) for one in receiver.received]
    assert ["test", "test"] == [one["type"] for one in documents]
    assert run_id == documents[0]["data"]["id"]
    (attempt,) = caller.run(run_id)["attempts"]
    assert attempt["worker"].startswith("worker")


@pytest.mark.timeout(300)
def test_the_webhook_hears_that_workers_and_valkey_are_gone(
    running: AirqUp, receiver: Receiver, wait_until: WaitUntil
) -> None:
    """Within two minutes, sent by beat itself, and only once."""
    clock = SystemClock()
    kill_for_good(running)
    began = clock.monotonic()
    wait_until(
        lambda: told(receiver, "broker_lost"),
        "the webhook is told that Redis is gone",
        timeout_s=LIMIT_S,
        interval_s=0.5,
    )

    assert clock.monotonic() - began <= LIMIT_S
    (document,) = told(receiver, "broker_lost")
    assert "alert.raised" == document["type"]
    text = document["data"]["text"]
    assert "Since: " in text
    assert "Next: " in text
    assert f"{running.record['api']}/cron/alerts/" in text
    caller = Caller(running)
    (attempt,) = caller.run(document["data"]["id"])["attempts"]
    assert attempt["worker"].startswith("beat-")
    wait_until(
        lambda: any(one.path == "/ping" for one in list(receiver.received)),
        "beat says that it is alive all the same",
        timeout_s=90,
    )
