"""A change of keys among real workers: who opens what, and that nothing is lost."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from airq_cron.cli import processes
from airq_cron.config import Secret, child_environment
from airq_cron.domain.job import Queue
from airq_cron.domain.run import Outcome, State
from airq_cron.sealing import new_key
from airq_cron.services.describe_process import fingerprint
from airq_cron.services.diagnose import Severity, check_message_keys
from airq_cron.services.execute import message_for
from airq_cron.system import System, build
from tests.conftest import WaitUntil
from tests.integration.celery.conftest import START_S
from tests.integration.celery.ledger import FETCH, Ledger
from tests.integration.nodes import WorkerProcess, all_up

OLD, NEW = new_key(), new_key()
# Each of the two workers has a queue of its own, so that it is known who takes what.
CHANGING, DONE = Queue.DATA_FETCH, Queue.ANALYTICS
RINGS = {CHANGING: (NEW, OLD), DONE: (NEW,)}


def holding(system: System, *keys: str) -> System:
    """Return *system* as a process with these keys sees it."""
    ring = Secret(",".join(keys))
    return build(replace(system.settings, message_keys=ring))


@pytest.fixture
def workers(
    system: System, tmp_path: Path, wait_until: WaitUntil
) -> Iterator[dict[Queue, WorkerProcess]]:
    """Run one worker in the midst of the change, and one that has left it behind."""
    with ExitStack() as ends:
        nodes = {}
        for queue, ring in RINGS.items():
            nodes[queue] = WorkerProcess(
                queue.value,
                processes.worker("worker-data"),
                directory=tmp_path,
                environment=child_environment(holding(system, *ring).settings),
                options=("--queues", queue.value, "--concurrency", "1"),
            )
            ends.callback(nodes[queue].teardown)
        wait_until(all_up(nodes.values()), "both consume", timeout_s=START_S)
        yield nodes


def test_an_old_message_is_done_by_who_knows_the_old_key(
    system: System, workers: dict[Queue, WorkerProcess], wait_until: WaitUntil
) -> None:
    """Who has forgotten it refuses and counts; its run is done when sent again."""
    before, after = Ledger(holding(system, OLD)), Ledger(holding(system, NEW))
    known = before.begin(replace(FETCH, queue=CHANGING))
    unknown = before.begin(replace(FETCH, name="late", queue=DONE))

    wait_until(lambda: before.has_ended(known), "the old message is done")
    wait_until(
        lambda: refused(system) == {CHANGING: 0, DONE: 1}, "the other one is refused"
    )

    assert [Outcome.SUCCEEDED] == before.outcomes(known)
    assert after.is_in(unknown, State.QUEUED)
    # As a sweeper does some seconds later.
    after.system.dispatcher.publish([message_for(after.run(unknown))])
    wait_until(lambda: after.has_ended(unknown), "sealed anew, it is done")
    assert [Outcome.SUCCEEDED] == after.outcomes(unknown)
    wait_until(lambda: len(system.heartbeats.alive()) == len(RINGS), "both are alive")
    assert {(fingerprint(NEW), fingerprint(OLD)), (fingerprint(NEW),)} == {
        tuple(beat.detail["message_keys"]) for beat in system.heartbeats.alive()
    }
    assert [Severity.WARN, Severity.FAIL] == [
        judged(system, *keys) for keys in ((NEW,), (OLD, NEW))
    ]
    logs = b"".join(node.box.logs() for node in workers.values())
    assert not any(key.encode() in logs for key in (OLD, NEW))


def judged(system: System, *keys: str) -> Severity:
    """Return what a process that sends with *keys* is told."""
    ours = [fingerprint(key) for key in keys]
    return check_message_keys(system.heartbeats.alive(), ours).severity


def refused(system: System) -> dict[Queue, int]:
    """Return how many messages were refused, by queue."""
    totals = system.counters.totals()
    return {
        queue: totals[queue.value].counts.get("refused", 0)
        for queue in RINGS
        if queue.value in totals
    }
