"""
One breaker for the whole fleet: pybreaker over a storage of our own.

pybreaker gives the protocol of a call, the states and the listeners. What it does
otherwise than a fleet needs is overridden: see `FleetBreaker` and `_Call`.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NoReturn, TypeVar
from uuid import uuid4

import pybreaker

from airq_cron.breaker.sharing import Sharing
from airq_cron.clock import Clock
from airq_cron.domain.breaker import (
    BreakerChange,
    BreakerRules,
    BreakerState,
    Result,
    Verdict,
)
from airq_cron.errors import AirqError, BreakerOpenError, ProviderError
from airq_cron.ports.breaker import BreakerStanding, BreakerStorage, Ending, Passage

T = TypeVar("T")
LOG = logging.getLogger("airq.breaker")
# After closing, calls come one at a time: so long one waits for its turn.
PATIENCE_S = 40.0
LOOK_AGAIN_S = 0.25
STATES = {
    BreakerState.CLOSED: pybreaker.STATE_CLOSED,
    BreakerState.OPEN: pybreaker.STATE_OPEN,
    BreakerState.HALF_OPEN: pybreaker.STATE_HALF_OPEN,
}
CBState = (
    pybreaker.CircuitClosedState
    | pybreaker.CircuitOpenState
    | pybreaker.CircuitHalfOpenState
)


class ChangeListener(pybreaker.CircuitBreakerListener):
    """Hands every change of state to *note*; a failure to keep it is logged."""

    def __init__(self, note: Callable[[BreakerChange], None]) -> None:
        self._note = note

    def changed(self, change: BreakerChange) -> None:
        """Keep *change*."""
        LOG.warning(
            "breaker %s: %s -> %s (%s)",
            change.name,
            change.before,
            change.after,
            change.reason,
            extra={"action": "breaker_changed"},
        )
        try:
            self._note(change)
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "change_not_kept"})


class _View(pybreaker.CircuitBreakerStorage):
    """What pybreaker may see of our storage: it reads, and decides nothing."""

    def __init__(self, name: str, storage: BreakerStorage) -> None:
        super().__init__(name)
        self._storage = storage

    @property  # type: ignore[misc]
    def state(self) -> str:
        return STATES[self._storage.look(self._name).state]

    @property
    def counter(self) -> int:
        return self._storage.look(self._name).failures

    @property
    def success_counter(self) -> int:
        return 0

    @property  # type: ignore[misc]
    def opened_at(self) -> datetime | None:
        return self._storage.look(self._name).opened_at


class FleetBreaker(pybreaker.CircuitBreaker):
    """
    One breaker for all processes that share its storage.

    Otherwise than pybreaker 1.4.1: threads do not wait for each other's calls, what
    lets one probe through is the storage and not the state of this object, nobody
    opens it without a reason, and reading its state tells no listener.
    """

    def __init__(
        self,
        name: str,
        storage: BreakerStorage,
        standing: BreakerStanding,
        clock: Clock,
        listeners: Sequence[pybreaker.CircuitBreakerListener] = (),
        patience_s: float = PATIENCE_S,
    ) -> None:
        super().__init__(
            name=name, state_storage=_View(name, storage), listeners=listeners
        )
        self._named = name
        self._storage = storage
        self._standing = standing
        self._clock = clock
        self._patience_s = patience_s
        self._sharing = Sharing(clock)

    @property  # type: ignore[misc]
    def state(self) -> CBState:
        """The state as the storage knows it; reading tells nobody anything."""
        return self._create_new_state(self.current_state)

    def is_system_error(self, exception: BaseException) -> bool:
        """Say whether *exception* is a fault of the upstream."""
        return isinstance(exception, ProviderError) and exception.counts

    def call(self, func: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """
        Call *func* when the breaker lets it pass, and take note of how it ends.

        Raises:
            BreakerOpenError: it does not.
        """
        return _Call(self).call(func, *args, **kwargs)

    def call_async(self, func: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: pybreaker's own needs Tornado, and ours has no use for it."""
        del func, args, kwargs
        raise TypeError("this breaker guards ordinary calls only")

    def open(self) -> NoReturn:
        """Refuse: opening by hand is kept with its reason, by a service."""
        raise TypeError("open it with its reason: services.steer_breaker")

    def half_open(self) -> NoReturn:
        """Refuse: only time makes a breaker half open."""
        raise TypeError("only its timeout makes a breaker half open")

    def close(self) -> None:
        """Close it as if nothing had happened."""
        self._tell(self._storage.reset(self._named), "reset")

    def enter(self, permit: str) -> BreakerRules:
        """
        Let the call of *permit* pass; return the rules it is settled by.

        Raises:
            BreakerOpenError: it may not.
        """
        if (hold := self._standing.hold(self._named)) is not None:
            raise BreakerOpenError(self._named, hold.reason, hold.expires_at)
        rules = self._standing.rules(self._named)
        if not self._sharing.may_begin():
            self._sharing.begin(permit, self._admit(permit, rules))
        return rules

    def _admit(self, permit: str, rules: BreakerRules) -> Passage:
        began = self._clock.monotonic()
        while True:
            unrests = self._sharing.unrests()
            passage = self._storage.admit(self._named, permit, rules)
            self._sharing.note(passage, rules, unrests)
            self._tell(passage, "its timeout is over")
            if passage.verdict in (Verdict.ADMIT, Verdict.PROBE):
                return passage
            waited = self._clock.monotonic() - began
            if passage.verdict is Verdict.REFUSED or waited >= self._patience_s:
                found = passage.breaker
                reason = found.error or "another call is being tried"
                raise BreakerOpenError(self._named, reason, found.until)
            self._clock.wait(LOOK_AGAIN_S)

    def settle(self, permit: str, rules: BreakerRules, ending: Ending) -> None:
        """Take note of how the call of *permit* ended."""
        if self._sharing.end(permit, ending.result):
            return
        unrests = self._sharing.unrests()
        passage = self._storage.settle(self._named, permit, rules, ending)
        self._sharing.note(passage, rules, unrests)
        self._tell(passage, ending.error or "a probe was answered")

    def _tell(self, passage: Passage, reason: str) -> None:
        if not passage.changed:
            return
        before, after = passage.before, passage.breaker.state
        change = BreakerChange(
            self._named, passage.at, before, after, reason, passage.breaker.failures
        )
        old, new = (self._create_new_state(STATES[one]) for one in (before, after))
        for listener in self.listeners:
            listener.state_change(self, old, new)
            if isinstance(listener, ChangeListener):
                listener.changed(change)


class _Call(pybreaker.CircuitBreakerState):
    """
    One call on its way through pybreaker's protocol.

    It has a state object of its own, so that threads share nothing. Otherwise than
    pybreaker 1.4.1, which knows failure and success only: what is neither (an error
    that does not count, the end of the process) is settled as neutral and told to
    no listener, and the error of the call is never replaced by another.
    """

    _breaker: FleetBreaker

    def __init__(self, breaker: FleetBreaker) -> None:
        super().__init__(breaker, breaker.name or "")
        self._permit = uuid4().hex
        self._rules = BreakerRules()

    def before_call(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Ask to be let through."""
        del func, args, kwargs
        self._rules = self._breaker.enter(self._permit)

    def _handle_error(self, exc: BaseException, reraise: bool = True) -> None:  # type: ignore[override]  # noqa: FBT001, FBT002
        if self._breaker.is_system_error(exc):
            retry_at = exc.retry_at if isinstance(exc, ProviderError) else None
            self._settle(Ending(Result.FAILURE, str(exc), retry_at))
            for listener in self._breaker.listeners:
                listener.failure(self._breaker, exc)
        else:
            self._settle(Ending(Result.NEUTRAL))
        if reraise:
            raise exc

    def _handle_success(self) -> None:
        self._settle(Ending(Result.SUCCESS))
        for listener in self._breaker.listeners:
            listener.success(self._breaker)

    def _settle(self, ending: Ending) -> None:
        self._breaker.settle(self._permit, self._rules, ending)
