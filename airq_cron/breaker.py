"""
The circuit breaker around every upstream: pybreaker over a storage of our own.

pybreaker gives states, listeners and the call protocol. What it does otherwise than
a fleet needs is overridden: see the methods of `FleetBreaker`.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, NoReturn, Protocol, TypeVar
from uuid import uuid4

import pybreaker

from airq_cron.clock import Clock
from airq_cron.domain import breaker as rules_of
from airq_cron.domain.breaker import (
    Breaker,
    BreakerChange,
    BreakerRules,
    BreakerState,
    Hold,
    Result,
    Verdict,
)
from airq_cron.domain.measurement import Location
from airq_cron.domain.reported import ReportedIndex
from airq_cron.errors import (
    AirqError,
    BreakerOpenError,
    ProviderError,
    UnreachableError,
)
from airq_cron.ports import IndexProvider, LocationReadings, Provider
from airq_cron.ports.breaker import BreakerStorage, Ending, Passage

T = TypeVar("T")
LOG = logging.getLogger("airq.breaker")
# After closing, calls come one at a time: so long one waits for its turn.
PATIENCE_S = 40.0
LOOK_AGAIN_S = 0.25
CBState = (
    pybreaker.CircuitClosedState
    | pybreaker.CircuitOpenState
    | pybreaker.CircuitHalfOpenState
)
STATES = {
    BreakerState.CLOSED: pybreaker.STATE_CLOSED,
    BreakerState.OPEN: pybreaker.STATE_OPEN,
    BreakerState.HALF_OPEN: pybreaker.STATE_HALF_OPEN,
}


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
        """Close it as if nothing had happened, here as well."""
        self._local.reset(name)
        return self._ask(lambda storage: storage.reset(name))

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


class Standing(Protocol):
    """What the database says of a breaker; asked before each call."""

    def rules(self, name: str) -> BreakerRules:
        """Return when it opens and closes."""

    def hold(self, name: str) -> Hold | None:
        """Return what a person set, if it holds now."""


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

    Otherwise than pybreaker 1.4.1: a neutral exception (`ProviderError` that does
    not count, and everything that is none) is no success, exceptions that end the
    process are not counted, threads do not wait for each other's calls, and what
    lets one probe through is the storage, not the state of this object.
    """

    def __init__(
        self,
        name: str,
        storage: BreakerStorage,
        standing: Standing,
        clock: Clock,
        listeners: Sequence[ChangeListener] = (),
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

    @property  # type: ignore[misc]
    def state(self) -> CBState:
        """The state as the storage knows it; reading tells nobody anything."""
        return self._create_new_state(self.current_state)

    def call(self, func: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """
        Call *func* when the breaker lets it pass, and take note of how it ends.

        Raises:
            BreakerOpenError: it does not.
        """
        with self.calling():
            return func(*args, **kwargs)

    @contextmanager
    def calling(self) -> Any:
        """Guard a block as `call` guards a function."""
        permit = uuid4().hex
        rules = self._standing.rules(self._named)
        self._enter(permit, rules)
        try:
            yield
        except ProviderError as error:
            self._settle(permit, rules, _ending(error))
            raise
        except BaseException:
            # Our own time limit, a cancellation, a bug: no fault of the upstream.
            self._settle(permit, rules, Ending(Result.NEUTRAL))
            raise
        self._settle(permit, rules, Ending(Result.SUCCESS))

    def call_async(self, func: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: pybreaker's own needs Tornado, and ours has no use for it."""
        raise NotImplementedError("this breaker guards ordinary calls only")

    def open(self) -> NoReturn:
        """Refuse: opening by hand is kept with its reason, by a service."""
        raise NotImplementedError("open it with its reason: services.steer_breaker")

    def half_open(self) -> NoReturn:
        """Refuse: only time makes a breaker half open."""
        raise NotImplementedError("only its timeout makes a breaker half open")

    def close(self) -> None:
        """Close it as if nothing had happened."""
        self._tell(self._storage.reset(self._named), "reset")

    def _enter(self, permit: str, rules: BreakerRules) -> None:
        if (hold := self._standing.hold(self._named)) is not None:
            raise BreakerOpenError(self._named, hold.reason, hold.expires_at)
        began = self._clock.monotonic()
        while True:
            passage = self._storage.admit(self._named, permit, rules)
            self._tell(passage, "its timeout is over")
            if passage.verdict in (Verdict.ADMIT, Verdict.PROBE):
                return
            waited = self._clock.monotonic() - began
            if passage.verdict is Verdict.REFUSED or waited >= self._patience_s:
                found = passage.breaker
                reason = found.error or "another call is being tried"
                raise BreakerOpenError(self._named, reason, found.until)
            self._clock.wait(LOOK_AGAIN_S)

    def _settle(self, permit: str, rules: BreakerRules, ending: Ending) -> None:
        passage = self._storage.settle(self._named, permit, rules, ending)
        self._tell(passage, ending.error or "a probe was answered")

    def _tell(self, passage: Passage, reason: str) -> None:
        if not passage.changed:
            return
        change = BreakerChange(
            self._named,
            passage.at,
            passage.before,
            passage.breaker.state,
            reason,
            passage.breaker.failures,
        )
        for listener in self.listeners:
            if isinstance(listener, ChangeListener):
                listener.changed(change)


def _ending(error: ProviderError) -> Ending:
    if not error.counts:
        return Ending(Result.NEUTRAL)
    return Ending(Result.FAILURE, str(error), error.retry_at)


Guarded = TypeVar("Guarded", Provider, IndexProvider)


class _Guard(Generic[Guarded]):
    """
    Passes everything on to *inner*; its calls go through the breaker.

    Args:
        make: makes the breaker at the first call: it looks at Redis, which nobody
            needs who only wants to know the provider.
    """

    def __init__(self, inner: Guarded, make: Callable[[], FleetBreaker]) -> None:
        self.inner: Guarded = inner
        self._make = make

    @cached_property
    def breaker(self) -> FleetBreaker:
        """The provider's breaker."""
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class GuardedProvider(_Guard[Provider]):
    """A provider of concentrations behind its breaker."""

    def fetch(
        self, locations: Sequence[Location], *, since: datetime, until: datetime
    ) -> list[LocationReadings]:
        """Ask as the provider does; raises BreakerOpenError, too."""
        return self.breaker.call(self.inner.fetch, locations, since=since, until=until)


class GuardedIndexProvider(_Guard[IndexProvider]):
    """A provider of indices behind its breaker."""

    def report(self, location: Location) -> list[ReportedIndex]:
        """Ask as the provider does; raises BreakerOpenError, too."""
        return self.breaker.call(self.inner.report, location)
