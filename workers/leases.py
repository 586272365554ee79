"""The thread in a worker's main process that keeps the leases of its runs."""

import logging
import os
import random
import signal
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, TypeVar

from airq_cron.errors import AirqError
from airq_cron.ports import Heartbeat, Unit
from airq_cron.services.measure_process import ProcessMeter
from airq_cron.services.settle import Death, settle_deaths
from airq_cron.system import System, build

from .children import Active, ActiveRun, end_child
from .counting import Gatherer
from .pace import ALIVE, REPORT_EVERY_S, Pace

# Deaths wake the keeper at once; by so much the end of the grace may be noticed late.
GLANCE_S = 0.5
LOOK_EVERY_S = 1.0
FLUSH_EVERY_S = 1.0
# A write that takes longer is given up: the next renewal is due, and meanwhile the
# worker can neither fork nor hand back.
PATIENCE_S = 3.0
T = TypeVar("T")
LOG = logging.getLogger("airq.leases")


class LeaseKeeper(threading.Thread):
    """
    Keeps the ledger true to what the children of this worker do.

    It renews the leases of all active runs every third of a lease. Each second it
    looks for runs that were taken away, cancelled or given to another worker, and
    ends the children that still work on them. It records at once how an attempt
    ended whose child has died. It says that the worker is alive, and writes what
    was counted.

    When the worker is told to stop, it ends what still runs after the grace and
    hands it back, so that another worker takes it at once.

    Whatever this thread holds while the process forks stays held in the child for
    ever: the lock of some library, or the belief that SQLite's locks are ours. So
    it does all its work under a lock that a fork takes too, and closes the database
    before it gives that back.
    """

    def __init__(self, system: System, heartbeat: Heartbeat, active: Active) -> None:
        super().__init__(name="lease-keeper", daemon=True)
        settings = system.settings
        renew_every_s = settings.lease_s / 3
        self._system = system
        self._store = build(
            settings, system.clock, patience_s=min(PATIENCE_S, renew_every_s)
        ).store
        self._heartbeat = heartbeat
        self._active = active
        self._renewals = Pace(renew_every_s)
        self._looks = Pace(LOOK_EVERY_S)
        self._reports = Pace(REPORT_EVERY_S)
        self._flushes = Pace(FLUSH_EVERY_S)
        self._meter = ProcessMeter(system.settings.var_dir)
        self._deaths: deque[Death] = deque()
        self._ended: set[ActiveRun] = set()
        self._give_up_at: float | None = None
        self._has_given_up = False
        self._stop_asked = threading.Event()
        self._wake = threading.Event()
        self._fork_guard = threading.Lock()
        os.register_at_fork(
            before=self._fork_guard.acquire,
            after_in_parent=self._fork_guard.release,
            after_in_child=self._fork_guard.release,
        )

    def run(self) -> None:
        """Attend until asked to stop; whatever fails is logged and tried again."""
        while not self._stop_asked.is_set():
            self._wake.wait(GLANCE_S)
            self._wake.clear()
            try:
                self.attend()
            except Exception:
                # Without this thread every run would lose its lease.
                LOG.exception("lease keeper", extra={"action": "keeper_failed"})

    def attend(self) -> None:
        """Do once whatever is due."""
        now = self._system.clock.monotonic()
        if self._stop_asked.is_set():
            return
        if self._give_up_at is not None and now >= self._give_up_at:
            self._give_up_at = None
            self.give_up()
            return
        with self._fork_guard:
            self._settle()
            renewing = self._renewals.is_due(now)
            # Always asked, so that no look follows a renewal at once.
            if self._looks.is_due(now) or renewing:
                self._look(renew=renewing)
            if self._reports.is_due(now):
                self._report()
            if self._flushes.is_due(now):
                self._flush()

    def _look(self, *, renew: bool) -> None:
        """Renew what is ours, and end the children whose runs are not any more."""
        active = {(one.run_id, self._owner(one)): one for one in self._active()}
        if not active:
            return
        ids = [run_id for run_id, _ in active]

        def work(unit: Unit) -> set[tuple[str, str]]:
            if renew:
                lease = self._system.settings.lease
                unit.runs.renew(ids, worker=self._heartbeat.name, lease=lease)
            return unit.runs.taken_away(active)

        try:
            taken = self._write(work) if renew else self._read(work)
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "lease_renewal_failed"})
            return
        for key in sorted(taken):
            self._end(active[key])

    def _end(self, one: ActiveRun) -> None:
        # Noted first: the main thread hears of the child's end at once.
        self._ended.add(one)
        if end_child(one, self._active):
            LOG.info(
                "ended a child whose run was taken away",
                extra={"action": "child_ended", "run_id": one.run_id, "pid": one.pid},
            )
        else:
            self._ended.discard(one)

    def has_ended(self, one: ActiveRun) -> bool:
        """Say whether this thread has ended the child because of that run."""
        return one in self._ended

    def note_death(self, one: ActiveRun, *, limit_s: float | None) -> None:
        """
        Have it recorded at once that an attempt ended without a word.

        Args:
            limit_s: the hard time limit for which it was ended; None when the
                child died.
        """
        if not self._has_given_up:
            self._deaths.append(Death(one.run_id, self._owner(one), limit_s))
            self._wake.set()

    def _settle(self) -> None:
        deaths = [self._deaths.popleft() for _ in range(len(self._deaths))]
        if not deaths:
            return
        try:
            settled = settle_deaths(
                self._store,
                deaths,
                chance=random.random,
                recover=self._system.settings.automatic_recovery,
            )
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "settling_failed"})
            self._deaths.extend(deaths)
            return
        finally:
            self._store.dispose()
        LOG.warning("lost", extra={"action": "attempts_lost", "runs": settled})

    def _owner(self, one: ActiveRun) -> str:
        return f"{self._heartbeat.name}:{one.pid}"

    def _write(self, work: Callable[[Unit], T]) -> T:
        try:
            return self._store.write(work)
        finally:
            self._store.dispose()

    def _read(self, work: Callable[[Unit], T]) -> T:
        try:
            with self._store.read() as unit:
                return work(unit)
        finally:
            self._store.dispose()

    def _flush(self) -> None:
        if Gatherer.current is not None:
            Gatherer.current.flush(self._system.clock.now())

    def _report(self) -> None:
        beat = self._heartbeat
        now = self._system.clock.now()
        busy = {"busy": len(self._active())}
        detail = beat.detail | busy | self._meter.read()
        try:
            self._system.heartbeats.beat(
                Heartbeat(beat.name, beat.role, now, detail), ALIVE
            )
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "heartbeat_failed"})

    def begin_stop(self) -> None:
        """
        Let what runs go on for the grace and no longer; safe in a signal handler.

        A lock taken here could be one that the interrupted code holds.
        """
        grace_s = self._system.settings.stop_grace_s
        self._give_up_at = self._system.clock.monotonic() + grace_s

    def give_up(self) -> None:
        """End the children that still run something, and hand it back."""
        with self._fork_guard:
            self._settle()
            self._has_given_up = True
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
        self._wake.set()
        self.join(timeout=PATIENCE_S)
        self._settle()
        self._hand_back()
        self._flush()
        try:
            self._system.heartbeats.leave(self._heartbeat.name)
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "leave_failed"})


class Keeper:
    """Holds the lease keeper of this worker's main process."""

    current: ClassVar[LeaseKeeper | None] = None
