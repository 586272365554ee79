"""A run is cancelled, or takes too long, while a child works on it."""

from dataclasses import replace
from datetime import timedelta

import psutil
import pytest

from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.domain.run import Outcome, State
from airq_cron.sandbox import SandboxServer
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import (
    BOTH,
    FETCH,
    Ledger,
    Workers,
    child_of,
    is_asked,
    slow_down,
)

AT_ONCE_S = 15.0
TWICE = RetryRule(Backoff.FIXED, attempts=2, delay_s=0.0)
# The soft limit comes after 2 s.
HASTY = replace(FETCH, name="hasty", retry=TWICE, time_limit_s=4)


@pytest.fixture
def worker_names() -> tuple[str, ...]:
    """Give one: nothing here needs another."""
    return ("first",)


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_a_cancelled_run_is_stopped(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """Its child is ended, another takes its place, and nothing is delivered again."""
    slow_down(upstream, calls=1)
    run_id = ledger.begin()
    wait_until(lambda: is_asked(upstream), "it runs")
    child = child_of(ledger.run(run_id))
    assert child is not None

    ledger.cancel(run_id)
    wait_until(lambda: not psutil.pid_exists(child), "it is ended", timeout_s=AT_ONCE_S)
    wait_until(lambda: workers.child_count() == 2, "another takes its place")
    next_runs = [ledger.begin(key=str(number)) for number in range(4)]
    wait_until(lambda: ledger.all_end(next_runs), "further runs are done")

    assert State.CANCELLED is ledger.run(run_id).state
    assert [Outcome.CANCELLED] == ledger.outcomes(run_id)
    assert [[Outcome.SUCCEEDED]] * 4 == [ledger.outcomes(one) for one in next_runs]
    assert 0 == workers.drops(run_id)


def test_a_body_past_its_soft_limit_is_tried_again(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """It is told, its attempt is an error, and the next one is quicker."""
    slow_down(upstream, calls=1)
    run_id = ledger.begin(HASTY)
    wait_until(lambda: is_asked(upstream), "it runs")
    child = child_of(ledger.run(run_id))
    assert child is not None
    wait_until(lambda: ledger.ends(run_id), "it has ended")

    run = ledger.run(run_id)
    assert [Outcome.TIME_LIMIT, Outcome.SUCCEEDED] == ledger.outcomes(run_id)
    assert (1, 0) == (ledger.run(run_id).errors, run.crashes)
    assert psutil.pid_exists(child)


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_a_child_past_its_hard_limit_is_ended(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """It hears nothing any more; the attempt is an error and no crash."""
    slow_down(upstream, calls=1)
    run_id = ledger.begin(HASTY)
    wait_until(lambda: is_asked(upstream), "it runs")
    child = psutil.Process(child_of(ledger.run(run_id)))
    child.suspend()
    wait_until(lambda: ledger.ends(run_id), "it has ended")

    (first, _) = ledger.run(run_id).attempts
    assert first.finished_at is not None
    took = first.finished_at - first.started_at
    assert [Outcome.TIME_LIMIT, Outcome.SUCCEEDED] == ledger.outcomes(run_id)
    assert (1, 0) == (ledger.run(run_id).errors, ledger.run(run_id).crashes)
    assert timedelta(seconds=3) < took < timedelta(seconds=10)
    wait_until(lambda: not child.is_running(), "the child is gone")


def test_without_retries_a_time_limit_is_the_end(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """The run has failed, and no message of it comes back."""
    slow_down(upstream, calls=1)
    run_id = ledger.begin(replace(HASTY, retry=RetryRule()))
    wait_until(lambda: is_asked(upstream), "it runs")
    psutil.Process(child_of(ledger.run(run_id))).suspend()
    wait_until(lambda: ledger.ends(run_id), "it has ended")
    next_run = ledger.begin(key="next")
    wait_until(lambda: ledger.ends(next_run), "the next one is done")

    assert State.FAILED is ledger.run(run_id).state
    assert [Outcome.TIME_LIMIT] == ledger.outcomes(run_id)
    assert 0 == workers.drops(run_id)
