"""Reports that were rendered before, as long as their figures are the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from threading import Lock

from airq_cron.clock import Clock
from airq_cron.ports import Expired
from airq_cron.services.cleanup import REPORTS_KEPT

MOST_ENTRIES = 256
MOST_BYTES = 16 * 1024 * 1024


class ReportCache:
    """
    The bodies of the answers asked for last, bounded in number, size and age.

    A key holds the stamp of the figures: what was revised has another key, and the
    old body falls out in time; at the latest a day after it was asked for last.
    """

    def __init__(
        self, clock: Clock, entries: int = MOST_ENTRIES, size: int = MOST_BYTES
    ) -> None:
        self._clock = clock
        self._entries = entries
        self._size = size
        self._held = 0
        self._bodies: OrderedDict[Hashable, tuple[bytes, datetime]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the body of *key*, made by *make* unless it is held."""
        now = self._clock.now()
        self.drop(now - REPORTS_KEPT)
        with self._lock:
            known = self._bodies.get(key)
            if known is not None:
                self._bodies.move_to_end(key)
                self._bodies[key] = (known[0], now)
                return known[0]
        body = make()
        with self._lock:
            self._hold(key, body, now)
        return body

    def expired(self, before: datetime) -> Expired:
        """Return how many bodies were not asked for since *before*."""
        with self._lock:
            ages = [at for _, at in self._bodies.values() if at < before]
        return Expired(len(ages), min(ages, default=None))

    def drop(self, before: datetime) -> int:
        """Drop them; return how many."""
        count = 0
        with self._lock:
            # In the order in which they were asked for last.
            while self._bodies and next(iter(self._bodies.values()))[1] < before:
                self._forget_oldest()
                count += 1
        return count

    def __len__(self) -> int:
        """Return how many bodies are held."""
        return len(self._bodies)

    def _hold(self, key: Hashable, body: bytes, at: datetime) -> None:
        if len(body) > self._size:
            return
        self._held += len(body) - len(self._bodies.pop(key, (b"", at))[0])
        self._bodies[key] = (body, at)
        while len(self._bodies) > self._entries or self._held > self._size:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        _, (oldest, _) = self._bodies.popitem(last=False)
        self._held -= len(oldest)
