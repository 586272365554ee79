"""The thread that keeps the leases of a worker's runs."""

import logging
import signal
import subprocess
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from airq_cron.config import Secret, load
from airq_cron.domain.run import Claim, Outcome, State
from airq_cron.ports import Heartbeat
from airq_cron.store.store import SqlStore
from airq_cron.system import System, build
from airq_cron.testing import FakeClock
from tests import entries
from tests.conftest import WaitUntil
from workers.children import ActiveRun
from workers.leases import LOOK_EVERY_S, LeaseKeeper
from workers.pace import Pace

WORKER = Heartbeat(entries.WORKER, "worker", entries.DAWN)
RENEWAL = timedelta(seconds=4)
LOOK = timedelta(seconds=LOOK_EVERY_S)


class Active:
    """Runs of a worker; the first questions may fail."""

    def __init__(self, *runs: ActiveRun, failures: int = 0) -> None:
        self.runs = runs
        self.failures = failures
        self.asked = 0

    def __call__(self) -> Sequence[ActiveRun]:
        """Return the runs, once the failures are through."""
        self.asked += 1
        if self.asked <= self.failures:
            raise RuntimeError("Set changed size during iteration")
        return self.runs


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that does nothing for long."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def begun(store: SqlStore, child: subprocess.Popen[bytes]) -> tuple[Claim, ActiveRun]:
    """Enter a run and claim it for *child*."""
    (run_id,) = entries.enter(store, entries.run())
    owner = f"{entries.WORKER}:{child.pid}"
    return entries.claim(store, run_id, owner=owner), ActiveRun(run_id, child.pid)


def cancel(store: SqlStore, run_id: str) -> None:
    """Take the run away."""
    store.write(lambda unit: unit.runs.cancel([run_id], reason="asked"))


def test_an_unforeseen_failure_does_not_end_the_renewals(
    system: System,
    store: SqlStore,
    clock: FakeClock,
    wait_until: WaitUntil,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without the thread, whatever runs longer than its lease would be lost."""
    claim = entries.begin(store)
    active = Active(ActiveRun(claim.run_id, 7), failures=1)
    keeper = LeaseKeeper(system, WORKER, active)
    with caplog.at_level(logging.CRITICAL, logger="airq.leases"):
        keeper.start()
        wait_until(lambda: active.asked, "the first renewal fails")
        clock.advance(RENEWAL)
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
        keeper.attend()

    assert clock.monotonic() < 2 * RENEWAL.total_seconds()


def test_the_setting_decides_the_lease(
    system: System, store: SqlStore, clock: FakeClock
) -> None:
    """It is renewed for as long as it says, each third of that time."""
    claim = entries.begin(store)
    object.__setattr__(system.settings, "lease_s", 60)
    active = Active(ActiveRun(claim.run_id, 7))
    keeper = LeaseKeeper(system, WORKER, active)
    until = []
    for _ in range(4):
        keeper.attend()
        until.append(entries.get(store, claim.run_id).lease_until)
        clock.advance(timedelta(seconds=10))

    began = clock.now() - timedelta(seconds=40)
    first = began + timedelta(seconds=60)
    second = first + timedelta(seconds=20)
    assert [first, first, second, second] == until


def test_a_cancelled_runs_child_is_ended(
    system: System,
    store: SqlStore,
    clock: FakeClock,
    child: subprocess.Popen[bytes],
) -> None:
    """The next look, a second later, finds it; no renewal is needed."""
    claim, one = begun(store, child)
    keeper = LeaseKeeper(system, WORKER, Active(one))
    keeper.attend()
    cancel(store, claim.run_id)
    before = child.poll()

    clock.advance(LOOK)
    keeper.attend()

    assert None is before
    assert -signal.SIGKILL == child.wait(10)
    assert keeper.has_ended(one)
    assert [Outcome.CANCELLED] == entries.outcomes(store, claim.run_id)


def test_a_run_that_was_taken_over_ends_its_old_child_only(
    system: System, store: SqlStore, child: subprocess.Popen[bytes]
) -> None:
    """It belongs to another worker now, which is told nothing."""
    claim, one = begun(store, child)
    store.write(
        lambda unit: unit.runs.crash([claim.run_id], worker=entries.WORKER, limit=3)
    )
    entries.claim(store, claim.run_id, owner="other@host:9")

    LeaseKeeper(system, WORKER, Active(one)).attend()

    assert -signal.SIGKILL == child.wait(10)
    assert State.RUNNING is entries.get(store, claim.run_id).state


@pytest.mark.parametrize("state", ["unclaimed", "held", "ended", "a sibling's"])
def test_a_child_that_nothing_was_taken_from_lives(
    system: System, store: SqlStore, child: subprocess.Popen[bytes], state: str
) -> None:
    """It is about to claim, runs, is about to report, or to drop a copy."""
    entered = entries.run()
    entries.enter(store, entered)
    owner = entries.OWNER if state == "a sibling's" else f"{entries.WORKER}:{child.pid}"
    if state != "unclaimed":
        claim = entries.claim(store, entered.id, owner=owner)
        if state == "ended":
            entries.finish(store, claim)
    one = ActiveRun(entered.id, child.pid)
    keeper = LeaseKeeper(system, WORKER, Active(one))

    keeper.attend()

    assert None is child.poll()
    assert not keeper.has_ended(one)


def test_a_death_is_recorded_without_waiting(
    system: System, store: SqlStore, wait_until: WaitUntil
) -> None:
    """The run is a crash, and may start again, before its lease runs out."""
    claim = entries.begin(store)
    keeper = LeaseKeeper(system, WORKER, Active())
    keeper.start()

    keeper.note_death(ActiveRun(claim.run_id, 7), limit_s=None)

    wait_until(
        lambda: entries.get(store, claim.run_id).state is State.SCHEDULED,
        "the crash is recorded",
    )
    keeper.stop()
    assert [Outcome.CRASHED] == entries.outcomes(store, claim.run_id)


def test_a_death_is_kept_until_the_database_takes_it(
    system: System, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    """An outage delays the record of a crash and does not lose it."""
    claim = entries.begin(store)
    path = system.settings.sqlite_path
    away = path.with_suffix(".away")
    store.dispose()
    keeper = LeaseKeeper(system, WORKER, Active())
    keeper.note_death(ActiveRun(claim.run_id, 7), limit_s=None)
    path.rename(away)
    path.mkdir()
    with caplog.at_level(logging.CRITICAL, logger="airq.leases"):
        keeper.attend()
    path.rmdir()
    away.rename(path)

    keeper.attend()

    assert [Outcome.CRASHED] == entries.outcomes(store, claim.run_id)


def test_what_is_handed_back_is_no_crash(
    system: System, store: SqlStore, clock: FakeClock, child: subprocess.Popen[bytes]
) -> None:
    """The death of a child that the worker ends at its stop is no news."""
    claim, one = begun(store, child)
    keeper = LeaseKeeper(system, WORKER, Active(one))
    keeper.begin_stop()
    keeper.attend()
    within_grace = child.poll()
    clock.advance(timedelta(seconds=system.settings.stop_grace_s))

    keeper.attend()
    keeper.note_death(one, limit_s=None)
    keeper.attend()

    assert None is within_grace
    assert -signal.SIGKILL == child.wait(10)
    found = entries.get(store, claim.run_id)
    assert (State.SCHEDULED, 0) == (found.state, found.crashes)
    assert [Outcome.HANDED_BACK] == entries.outcomes(store, claim.run_id)


def test_a_pace_begins_at_once() -> None:
    """Then it waits from the last time that was used, not from the last due one."""
    pace = Pace(3.0)

    assert [True, False, True, False, True] == [
        pace.is_due(now) for now in (10.0, 12.9, 14.0, 16.9, 17.0)
    ]
