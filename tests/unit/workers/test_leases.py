"""The thread that keeps the leases of a worker's runs."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from airq_cron.config import Secret, load
from airq_cron.ports import Heartbeat
from airq_cron.store.store import SqlStore
from airq_cron.system import System, build
from airq_cron.testing import FakeClock
from tests import entries
from tests.conftest import WaitUntil
from workers.leases import EVERY_S, ActiveRun, LeaseKeeper

WORKER = Heartbeat(entries.WORKER, "worker", entries.DAWN)
MOMENT = timedelta(seconds=EVERY_S)


class Active:
    """Runs of a worker, which the first question does not find."""

    def __init__(self, *runs: ActiveRun) -> None:
        self.runs = runs
        self.asked = 0

    def __call__(self) -> Sequence[ActiveRun]:
        """Return the runs, but for the first time."""
        self.asked += 1
        if self.asked == 1:
            raise RuntimeError("Set changed size during iteration")
        return self.runs


def test_an_unforeseen_failure_does_not_end_the_renewals(
    system: System,
    store: SqlStore,
    clock: FakeClock,
    wait_until: WaitUntil,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without the thread, whatever runs longer than its lease would be lost."""
    claim = entries.begin(store)
    active = Active(ActiveRun(claim.run_id, 7))
    keeper = LeaseKeeper(system, WORKER, active)
    with caplog.at_level(logging.CRITICAL, logger="airq.leases"):
        keeper.start()
        wait_until(lambda: active.asked == 1, "the first renewal fails")
        clock.advance(MOMENT)
        wait_until(
            lambda: (
                entries.get(store, claim.run_id).lease_until
                == clock.now() + entries.LEASE
            ),
            "the next one succeeds",
        )
    keeper.stop()


def test_a_renewal_gives_up_before_the_next_is_due(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While it tries, the worker cannot fork and could not hand back."""
    clock = FakeClock()
    nowhere = Secret("postgresql://nobody@127.0.0.1:1/nothing")
    settings = load({}, var_dir=tmp_path, database_url=nowhere)
    keeper = LeaseKeeper(
        build(settings, clock), WORKER, lambda: [ActiveRun("no-run", 7)]
    )

    with caplog.at_level(logging.CRITICAL, logger="airq.leases"):
        keeper.renew_once()

    assert clock.monotonic() < 2 * EVERY_S
