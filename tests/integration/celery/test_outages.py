"""The broker goes away, comes back, and forgets."""

from functools import partial

from airq_cron.domain.run import Outcome, State
from airq_cron.sandbox import SandboxServer
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import BRIEF, Ledger, Workers, slow_down
from tests.integration.nodes import ValkeyProcess

RUNS = 400


def test_a_broker_restart_under_load_costs_no_worker_and_no_run(
    ledger: Ledger,
    workers: Workers,
    default_redis_broker: ValkeyProcess,
    wait_until: WaitUntil,
) -> None:
    """Both workers reconnect, and every run is done once."""
    began = [node.box.pid for node in workers.nodes]
    ids = ledger.begin_many(BRIEF, RUNS)
    for done in (100, 200):
        wait_until(partial(ledger.have_ended, BRIEF, done), "some are done")
        default_redis_broker.box.kill("SIGKILL")
        default_redis_broker.box.start()
        wait_until(default_redis_broker.is_up, "the broker is back")
    wait_until(
        lambda: ledger.sweep() == 0 and ledger.have_ended(BRIEF, RUNS),
        "every run is done",
        timeout_s=60,
        interval_s=0.5,
    )

    assert [[Outcome.SUCCEEDED]] * RUNS == [ledger.outcomes(one) for one in ids]
    assert began == [node.box.pid for node in workers.nodes]
    assert ["running"] * 2 == [node.status for node in workers.nodes]


def test_a_flushed_broker_loses_no_run(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """What was published and not yet claimed is sent again."""
    slow_down(upstream, calls=4, seconds=3)
    ids = [ledger.begin(key=str(number)) for number in range(10)]
    wait_until(
        lambda: sum(ledger.is_in(one, State.RUNNING) for one in ids) == 4,
        "every child is busy",
    )

    ledger.flush_broker()
    wait_until(
        lambda: ledger.all_end(ids),
        "all have ended",
        timeout_s=30,
        interval_s=0.5,
    )

    assert {State.SUCCEEDED} == {ledger.run(one).state for one in ids}
    assert [[Outcome.SUCCEEDED]] * 10 == [ledger.outcomes(one) for one in ids]
