"""The thread in a worker's main process that keeps the leases of its runs."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from airq_cron.errors import AirqError
from airq_cron.ports import Heartbeat, Unit
from airq_cron.services.execute import LEASE
from airq_cron.system import System, build

EVERY_S = 3.0
# A write that takes longer is given up: the next renewal is due, and meanwhile the
# worker can neither fork nor hand back.
PATIENCE_S = EVERY_S
# What runs when the worker is told to stop may go on for so long.
GRACE_S = 6.0
GLANCE_S = 0.25
ALIVE = timedelta(seconds=15)
T = TypeVar("T")
LOG = logging.getLogger("airq.leases")


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """A run that a child has begun, and the child's process id."""

    run_id: str
    pid: int


class LeaseKeeper(threading.Thread):
    """
    Renews the leases of all active runs every 3 s, and says the worker is alive.

    When the worker is told to stop, it ends what still runs after 6 s and hands
    it back, so that another worker takes it at once.

    Whatever this thread holds while the process forks stays held in the child for
    ever: the lock of some library, or the belief that SQLite's locks are ours. So
    it does all its work under a lock that a fork takes too, and closes the database
    before it gives that back.
    """

    def __init__(
        self,
        system: System,
        heartbeat: Heartbeat,
        active: Callable[[], Sequence[ActiveRun]],
    ) -> None:
        super().__init__(name="lease-keeper", daemon=True)
        self._system = system
        self._store = build(system.settings, system.clock, patience_s=PATIENCE_S).store
        self._heartbeat = heartbeat
        self._active = active
        self._give_up_at: float | None = None
        self._stop_asked = threading.Event()
        self._fork_guard = threading.Lock()
        os.register_at_fork(
            before=self._fork_guard.acquire,
            after_in_parent=self._fork_guard.release,
            after_in_child=self._fork_guard.release,
        )

    def run(self) -> None:
        """Renew until asked to stop; whatever fails is logged and tried again."""
        clock = self._system.clock
        renew_at = clock.monotonic()
        while not self._stop_asked.wait(GLANCE_S):
            now = clock.monotonic()
            try:
                if self._give_up_at is not None and now >= self._give_up_at:
                    self._give_up_at = None
                    self.give_up()
                elif now >= renew_at:
                    renew_at = now + EVERY_S
                    self.renew_once()
            except Exception:
                # Without this thread every run would lose its lease after 10 s.
                LOG.exception("lease keeper", extra={"action": "keeper_failed"})

    def renew_once(self) -> None:
        """Renew all leases once and report the worker as alive."""
        with self._fork_guard:
            self._renew()

    def _renew(self) -> None:
        ids = [one.run_id for one in self._active()]
        name = self._heartbeat.name
        try:
            if ids:
                self._write(lambda unit: unit.runs.renew(ids, worker=name, lease=LEASE))
            if self._system.settings.metrics_collection:
                self._report()
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "lease_renewal_failed"})

    def _write(self, work: Callable[[Unit], T]) -> T:
        try:
            return self._store.write(work)
        finally:
            self._store.dispose()

    def _report(self) -> None:
        beat = self._heartbeat
        self._system.heartbeats.beat(
            Heartbeat(beat.name, beat.role, self._system.clock.now(), beat.detail),
            ALIVE,
        )

    def begin_stop(self) -> None:
        """
        Let what runs go on for 6 s and no longer; safe in a signal handler.

        A lock taken here could be one that the interrupted code holds.
        """
        self._give_up_at = self._system.clock.monotonic() + GRACE_S

    def give_up(self) -> None:
        """End the children that still run something, and hand it back."""
        with self._fork_guard:
            for one in self._active():
                with suppress(OSError):
                    os.kill(one.pid, signal.SIGKILL)
            self._hand_back()

    def _hand_back(self) -> None:
        name = self._heartbeat.name
        try:
            given = self._write(lambda unit: unit.runs.hand_back(None, worker=name))
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "hand_back_failed"})
            return
        if given:
            LOG.info("handed back", extra={"action": "handed_back", "runs": given})

    def stop(self) -> None:
        """
        Stop renewing, and hand back whatever this worker still holds.

        What is handed back counts neither as an error nor as a crash. Called
        when the children have ended; a second call does nothing.
        """
        if self._stop_asked.is_set():
            return
        self._stop_asked.set()
        self.join(timeout=EVERY_S)
        self._hand_back()
        try:
            self._system.heartbeats.leave(self._heartbeat.name)
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "leave_failed"})
