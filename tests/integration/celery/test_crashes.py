"""Workers and their children die in the middle of a run."""

from datetime import timedelta

import psutil
import pytest

from airq_cron.domain.run import Outcome, State
from airq_cron.sandbox import SandboxServer
from airq_cron.services.execute import LEASE
from airq_cron.services.retry_run import retry_run
from tests.conftest import WaitUntil
from tests.integration.celery.ledger import (
    BOTH,
    Ledger,
    Workers,
    child_of,
    is_asked,
    slow_down,
)
from tests.integration.nodes import BeatProcess

SOON_S = LEASE.total_seconds() + 10
AT_ONCE = timedelta(seconds=5)


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_a_killed_workers_run_is_done_by_another(
    ledger: Ledger,
    workers: Workers,
    beat: BeatProcess,
    upstream: SandboxServer,
    wait_until: WaitUntil,
) -> None:
    """Its lease runs out, beat sends the run again, and one attempt succeeds."""
    slow_down(upstream, calls=1)
    run_id = ledger.begin()
    wait_until(lambda: is_asked(upstream), "it runs")
    victim = workers.holder(ledger.run(run_id))

    victim.kill("SIGKILL")
    wait_until(
        lambda: ledger.is_in(run_id, State.SUCCEEDED), "it is done", timeout_s=SOON_S
    )

    assert [Outcome.CRASHED, Outcome.SUCCEEDED] == ledger.outcomes(run_id)
    assert workers.other(victim).status == "running"


def test_a_killed_childs_run_is_done_by_another(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """The worker lives on with a new child; the run is a crash, then a success."""
    slow_down(upstream, calls=1)
    run_id = ledger.begin()
    wait_until(lambda: is_asked(upstream), "it runs")
    holder = workers.holder(ledger.run(run_id))

    psutil.Process(child_of(ledger.run(run_id))).kill()
    wait_until(lambda: ledger.ends(run_id), "it is done", timeout_s=SOON_S)

    assert [Outcome.CRASHED, Outcome.SUCCEEDED] == ledger.outcomes(run_id)
    assert ledger.pause_between(run_id) < AT_ONCE
    wait_until(lambda: len(holder.children()) == 2, "a new child took its place")


@pytest.mark.parametrize("more_settings", [{"automatic_recovery": False}])
def test_without_recovery_a_killed_childs_run_waits_for_a_person(
    ledger: Ledger,
    workers: Workers,
    beat: BeatProcess,
    upstream: SandboxServer,
    wait_until: WaitUntil,
) -> None:
    """CRON_ENABLE_AUTOMATIC_RECOVERY=false: dead at once, until it is retried."""
    slow_down(upstream, calls=1)
    run_id = ledger.begin()
    wait_until(lambda: is_asked(upstream), "it runs")

    psutil.Process(child_of(ledger.run(run_id))).kill()
    wait_until(lambda: ledger.is_in(run_id, State.DEAD), "it is dead")
    reason = ledger.run(run_id).reason
    system = ledger.system
    retry_run(system.store, system.dispatcher, run_id, by="cli:ann")
    wait_until(lambda: ledger.is_in(run_id, State.SUCCEEDED), "it is done")

    assert "recovery_off" == reason
    assert [Outcome.CRASHED, Outcome.SUCCEEDED] == ledger.outcomes(run_id)


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_a_worker_that_slept_finishes_nothing_twice(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """Its run was taken over; when it wakes, the old attempt comes to nothing."""
    slow_down(upstream, calls=1)
    run_id = ledger.begin()
    wait_until(lambda: is_asked(upstream), "it runs")
    sleeper = workers.holder(ledger.run(run_id))
    child = child_of(ledger.run(run_id))

    ledger.alone(lambda: sleeper.box.signal_all("SIGSTOP"))
    wait_until(lambda: ledger.ends(run_id), "another has done it", timeout_s=SOON_S)
    sleeper.box.signal_all("SIGCONT")
    next_run = ledger.begin(key="next")
    wait_until(lambda: ledger.ends(next_run), "the next one is done")
    wait_until(
        lambda: workers.gave_up(sleeper, run_id, child), "the old attempt is over"
    )

    assert [Outcome.CRASHED, Outcome.SUCCEEDED] == ledger.outcomes(run_id)
    assert [Outcome.SUCCEEDED] == ledger.outcomes(next_run)
    assert "running" == sleeper.status


def test_a_run_that_kills_its_workers_is_given_up(
    ledger: Ledger, workers: Workers, upstream: SandboxServer, wait_until: WaitUntil
) -> None:
    """The third crash makes it dead; nothing runs it for ever."""
    slow_down(upstream)
    run_id = ledger.begin()
    killed: set[int | None] = {None}

    def kill_its_child() -> bool:
        child = child_of(ledger.run(run_id))
        if child not in killed:
            psutil.Process(child).kill()
            killed.add(child)
        return ledger.ends(run_id)

    wait_until(kill_its_child, "it is given up", timeout_s=3 * SOON_S)

    assert State.DEAD is ledger.run(run_id).state
    assert [Outcome.CRASHED] * 3 == ledger.outcomes(run_id)
