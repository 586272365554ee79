"""Beat: turns what is due into runs, and sends again what was lost."""

import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

from celery.beat import Scheduler

from airq_cron.domain.job import BUILT_IN
from airq_cron.errors import AirqError
from airq_cron.ports import Heartbeat
from airq_cron.services.count_backlog import count_backlog
from airq_cron.services.describe_process import describe_process
from airq_cron.services.measure_process import ProcessMeter
from airq_cron.services.sweep import sweep
from airq_cron.services.tick import tick
from airq_cron.system import build

from .app import system
from .notifier import Notifier
from .pace import ALIVE, REPORT_EVERY_S, Pace
from .pinger import Pinger
from .watcher import Watcher

LONGEST_PAUSE_S = 0.5
# Other writers get their turn, and a job that another beat holds is left to it.
SHORTEST_PAUSE_S = 0.01
# A tick that comes later than this after the last was asleep, or cut off.
PAUSE_S = 3.0
# A write that the database does not take for so long has failed: one that came
# through after a minute would take back leases that nobody could renew.
PATIENCE_S = PAUSE_S
# After so long without a good tick nobody is told that all is well.
UNWELL_S = 30.0
LOG = logging.getLogger("airq.beat")


class LedgerScheduler(Scheduler):
    """
    Celery beat with the ledger in the place of its own schedule.

    Any number of them run at once, without a leader: the ledger decides who
    plans a job.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._name = f"beat-{uuid4().hex[:8]}"
        self._steady_since: float | None = None
        self._last_tick = 0.0
        self._reports = Pace(REPORT_EVERY_S)
        self._meter = ProcessMeter(system.settings.var_dir)
        self._watcher: Watcher | None = None
        self._threads: list[Watcher | Notifier | Pinger] = []
        self._good_tick = 0.0
        self._store = build(system.settings, system.clock, patience_s=PATIENCE_S).store
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """
        Check that database and Redis answer, and enter the built-in jobs.

        Ends with exit code 2 when one cannot be reached.
        """
        try:
            system.check_parts()
            # By the ledger's clock, as `seed` does.
            system.store.write(
                lambda unit: unit.jobs.sync_built_in(BUILT_IN, unit.runs.now())
            )
        except AirqError as error:
            LOG.critical("%s", error)
            raise SystemExit(2) from error
        self._watcher = Watcher(system)
        self._threads = [self._watcher, Notifier(system, self._name)]
        if system.settings.ping_url is not None:
            self._threads.append(Pinger(system, self._is_well))
        for thread in self._threads:
            thread.start()
        LOG.info("beat ready", extra={"action": "beat_ready", "beat": self._name})

    def tick(self, *_: Any, **__: Any) -> float:
        """Plan, publish, sweep; return seconds until the next tick, at most 0.5."""
        try:
            pause = self._plan()
            sweep(
                self._store,
                system.dispatcher,
                system.queues,
                take_back=self._steady(),
                recover=system.settings.automatic_recovery,
            )
        except AirqError as error:
            self._steady_since = None
            LOG.warning("%s", error, extra={"action": "tick_failed"})
            return LONGEST_PAUSE_S
        self._good_tick = system.clock.monotonic()
        self._report()
        seconds = LONGEST_PAUSE_S if pause is None else pause.total_seconds()
        return min(LONGEST_PAUSE_S, max(SHORTEST_PAUSE_S, seconds))

    def _plan(self) -> timedelta | None:
        """Plan while that sends something and more is due, for half a second."""
        until_s = system.clock.monotonic() + LONGEST_PAUSE_S
        while True:
            sent_at = system.dispatcher.last_sent_at
            pause = tick(
                self._store,
                system.dispatcher,
                by=self._name,
                prevent_duplicates=system.settings.duplicate_prevention,
            )
            if (
                pause is None
                or pause > timedelta()
                or system.dispatcher.last_sent_at == sent_at
                or system.clock.monotonic() >= until_s
            ):
                return pause

    def _is_well(self) -> bool:
        """Say whether ticks succeed and the watcher looks."""
        since = system.clock.monotonic() - self._good_tick
        watches = self._watcher is not None and self._watcher.is_well()
        return since < UNWELL_S and watches

    def _steady(self) -> bool:
        """
        Say whether leases that ran out may be taken back.

        After a pause or a failure nobody may have been able to renew, so a full
        lease must pass without either.
        """
        now = system.clock.monotonic()
        if self._steady_since is None or now - self._last_tick > PAUSE_S:
            self._steady_since = now
        self._last_tick = now
        return now - self._steady_since > system.settings.lease_s

    def _report(self) -> None:
        """Say that this beat is alive, when it last sent something, and how it is."""
        now = system.clock.monotonic()
        if not self._reports.is_due(now):
            return
        sent_at = system.dispatcher.last_sent_at
        detail = {
            **describe_process(system.settings.message_ring),
            **self._meter.read(),
            "last_dispatch_at": None if sent_at is None else sent_at.timestamp(),
        }
        try:
            system.heartbeats.beat(
                Heartbeat(self._name, "beat", system.clock.now(), detail), ALIVE
            )
            if system.settings.metrics_collection:
                count_backlog(system.queues, system.counters, system.clock.now())
        except AirqError as error:
            # Only the database's failures may hold up the taking back.
            LOG.warning("%s", error, extra={"action": "heartbeat_failed"})

    def close(self) -> None:
        """Say that this beat has stopped on purpose."""
        for thread in self._threads:
            thread.stop()
        try:
            system.heartbeats.leave(self._name)
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "leave_failed"})
