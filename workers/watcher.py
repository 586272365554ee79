"""The thread in beat that raises alerts when workers or Redis are gone."""

import logging
import threading
from dataclasses import replace
from datetime import datetime

from airq_cron.errors import AirqError, UnreachableError
from airq_cron.ports import Store
from airq_cron.services.count_refusals import seal_refusals
from airq_cron.services.keep_scores import ScoreKeeper
from airq_cron.services.verify_trail import read_head
from airq_cron.services.watch_parts import PartsWatch
from airq_cron.system import System, build

from .pace import Pace

# An alert needs two looks, and is to be there within a minute.
LOOK_EVERY_S = 20.0
PATIENCE_S = 3.0
# So much of the audit trail can be cut off at most without showing in the log.
NOTE_EVERY_S = 3600.0
# After so many it does not watch any more.
MISSED_LOOKS = 4
LOG = logging.getLogger("airq.watcher")


class Watcher(threading.Thread):
    """
    Looks at the parts again and again, where no dead worker can stop it.

    It is not part of a tick: a Redis that hangs must not hold up what is due.
    """

    def __init__(self, system: System, every_s: float = LOOK_EVERY_S) -> None:
        super().__init__(name="watcher", daemon=True)
        self._clock = system.clock
        interval_s = system.settings.queue_check_interval.total_seconds()
        self._every_s = min(every_s, interval_s)
        self._missed_after_s = MISSED_LOOKS * every_s
        self._stopped = threading.Event()
        self._looked_at = self._clock.monotonic()
        self._store = build(system.settings, system.clock, patience_s=PATIENCE_S).store
        self._heads = Pace(NOTE_EVERY_S)
        self._watch = PartsWatch(
            self._store,
            system.queues,
            system.heartbeats,
            defaults=system.alert_defaults,
            desk=replace(system.health_desk, store=self._store),
            asked=tuple(system.breaker_desk.names),
            breakers=replace(system.breaker_desk, store=self._store).lines,
        )
        self._scores = _score_keeper(system, self._store)

    def run(self) -> None:
        """Look every so often until it is stopped; a failed look is only noted."""
        while not self._stopped.wait(self._every_s):
            try:
                self._look()
            except AirqError as error:
                LOG.warning("%s", error, extra={"action": "look_failed"})
            except Exception:
                LOG.exception("the watcher failed", extra={"action": "look_failed"})

    def is_well(self) -> bool:
        """Say whether it has looked lately; one look or two may fail."""
        return self._clock.monotonic() - self._looked_at < self._missed_after_s

    def stop(self) -> None:
        """Look no more; a look that has begun is not waited for."""
        self._stopped.set()

    def _look(self) -> None:
        at = self._clock.now()
        if self._scores is not None:
            self._keep_scores(self._scores, at)
        done = self._watch.look(at)
        self._looked_at = self._clock.monotonic()
        # Those of an API that has died; otherwise it has done so itself.
        seal_refusals(self._store, at)
        if self._heads.is_due(self._clock.monotonic()):
            self._note_head()
        if any(done.values()):
            LOG.info("alerts changed", extra={"action": "alerts_changed", **done})

    def _note_head(self) -> None:
        """Let the log say where the audit trail ends: a cut shows against it."""
        head = read_head(self._store)
        if head is not None:
            LOG.info(
                "the audit trail has %d rows",
                head.id,
                extra={"action": "audit_head", "head": str(head)},
            )

    def _keep_scores(self, scores: ScoreKeeper, at: datetime) -> None:
        try:
            scores.look(at)
        except UnreachableError as error:
            # That Redis is gone is what the other look is about.
            LOG.warning("%s", error, extra={"action": "scores_failed"})


def _score_keeper(system: System, store: Store) -> ScoreKeeper | None:
    """Return who keeps scores, or None where nobody counts what they rest on."""
    settings = system.settings
    if not settings.metrics_collection:
        return None
    return ScoreKeeper(
        replace(system.health_desk, store=store),
        system.snapshots,
        interval=settings.queue_check_interval,
        kept=settings.queue_retention,
    )
