"""What stands in for the fleet's breakers while Redis is away."""

import logging
from collections.abc import Callable
from typing import TypeVar

from airq_cron.domain.breaker import Breaker, BreakerRules
from airq_cron.errors import UnreachableError
from airq_cron.ports.breaker import BreakerStorage, Ending, Passage

T = TypeVar("T")
LOG = logging.getLogger("airq.breaker")


class FallbackStorage:
    """
    The fleet's storage, and this process's own while that cannot be reached.

    Attributes:
        is_local: whether the last call was answered by this process alone.
    """

    def __init__(self, shared: BreakerStorage | None, local: BreakerStorage) -> None:
        """Without *shared*, where no Redis is set, all is local."""
        self._shared = shared
        self._local = local
        self.is_local = shared is None

    def admit(self, name: str, permit: str, rules: BreakerRules) -> Passage:
        """Ask whether the call of *permit* may be made; a probe takes the lease."""
        return self._ask(lambda storage: storage.admit(name, permit, rules))

    def settle(
        self, name: str, permit: str, rules: BreakerRules, ending: Ending
    ) -> Passage:
        """Say how the call of *permit* ended."""
        return self._ask(lambda storage: storage.settle(name, permit, rules, ending))

    def reset(self, name: str) -> Passage:
        """
        Close it as if nothing had happened, here as well.

        Raises:
            UnreachableError: the fleet's cannot be closed now; nothing was changed.
        """
        if self._shared is None:
            return self._local.reset(name)
        passage = self._shared.reset(name)
        self._local.reset(name)
        return passage

    def tidy(self, name: str) -> bool:
        """Free a lease that ran out; say whether there was one."""
        return self._ask(lambda storage: storage.tidy(name))

    def look(self, name: str) -> Breaker:
        """Return what is known; changes nothing."""
        return self._ask(lambda storage: storage.look(name))

    def _ask(self, ask: Callable[[BreakerStorage], T]) -> T:
        if self._shared is None:
            return ask(self._local)
        try:
            answer = ask(self._shared)
        except UnreachableError as error:
            if not self.is_local:
                LOG.warning("local breaker: %s", error, extra={"action": "local"})
            self.is_local = True
            return ask(self._local)
        if self.is_local:
            LOG.info("shared breaker again", extra={"action": "shared"})
        self.is_local = False
        return answer
