"""The thread in a worker's main process that keeps the leases of its runs."""

import logging
import os
import threading
from collections.abc import Callable
from datetime import timedelta

from airq_cron.errors import AirqError
from airq_cron.ports import Heartbeat
from airq_cron.services.execute import LEASE
from airq_cron.system import System

EVERY_S = 3.0
ALIVE = timedelta(seconds=15)
LOG = logging.getLogger("airq.leases")


class LeaseKeeper(threading.Thread):
    """
    Renews the leases of all active runs every 3 s, and says the worker is alive.

    SQLite must not be open while the process forks: the child would inherit
    the belief that it holds the locks. So the database is touched only under a
    lock that a fork takes too, and is closed before the lock is given back.
    """

    def __init__(
        self, system: System, heartbeat: Heartbeat, active: Callable[[], list[str]]
    ) -> None:
        super().__init__(name="lease-keeper", daemon=True)
        self._system = system
        self._heartbeat = heartbeat
        self._active = active
        self._stop_asked = threading.Event()
        self._fork_guard = threading.Lock()
        os.register_at_fork(
            before=self._fork_guard.acquire,
            after_in_parent=self._fork_guard.release,
            after_in_child=self._fork_guard.release,
        )

    def run(self) -> None:
        """Renew until asked to stop; a failure is logged and tried again."""
        while not self._stop_asked.is_set():
            self.renew_once()
            self._stop_asked.wait(EVERY_S)

    def renew_once(self) -> None:
        """Renew all leases once and report the worker as alive."""
        ids = self._active()
        name = self._heartbeat.name
        try:
            if ids:
                with self._fork_guard:
                    self._system.store.write(
                        lambda unit: unit.runs.renew(ids, worker=name, lease=LEASE)
                    )
                    self._system.store.dispose()
            if self._system.settings.metrics_collection:
                self._report()
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "lease_renewal_failed"})

    def _report(self) -> None:
        beat = self._heartbeat
        self._system.heartbeats.beat(
            Heartbeat(beat.name, beat.role, self._system.clock.now(), beat.detail),
            ALIVE,
        )

    def stop(self) -> None:
        """
        Stop renewing, and give back the runs whose children were ended.

        What is handed back counts neither as an error nor as a crash, and
        another worker takes it at once.
        """
        self._stop_asked.set()
        self.join(timeout=EVERY_S)
        name = self._heartbeat.name
        try:
            with self._fork_guard:
                given = self._system.store.write(
                    lambda unit: unit.runs.hand_back(None, worker=name)
                )
                self._system.store.dispose()
            if given:
                LOG.info("handed back", extra={"action": "handed_back", "runs": given})
            self._system.heartbeats.leave(name)
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "hand_back_failed"})
