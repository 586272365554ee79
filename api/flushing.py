"""Work that requests leave to a thread, so that nobody waits for it."""

import atexit
import logging
import os
import threading
from collections.abc import Callable

from airq_cron.clock import Clock

LOG = logging.getLogger("airq.api")


class Flusher:
    """
    Does its work again and again, in a thread of its own, and once at the end.

    The thread begins when it is first needed: the application may have been made
    before a fork.
    """

    def __init__(
        self, name: str, every_s: float, work: Callable[[], None], clock: Clock
    ) -> None:
        self._name = name
        self._every_s = every_s
        self._work = work
        self._clock = clock
        self._lock = threading.Lock()
        self._pid: int | None = None

    def begin(self) -> None:
        """See to it that the thread runs in this process."""
        if self._pid == os.getpid():
            return
        with self._lock:
            begins = self._pid != os.getpid()
            self._pid = os.getpid()
        if begins:
            threading.Thread(target=self._repeat, name=self._name, daemon=True).start()
            atexit.register(self._work)

    def _repeat(self) -> None:
        while True:
            self._clock.wait(self._every_s)
            try:
                self._work()
            except Exception:
                LOG.exception("work failed", extra={"action": self._name})
