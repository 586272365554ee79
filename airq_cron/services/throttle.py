"""Failed attempts to log in, counted by this process alone, or when Redis is away."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from airq_cron.clock import Clock
from airq_cron.domain.attempts import MOST_FAILURES, WINDOW
from airq_cron.errors import UnreachableError
from airq_cron.ports import Throttle

T = TypeVar("T")
MOST_SENDERS = 10_000
# A Redis that hangs costs two seconds a question: it is not asked again at once.
REST_S = 5.0
LOG = logging.getLogger("airq.api")


class LocalThrottle:
    """The failures that this process has seen; bounded, the oldest give way."""

    def __init__(self, clock: Clock, window: timedelta = WINDOW) -> None:
        self._clock = clock
        self._window_s = window.total_seconds()
        self._lock = threading.Lock()
        # In the order of their ends, since all windows are of one length.
        self._seen: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def fail(self, sender: str) -> None:
        """Count a failed attempt."""
        now = self._clock.monotonic()
        with self._lock:
            self._forget(now)
            count, end = self._seen.get(sender, (0, now + self._window_s))
            self._seen[sender] = (count + 1, end)

    def wait(self, sender: str) -> timedelta | None:
        """Return how long *sender* must wait; None: another attempt is free."""
        now = self._clock.monotonic()
        with self._lock:
            count, end = self._seen.get(sender, (0, now))
        if count < MOST_FAILURES or end <= now:
            return None
        return timedelta(seconds=end - now)

    def _forget(self, now: float) -> None:
        while self._seen:
            _, end = next(iter(self._seen.values()))
            if end > now and len(self._seen) < MOST_SENDERS:
                break
            self._seen.popitem(last=False)


class FallbackThrottle:
    """The counts of all processes, and this one's own while Redis is away."""

    def __init__(self, shared: Throttle | None, local: Throttle, clock: Clock) -> None:
        """Without *shared*, where no Redis is set, all is local."""
        self._shared = shared
        self._local = local
        self._clock = clock
        self._rests_until = 0.0

    def fail(self, sender: str) -> None:
        """Count a failed attempt."""
        self._ask(lambda throttle: throttle.fail(sender))

    def wait(self, sender: str) -> timedelta | None:
        """Return how long *sender* must wait; None: another attempt is free."""
        return self._ask(lambda throttle: throttle.wait(sender))

    def _ask(self, ask: Callable[[Throttle], T]) -> T:
        if self._shared is not None and self._clock.monotonic() >= self._rests_until:
            try:
                return ask(self._shared)
            except UnreachableError as error:
                LOG.warning("local throttle: %s", error, extra={"action": "local"})
                self._rests_until = self._clock.monotonic() + REST_S
        return ask(self._local)
