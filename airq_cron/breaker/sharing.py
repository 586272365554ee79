"""Calls that are under way at once share what the storage said of their breaker."""

from threading import Lock

from airq_cron.clock import Clock
from airq_cron.domain.breaker import BreakerState, Result, Verdict
from airq_cron.ports.breaker import Passage

# A call takes about as long: so much later they would hear of a change anyway.
SHARED_S = 0.1


class Sharing:
    """
    Knows when a call may begin or end without asking the storage.

    A fan-out has a hundred calls under way, and nearly always the breaker is closed
    and there is nothing to count. While that was so less than SHARED_S ago and another
    call of this process is under way, the next one begins without asking, and one
    that did not fail ends without telling. A call that is alone always asks, a
    failure is always told, and after it the others ask again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._under_way = 0
        self._calm_until = 0.0

    def may_begin(self) -> bool:
        """Say whether a call may begin without asking; if so, it has begun."""
        with self._lock:
            if self._under_way == 0 or not self._is_calm():
                return False
            self._under_way += 1
        return True

    def begin(self, passage: Passage) -> None:
        """Count a call that was let through."""
        with self._lock:
            self._under_way += 1
            self._note(passage)

    def end(self, result: Result) -> bool:
        """Count the end of a call; say whether it need not be told."""
        with self._lock:
            self._under_way -= 1
            if result is Result.FAILURE:
                self._calm_until = 0.0
            return self._under_way > 0 and self._is_calm()

    def note(self, passage: Passage) -> None:
        """Remember whether there was nothing to count."""
        with self._lock:
            self._note(passage)

    def _is_calm(self) -> bool:
        return self._clock.monotonic() < self._calm_until

    def _note(self, passage: Passage) -> None:
        found = passage.breaker
        is_calm = (
            passage.verdict is Verdict.ADMIT
            and found.state is BreakerState.CLOSED
            and found.failures == 0
            and found.holder is None
        )
        now = self._clock.monotonic()
        self._calm_until = now + SHARED_S if is_calm else 0.0
