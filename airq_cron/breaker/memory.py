"""Breakers of one process, by the rules of `domain.breaker`."""

import threading
from collections.abc import Callable
from datetime import datetime

from airq_cron.clock import Clock
from airq_cron.domain import breaker as rules_of
from airq_cron.domain.breaker import Breaker, BreakerRules, Verdict
from airq_cron.ports.breaker import Ending, Passage


class MemoryBreakerStorage:
    """Breakers of this process alone; see `ports.BreakerStorage`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, Breaker] = {}

    def admit(self, name: str, permit: str, rules: BreakerRules) -> Passage:
        """Ask whether the call of *permit* may be made; a probe takes the lease."""
        return self._change(name, lambda b, at: rules_of.admit(b, rules, at, permit))

    def settle(
        self, name: str, permit: str, rules: BreakerRules, ending: Ending
    ) -> Passage:
        """Say how the call of *permit* ended."""

        def end(found: Breaker, at: datetime) -> tuple[Breaker, Verdict]:
            after = rules_of.settle(
                found,
                rules,
                at,
                permit,
                ending.result,
                error=ending.error,
                retry_at=ending.retry_at,
            )
            return after, Verdict.ADMIT

        return self._change(name, end)

    def reset(self, name: str) -> Passage:
        """Close it as if nothing had happened."""
        return self._change(name, lambda *_: (Breaker(), Verdict.ADMIT))

    def tidy(self, name: str) -> bool:
        """Free a lease that ran out; say whether there was one."""
        freed = False

        def free(found: Breaker, at: datetime) -> tuple[Breaker, Verdict]:
            nonlocal freed
            after = rules_of.tidy(found, at)
            freed = after is not found
            return after, Verdict.ADMIT

        self._change(name, free)
        return freed

    def look(self, name: str) -> Breaker:
        """Return what is known; changes nothing."""
        return self._known.get(name, Breaker())

    def _change(
        self, name: str, make: Callable[[Breaker, datetime], tuple[Breaker, Verdict]]
    ) -> Passage:
        with self._lock:
            at = self._clock.now()
            before = self.look(name)
            after, verdict = make(before, at)
            self._known[name] = after
        return Passage(verdict, before.state, after, at)
