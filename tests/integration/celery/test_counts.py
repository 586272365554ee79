"""What real workers count of the runs that they do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.period import Period
from airq_cron.domain.run import State
from airq_cron.domain.tally import Bin, Step, merged
from airq_cron.ports import Message
from airq_cron.sandbox import SandboxServer
from airq_cron.system import System
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import Ledger, Workers, slow_down

QUEUE = "data-fetch"
HOUR = timedelta(hours=1)


def counted(system: System) -> Bin:
    """Return what the present hours hold of the queue."""
    now = system.clock.now()
    found = system.counters.window(
        QUEUE, Period(now - HOUR, now + HOUR), step=Step.HOUR
    )
    return merged([one for one in found if one is not None], now)


def stop_all(workers: Workers, wait_until: WaitUntil) -> None:
    """Tell the workers to stop, and wait until they have."""
    for node in workers.nodes:
        node.kill("SIGTERM")
    wait_until(
        lambda: all(node.status == "exited" for node in workers.nodes),
        "both have stopped",
        timeout_s=30,
    )


def test_each_delivery_is_counted_over_a_clean_shutdown(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """Arrivals, ends by outcome, dwell and handling; nothing is lost or doubled."""
    slow_down(upstream, seconds=0.5)
    run_id = ledger.begin()
    run = ledger.run(run_id)
    copies = [Message(run.id, run.kind, run.queue, run.priority)] * 20
    ledger.system.dispatcher.publish(copies)
    wait_until(lambda: ledger.is_in(run_id, State.SUCCEEDED), "it has succeeded")
    wait_until(lambda: workers.drops(run_id) == 20, "all copies have been dropped")

    stop_all(workers, wait_until)

    found = counted(ledger.system)
    assert {"succeeded": 1, "dropped": 20} == found.counts
    assert 21 == found.arrivals == sum(found.dwell) == sum(found.handling)
    assert found.handling_sum_s >= 0.4


def test_workers_tell_what_they_use(
    ledger: Ledger, workers: Workers, wait_until: WaitUntil
) -> None:
    """In their sign of life: the registry needs no question to a worker."""
    del workers
    heartbeats = ledger.system.heartbeats
    wait_until(lambda: len(heartbeats.alive()) == 2, "both are alive")

    for beat in heartbeats.alive():
        assert (2, 0) == (beat.detail["children"], beat.detail["busy"])
        assert beat.detail["rss_bytes"] > 10_000_000
        assert beat.detail["machine"]["cores"] >= 1
        assert QUEUE in beat.detail["queues"]


class TestWithEvents:
    """AIRQ_CELERY_EVENTS=true, seen through Celery's own tools."""

    @pytest.fixture
    def system(self, system: System) -> System:
        """Give the same system with events switched on."""
        on = replace(system.settings, celery_events=True)
        return replace(system, settings=on)

    def test_events_tell_of_each_task(self, ledger: Ledger, workers: Workers) -> None:
        """Received, started and done: what Flower shows."""
        del workers
        seen: list[str] = []
        celery: Any = ledger.system.celery
        with celery.connection_for_read() as connection:
            receiver = celery.events.Receiver(connection, handlers={"*": seen.append})

            def hear(event: dict[str, Any]) -> None:
                # The first one shows that we listen.
                if not seen:
                    ledger.begin()
                seen.append(event["type"])
                # A heartbeat may come with it, and does not undo it.
                receiver.should_stop |= event["type"] == "task-succeeded"

            receiver.handlers["*"] = hear
            receiver.capture(limit=None, timeout=20, wakeup=True)

        assert {"task-received", "task-started", "task-succeeded"} <= set(seen)
