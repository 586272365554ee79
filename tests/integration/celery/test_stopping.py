"""A worker is asked to stop while it runs something."""

from datetime import timedelta

import psutil
import pytest

from airq_cron.clock import SystemClock
from airq_cron.domain.run import Outcome, State
from airq_cron.sandbox import SandboxServer
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import (
    BOTH,
    BRIEF,
    Ledger,
    Workers,
    is_asked,
    slow_down,
)

GRACE_S = 6
RUNS = 240
AT_ONCE = timedelta(seconds=5)


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_a_long_run_is_handed_back(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """It gets six seconds; then another worker does it, and no crash is counted."""
    slow_down(upstream, calls=1)
    run_id = ledger.begin()
    wait_until(lambda: is_asked(upstream), "it runs")
    stopping = workers.holder(ledger.run(run_id))
    clock = SystemClock()
    began = clock.monotonic()

    stopping.kill("SIGTERM")
    wait_until(
        lambda: stopping.status == "exited", "the worker has stopped", timeout_s=15
    )
    took = clock.monotonic() - began
    wait_until(lambda: ledger.is_in(run_id, State.SUCCEEDED), "another has done it")

    # How soon all is gone is asked of `airq up`, which runs alone.
    assert GRACE_S - 1 < took
    assert [Outcome.HANDED_BACK, Outcome.SUCCEEDED] == ledger.outcomes(run_id)
    assert 0 == ledger.run(run_id).crashes
    assert ledger.pause_between(run_id) < AT_ONCE


def test_a_short_run_is_finished(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """What ends within six seconds is done by the worker that began it."""
    slow_down(upstream, seconds=3)
    run_id = ledger.begin()
    wait_until(lambda: is_asked(upstream), "it runs")
    stopping = workers.holder(ledger.run(run_id))

    stopping.kill("SIGTERM")
    wait_until(
        lambda: stopping.status == "exited", "the worker has stopped", timeout_s=15
    )

    assert [Outcome.SUCCEEDED] == ledger.outcomes(run_id)


@pytest.mark.parametrize("worker_names", [("only",)])
@pytest.mark.parametrize("more_settings", [{"celery_events": True}])
def test_what_a_child_was_given_is_done_before_the_worker_stops(
    ledger: Ledger, workers: Workers, wait_until: WaitUntil
) -> None:
    """Though the child had not said that it began when the worker was told to stop."""
    (only,) = workers.nodes
    first = ledger.begin(BRIEF, key="first")
    wait_until(lambda: ledger.has_ended(first), "its children are up")
    children = only.children()
    for child in children:
        child.suspend()
    run_id = ledger.begin(BRIEF)
    wait_until(lambda: not waiting(ledger), "the worker has the message")
    wait_until(lambda: has_gone_round(ledger), "and has given it to a child")
    process = psutil.Process(only.box.pid)
    threads = process.num_threads()

    only.kill("SIGTERM")
    # Celery's timers get a thread of their own for as long.
    wait_until(lambda: process.num_threads() > threads, "it waits for its children")
    for child in children:
        child.resume()
    wait_until(lambda: only.status == "exited", "the worker has stopped", timeout_s=15)

    assert [Outcome.SUCCEEDED] == ledger.outcomes(run_id)


def waiting(ledger: Ledger) -> int:
    """Return how many messages no worker has taken."""
    system = ledger.system
    return sum(one.waiting for one in system.queues.states(system.clock.now()))


def has_gone_round(ledger: Ledger) -> bool:
    """Say whether the worker's event loop has, since it last took a message."""
    return all(ledger.system.celery.control.ping(timeout=5, limit=1) for _ in range(2))


def test_an_idle_worker_stops_at_once(workers: Workers, wait_until: WaitUntil) -> None:
    """It waits for nothing."""
    (first, second) = workers.nodes
    for node in workers.nodes:
        node.kill("SIGTERM")

    wait_until(
        lambda: {"exited"} == {first.status, second.status},
        "both have stopped",
        timeout_s=GRACE_S,
    )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rolling_restarts_under_load_cost_no_run(
    ledger: Ledger, workers: Workers, wait_until: WaitUntil
) -> None:
    """Each run is done once, whatever was handed back on the way."""
    ids = ledger.begin_many(BRIEF, RUNS)
    for turn in range(3):
        node = workers.nodes[turn % 2]
        wait_until(
            lambda done=50 * turn + 25: ledger.have_ended(BRIEF, done),
            "some are done",
            timeout_s=30,
        )
        node.kill("SIGTERM")
        # How soon it stops is asked above, of a machine that does nothing else.
        wait_until(
            lambda one=node: one.status == "exited", "it has stopped", timeout_s=30
        )
        node.box.start()
        wait_until(node.is_up, "it is back", timeout_s=30)
    wait_until(
        lambda: ledger.all_end(ids), "every run is done", timeout_s=60, interval_s=0.5
    )

    ended = [ledger.outcomes(one) for one in ids]
    assert [Outcome.SUCCEEDED] * RUNS == [outcomes[-1] for outcomes in ended]
    assert {Outcome.HANDED_BACK} >= {one for outcomes in ended for one in outcomes[:-1]}
    assert {0} == {ledger.run(one).crashes for one in ids}
