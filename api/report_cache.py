"""Reports that were rendered before, as long as their figures are the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

MOST_ENTRIES = 256
MOST_BYTES = 16 * 1024 * 1024


class ReportCache:
    """
    The bodies of the answers asked for last, bounded in number and size.

    A key holds the stamp of the figures: what was revised has another key, and the
    old body falls out in time.
    """

    def __init__(self, entries: int = MOST_ENTRIES, size: int = MOST_BYTES) -> None:
        self._entries = entries
        self._size = size
        self._held = 0
        self._bodies: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the body of *key*, made by *make* unless it is held."""
        with self._lock:
            body = self._bodies.get(key)
            if body is not None:
                self._bodies.move_to_end(key)
                return body
        body = make()
        with self._lock:
            self._hold(key, body)
        return body

    def __len__(self) -> int:
        """Return how many bodies are held."""
        return len(self._bodies)

    def _hold(self, key: Hashable, body: bytes) -> None:
        if len(body) > self._size:
            return
        self._held += len(body) - len(self._bodies.pop(key, b""))
        self._bodies[key] = body
        while len(self._bodies) > self._entries or self._held > self._size:
            _, oldest = self._bodies.popitem(last=False)
            self._held -= len(oldest)
