"""
The circuit breaker's rules: what a state, a time and a result make of it.

Lua carries out the same rules for the whole fleet; a test plays both side by side.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class BreakerState(StrEnum):
    """As the breaker's literature names them."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class Verdict(StrEnum):
    """Whether a call may be made: `busy` may once another call has ended."""

    ADMIT = "admit"
    PROBE = "probe"
    BUSY = "busy"
    REFUSED = "refused"


class Result(StrEnum):
    """What became of a call; `neutral` says nothing about the upstream."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """
    When a breaker opens and closes.

    Attributes:
        threshold: so many failures in a row open it.
        timeout: how long it stays open before one call may probe.
        window: a failure so long after the one before begins a new row.
        lease: how long a probe may take; then another call probes.
        gentle: for so long after closing one call at a time is admitted.
        recovers: False: once open it waits for a reset by a person.
    """

    threshold: int = 5
    timeout: timedelta = timedelta(minutes=5)
    window: timedelta = timedelta(minutes=1)
    lease: timedelta = timedelta(minutes=1)
    gentle: timedelta = timedelta(minutes=1)
    recovers: bool = True

    def for_periods(self, periods: Iterable[timedelta]) -> "BreakerRules":
        """
        Return the rules for a provider that jobs ask so often.

        The window is at least twice the shortest period: with a job of every five
        minutes five failures in a row would never lie within a minute.
        """
        shortest = min(periods, default=timedelta())
        return replace(self, window=max(self.window, 2 * shortest))


@dataclass(frozen=True, slots=True)
class Breaker:
    """
    What is known of a breaker.

    Attributes:
        failures: in a row; *failed_at* is the last one's instant.
        opened_at: since when it has not been closed; kept while probes fail.
        until: from when on a call may probe.
        holder: permit of the call that probes, or of the one call that is admitted
            after closing; it holds until *holder_until*.
        error: what the last failure said.
    """

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    failed_at: datetime | None = None
    opened_at: datetime | None = None
    until: datetime | None = None
    holder: str | None = None
    holder_until: datetime | None = None
    closed_at: datetime | None = None
    error: str | None = None

    def is_held(self, at: datetime) -> bool:
        """Say whether a call holds the probe, or the slot after closing."""
        return self.holder_until is not None and at < self.holder_until


@dataclass(frozen=True, slots=True)
class Hold:
    """
    A breaker that a person opened; it stands before its own state.

    Attributes:
        expires_at: None: until it is reset.
    """

    name: str
    reason: str
    by: str
    opened_at: datetime
    expires_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Say whether it still holds at *at*."""
        return self.expires_at is None or at < self.expires_at


@dataclass(frozen=True, slots=True)
class BreakerChange:
    """
    A change of state, as it is kept.

    Attributes:
        actor: `fleet`, or who opened or reset it by hand.
        id: given by the store.
    """

    name: str
    at: datetime
    before: BreakerState
    after: BreakerState
    reason: str
    failures: int
    actor: str = "fleet"
    id: int | None = None


def admit(
    breaker: Breaker, rules: BreakerRules, at: datetime, permit: str
) -> tuple[Breaker, Verdict]:
    """Return what becomes of *breaker* when a call asks at *at*, and its verdict."""
    held = replace(breaker, holder=permit, holder_until=at + rules.lease)
    if breaker.state is BreakerState.CLOSED:
        closed = breaker.closed_at
        if closed is None or at >= closed + rules.gentle:
            return breaker, Verdict.ADMIT
        return (breaker, Verdict.BUSY) if breaker.is_held(at) else (held, Verdict.ADMIT)
    if not rules.recovers:
        return breaker, Verdict.REFUSED
    if breaker.state is BreakerState.OPEN:
        if breaker.until is not None and at < breaker.until:
            return breaker, Verdict.REFUSED
        return replace(held, state=BreakerState.HALF_OPEN), Verdict.PROBE
    if breaker.is_held(at):
        return breaker, Verdict.REFUSED
    return held, Verdict.PROBE


def settle(
    breaker: Breaker,
    rules: BreakerRules,
    at: datetime,
    permit: str,
    result: Result,
    *,
    error: str | None = None,
    retry_at: datetime | None = None,
) -> Breaker:
    """
    Return what becomes of *breaker* when the call of *permit* has ended.

    A call that began before the breaker opened, or whose lease has passed to
    another, changes nothing any more.

    Args:
        retry_at: the upstream asked not to be called before; a closed breaker opens
            until then, however few failures there were.
    """
    ours = breaker.holder == permit
    freed = replace(breaker, holder=None, holder_until=None) if ours else breaker
    if breaker.state is BreakerState.CLOSED:
        if result is Result.SUCCESS:
            return replace(freed, failures=0, failed_at=None, error=None)
        if result is Result.FAILURE:
            return _count(freed, rules, at, error, retry_at)
        return freed
    if breaker.state is BreakerState.OPEN or not ours or result is Result.NEUTRAL:
        return freed
    if result is Result.SUCCESS:
        return Breaker(closed_at=at)
    return replace(
        freed,
        state=BreakerState.OPEN,
        failures=breaker.failures + 1,
        failed_at=at,
        until=_until(rules, at, retry_at),
        error=error,
    )


def tidy(breaker: Breaker, at: datetime) -> Breaker:
    """Return *breaker* without a lease that ran out."""
    if breaker.holder is None or breaker.is_held(at):
        return breaker
    return replace(breaker, holder=None, holder_until=None)


def _count(
    breaker: Breaker,
    rules: BreakerRules,
    at: datetime,
    error: str | None,
    retry_at: datetime | None,
) -> Breaker:
    last = breaker.failed_at
    in_row = last is not None and at - last <= rules.window
    failures = breaker.failures + 1 if in_row else 1
    counted = replace(breaker, failures=failures, failed_at=at, error=error)
    full = failures >= rules.threshold
    if not full and (retry_at is None or retry_at <= at):
        return counted
    return replace(
        counted,
        state=BreakerState.OPEN,
        opened_at=at,
        until=_until(rules, at, retry_at) if full else retry_at,
        closed_at=None,
        holder=None,
        holder_until=None,
    )


def _until(rules: BreakerRules, at: datetime, retry_at: datetime | None) -> datetime:
    usual = at + rules.timeout
    return usual if retry_at is None else max(usual, retry_at)
