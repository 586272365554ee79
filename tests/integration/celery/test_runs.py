"""Runs of the ledger, done by real workers."""

from datetime import timedelta

from airq_cron.domain.run import Outcome, State
from airq_cron.ports import Message
from airq_cron.sandbox import Fault, SandboxServer
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import (
    Ledger,
    Workers,
    slow_down,
    spoil,
)


def test_a_run_goes_through_a_worker(
    ledger: Ledger,
    workers: Workers,
    upstream: SandboxServer,
    wait_until: WaitUntil,
) -> None:
    """It is queued, runs in a child of a worker, and leaves what it fetched."""
    slow_down(upstream, seconds=1)
    run_id = ledger.begin()
    wait_until(lambda: ledger.is_in(run_id, State.RUNNING), "it runs")
    holder = workers.holder(ledger.run(run_id))
    wait_until(lambda: ledger.is_in(run_id, State.SUCCEEDED), "it has succeeded")
    run = ledger.run(run_id)
    with ledger.system.store.read() as unit:
        newest = unit.measurements.newest("paris", "sandbox")

    assert holder in workers.nodes
    assert [Outcome.SUCCEEDED] == ledger.outcomes(run_id)
    assert run.result is not None
    assert "ok" == run.result["outcome"]
    assert newest is not None
    assert ledger.system.clock.now() - newest < timedelta(hours=2)


def test_a_message_sent_often_runs_once(
    ledger: Ledger, workers: Workers, wait_until: WaitUntil
) -> None:
    """Whoever comes second finds the run taken, and lets it be."""
    run_id = ledger.begin()
    run = ledger.run(run_id)
    copies = [Message(run.id, run.kind, run.queue, run.priority)] * 20
    ledger.system.dispatcher.publish(copies)
    wait_until(lambda: workers.drops(run_id) == 20, "all copies have been dropped")
    # They may be sooner than the one that is at work.
    wait_until(lambda: ledger.has_ended(run_id), "the run ends")

    assert [Outcome.SUCCEEDED] == ledger.outcomes(run_id)


def test_an_unknown_run_is_dropped(
    ledger: Ledger, workers: Workers, wait_until: WaitUntil
) -> None:
    """A message that no ledger knows stops nothing behind it."""
    unknown = Message("of another ledger", "fetch", "data-fetch", "high")
    ledger.system.dispatcher.publish([unknown])
    run_id = ledger.begin()
    wait_until(lambda: ledger.is_in(run_id, State.SUCCEEDED), "the next run is done")

    wait_until(lambda: workers.drops(unknown.run_id) == 1, "the unknown was dropped")


def test_a_lease_is_kept_for_as_long_as_the_run_takes(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """A run of three leases is done once, while a sweeper looks for lost ones."""
    slow_down(upstream, seconds=7)
    spoil(upstream, Fault("400-location", count=1))
    run_id = ledger.begin(ledger.everywhere(3))
    wait_until(lambda: ledger.is_in(run_id, State.RUNNING), "it runs")
    wait_until(lambda: ledger.ends(run_id), "it has ended", timeout_s=45)

    assert [Outcome.SUCCEEDED] == ledger.outcomes(run_id)
    assert ledger.duration(run_id) > timedelta(seconds=21)
