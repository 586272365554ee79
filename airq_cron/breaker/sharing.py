"""Calls that are under way at once share what the storage said of their breaker."""

from datetime import timedelta
from threading import Lock

from airq_cron.clock import Clock
from airq_cron.domain.breaker import BreakerRules, BreakerState, Result, Verdict
from airq_cron.ports.breaker import Passage

# A call takes about as long: so much later they would hear of a change anyway.
SHARED_S = 0.1


class Sharing:
    """
    Knows when a call may begin or end without asking the storage.

    A fan-out has a hundred calls under way, and nearly always the breaker is closed
    and there is nothing to count. While that was so less than SHARED_S ago and another
    call of this process is under way, the next one begins without asking, and one
    that did not fail ends without telling. A call that is alone always asks; a
    failure, and the end of a call that was let through for itself, are always told;
    and after anything else than calm no older answer counts any more.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._under_way = 0
        self._calm_until = 0.0
        self._unrests = 0
        self._alone: set[str] = set()

    def may_begin(self) -> bool:
        """Say whether a call may begin without asking; if so, it has begun."""
        with self._lock:
            if self._under_way == 0 or not self._is_calm():
                return False
            self._under_way += 1
        return True

    def unrests(self) -> int:
        """Return what `note` is given: how often it was otherwise, before we asked."""
        with self._lock:
            return self._unrests

    def begin(self, permit: str, passage: Passage) -> None:
        """Count a call that was let through."""
        with self._lock:
            self._under_way += 1
            if passage.breaker.holder is not None:
                self._alone.add(permit)

    def end(self, permit: str, result: Result) -> bool:
        """Count the end of a call; say whether it need not be told."""
        with self._lock:
            self._under_way -= 1
            was_alone = permit in self._alone
            self._alone.discard(permit)
            if result is Result.FAILURE:
                self._be_restless()
            return self._under_way > 0 and self._is_calm() and not was_alone

    def note(self, passage: Passage, rules: BreakerRules, unrests: int) -> None:
        """Remember an answer, unless there was something newer since *unrests*."""
        with self._lock:
            if not _calm(passage, rules):
                self._be_restless()
            elif unrests == self._unrests:
                self._calm_until = self._clock.monotonic() + SHARED_S

    def _be_restless(self) -> None:
        self._unrests += 1
        self._calm_until = 0.0

    def _is_calm(self) -> bool:
        return self._clock.monotonic() < self._calm_until


def _calm(passage: Passage, rules: BreakerRules) -> bool:
    """Say whether all may call, and their successes change nothing."""
    found = passage.breaker
    closed_for = (
        timedelta.max if found.closed_at is None else passage.at - found.closed_at
    )
    return (
        passage.verdict is Verdict.ADMIT
        and found.state is BreakerState.CLOSED
        and found.failures == 0
        and found.holder is None
        and closed_for >= rules.gentle
    )
