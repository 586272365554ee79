"""The thread in beat that tells an outside service that we are alive."""

import logging
import threading
from collections.abc import Callable

from airq_cron.errors import AirqError
from airq_cron.system import System

EVERY_S = 60.0
LOG = logging.getLogger("airq.pinger")


class Pinger(threading.Thread):
    """
    Calls `AIRQ_PING_URL` each minute while all is well; silence is the alarm.

    It is a thread of its own: an outside service that hangs holds up nothing.

    Args:
        is_well: whether beat ticks and its watcher looks.
    """

    def __init__(
        self, system: System, is_well: Callable[[], bool], every_s: float = EVERY_S
    ) -> None:
        super().__init__(name="pinger", daemon=True)
        self._system = system
        self._is_well = is_well
        self._every_s = every_s
        self._stopped = threading.Event()

    def run(self) -> None:
        """Call every so often until it is stopped."""
        while not self._stopped.wait(self._every_s):
            if not self._is_well():
                LOG.error(
                    "not well: no ping is sent", extra={"action": "ping_withheld"}
                )
                continue
            try:
                self._system.ping()
            except AirqError as error:
                LOG.warning("%s", error, extra={"action": "ping_failed"})

    def stop(self) -> None:
        """Call no more."""
        self._stopped.set()
