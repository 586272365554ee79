"""The circuit breaker's storage, and what is kept of it for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from airq_cron.domain.breaker import (
    Breaker,
    BreakerChange,
    BreakerRules,
    BreakerState,
    Hold,
    Result,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """
    What a call, a reset or its end made of a breaker.

    Attributes:
        before: the state before; `breaker` is all that is known after.
        at: the storage's clock.
    """

    verdict: Verdict
    before: BreakerState
    breaker: Breaker
    at: datetime

    @property
    def changed(self) -> bool:
        """Whether the state is another one now."""
        return self.before is not self.breaker.state


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended; *retry_at* is when the upstream wants to be asked again."""

    result: Result
    error: str | None = None
    retry_at: datetime | None = None


class BreakerStorage(Protocol):
    """The state of breakers by name, shared by whoever shares the storage."""

    def admit(self, name: str, permit: str, rules: BreakerRules) -> Passage:
        """Ask whether the call of *permit* may be made; a probe takes the lease."""

    def settle(
        self, name: str, permit: str, rules: BreakerRules, ending: Ending
    ) -> Passage:
        """Say how the call of *permit* ended."""

    def reset(self, name: str) -> Passage:
        """Close it as if nothing had happened."""

    def tidy(self, name: str) -> bool:
        """Free a lease that ran out; say whether there was one."""

    def look(self, name: str) -> Breaker:
        """Return what is known; changes nothing."""


class BreakerStanding(Protocol):
    """What the database says of a breaker; asked before each call."""

    def rules(self, name: str) -> BreakerRules:
        """Return when it opens and closes."""

    def hold(self, name: str) -> Hold | None:
        """Return what a person set, if it holds now."""


class Breakers(Protocol):
    """What is kept of breakers in SQL, so that no flush of Redis loses it."""

    def note(self, change: BreakerChange) -> None:
        """Keep a change of state."""

    def history(
        self, name: str, *, limit: int, after: int | None
    ) -> Sequence[BreakerChange]:
        """Return changes, newest first, that are older than number *after*."""

    def hold(self, name: str) -> Hold | None:
        """Return what a person set, also when it has expired."""

    def put_hold(self, hold: Hold) -> None:
        """Open it by hand; replaces what was set before."""

    def drop_hold(self, name: str) -> bool:
        """Forget what a person set; say whether there was anything."""
