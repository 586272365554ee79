"""The thread in beat that raises alerts when workers or Redis are gone."""

import logging
import threading
from datetime import datetime

from airq_cron.errors import AirqError
from airq_cron.services.count_refusals import seal_refusals
from airq_cron.services.rounds import AGAIN_S, GLANCE_S, Rounds, glance
from airq_cron.services.verify_trail import read_head
from airq_cron.system import System, build
from airq_cron.watching import parts_watch

from .pace import Pace

PATIENCE_S = 3.0
# So much of the audit trail can be cut off at most without showing in the log.
NOTE_EVERY_S = 3600.0
# After so many it does not watch any more.
MISSED_ROUNDS = 2
LOG = logging.getLogger("airq.watcher")


class Watcher(threading.Thread):
    """
    Looks at the parts again and again, where no dead worker can stop it.

    It is not part of a tick: a Redis that hangs must not hold up what is due.

    Args:
        glance_s: how often it asks itself whether to look.
        again_s: see `Rounds`.
    """

    def __init__(
        self, system: System, glance_s: float = GLANCE_S, again_s: float = AGAIN_S
    ) -> None:
        super().__init__(name="watcher", daemon=True)
        self._clock = system.clock
        self._heartbeats = system.heartbeats
        interval = system.settings.queue_check_interval
        self._glance_s = min(glance_s, interval.total_seconds())
        self._missed_after_s = MISSED_ROUNDS * interval.total_seconds() + again_s
        self._stopped = threading.Event()
        self._looked_at = self._clock.monotonic()
        self._store = build(system.settings, system.clock, patience_s=PATIENCE_S).store
        self._heads = Pace(NOTE_EVERY_S)
        self._rounds = Rounds(interval, again_s)
        self._watch = parts_watch(system, self._store, keeps=True)

    def run(self) -> None:
        """Look when it is due until it is stopped; a failed look is only noted."""
        while not self._stopped.wait(self._glance_s):
            try:
                self.attend()
            except AirqError as error:
                LOG.warning("%s", error, extra={"action": "look_failed"})
            except Exception:
                LOG.exception("the watcher failed", extra={"action": "look_failed"})

    def attend(self) -> bool:
        """
        Look if it is due; say whether it was.

        Raises:
            StoreError: the database does not answer.
        """
        at, sight = self._clock.now(), glance(self._heartbeats)
        due = self._rounds.is_due(at, self._clock.monotonic(), sight)
        if due:
            self._look(at)
        return due

    def is_well(self) -> bool:
        """Say whether it has looked lately; one round may be missed."""
        return self._clock.monotonic() - self._looked_at < self._missed_after_s

    def stop(self) -> None:
        """Look no more; a look that has begun is not waited for."""
        self._stopped.set()

    def _look(self, at: datetime) -> None:
        done = self._watch.look(at)
        self._rounds.done(unsure=self._watch.unsure)
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
