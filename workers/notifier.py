"""The thread in beat that has people told, by workers or else by itself."""

import logging
import os
import random
import threading
from datetime import timedelta

from airq_cron.domain.delivery import JOB
from airq_cron.errors import AirqError
from airq_cron.services.deliver import deliver
from airq_cron.services.execute import execute_run
from airq_cron.services.plan_deliveries import plan_deliveries
from airq_cron.system import System, build

EVERY_S = 5.0
# So long the workers have the first go.
UNCLAIMED = timedelta(seconds=30)
# Nobody renews the claims of this thread: they hold for as long as a delivery can take.
LEASE = timedelta(seconds=90)
# One channel that does not answer must not hold up the others.
AT_ONCE = 4
PATIENCE_S = 3.0
LOG = logging.getLogger("airq.notifier")


class Notifier(threading.Thread):
    """
    Plans the deliveries that alerts are due, and sends what no worker takes.

    With it, the alert that all workers are dead, or Redis is gone, arrives. It claims
    a delivery as a worker does, so that nobody is told twice.

    Args:
        name: of this beat.
        unclaimed: how long a delivery waits for a worker.
    """

    def __init__(
        self,
        system: System,
        name: str,
        *,
        every_s: float = EVERY_S,
        unclaimed: timedelta = UNCLAIMED,
    ) -> None:
        super().__init__(name="notifier", daemon=True)
        self._system = system
        # The same parts, with a store of its own that loses patience sooner.
        self._store = build(system.settings, system.clock, patience_s=PATIENCE_S).store
        self._beat = name
        self._every_s = every_s
        self._unclaimed = unclaimed
        self._stopped = threading.Event()

    def run(self) -> None:
        """Plan and send every so often until it is stopped; failures are noted."""
        while not self._stopped.wait(self._every_s):
            try:
                self.attend()
            except AirqError as error:
                LOG.warning("%s", error, extra={"action": "notifying_failed"})
            except Exception:
                LOG.exception("the notifier failed", extra={"action": "notify_failed"})

    def stop(self) -> None:
        """Begin nothing more; what is being sent is not waited for."""
        self._stopped.set()

    def attend(self) -> int:
        """Plan once, and send what waits for too long; return how many were taken."""
        if self._system.post.enabled:
            made = plan_deliveries(
                self._store,
                self._system.dispatcher,
                list(self._system.channels.values()),
                by=self._beat,
            )
            if made:
                LOG.info(
                    "deliveries planned", extra={"action": "planned", "count": made}
                )
        with self._store.read() as unit:
            left = unit.runs.unclaimed(JOB, self._unclaimed, AT_ONCE)
        # As daemons: a beat that is stopped does not wait for a channel; the claim
        # runs out, and the delivery is made again.
        threads = [
            threading.Thread(target=self._send, args=(one,), daemon=True)
            for one in left
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(left)

    def _send(self, run_id: str) -> None:
        extra = {"action": "taken_over", "run_id": run_id}
        LOG.warning("no worker has taken a delivery", extra=extra)
        post = self._system.post
        try:
            execute_run(
                self._store,
                self._system.dispatcher,
                run_id,
                owner=f"{self._beat}:{os.getpid()}",
                body=lambda claim: deliver(post, claim),
                chance=random.random,
                lease=LEASE,
            )
        except AirqError as error:
            LOG.warning("%s", error, extra=extra | {"action": "delivery_failed"})
