"""Breakers as people see and steer them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from airq_cron.clock import Clock
from airq_cron.domain.breaker import (
    Breaker,
    BreakerChange,
    BreakerRules,
    BreakerState,
    Hold,
)
from airq_cron.domain.job import Job
from airq_cron.domain.page import Page, cut_page
from airq_cron.domain.schedule import parse_schedule
from airq_cron.errors import ConflictError, InvalidError, NotFoundError
from airq_cron.ports import AuditEntry, BreakerStorage, Store, Unit

LONGEST_HOLD = timedelta(days=366)
# The shortest period of the jobs changes rarely, and calls are made often.
RULES_KEPT_S = 60.0


class StoredStanding:
    """
    What the database says of breakers; see `breaker.Standing`.

    Args:
        usual: the rules by the settings, before the window is made longer.
    """

    def __init__(self, store: Store, usual: BreakerRules, clock: Clock) -> None:
        self._store = store
        self._usual = usual
        self._clock = clock
        self._kept: dict[str, tuple[float, BreakerRules]] = {}

    def rules(self, name: str) -> BreakerRules:
        """Return when it opens and closes; asked of the jobs once a minute."""
        now = self._clock.monotonic()
        kept = self._kept.get(name)
        if kept is None or now - kept[0] > RULES_KEPT_S:
            with self._store.read() as unit:
                found = effective_rules(unit, name, self._usual)
            kept = self._kept[name] = (now, found)
        return kept[1]

    def hold(self, name: str) -> Hold | None:
        """Return what a person set, if it holds now."""
        with self._store.read() as unit:
            return _standing_hold(unit, name, unit.runs.now())


def effective_rules(unit: Unit, name: str, usual: BreakerRules) -> BreakerRules:
    """
    Return the rules of the breaker of provider *name*.

    The window is at least twice the shortest period of an enabled job that asks
    the provider: with a job of every five minutes five failures in a row would
    never lie within a minute.
    """
    periods = [
        period
        for job in unit.jobs.all()
        if job.kind == "fetch" and job.enabled and _asks(unit, job, name)
        if (period := parse_schedule(job.schedule, job.zone).period()) is not None
    ]
    shortest = min(periods, default=timedelta())
    return replace(usual, window=max(usual.window, 2 * shortest))


def _asks(unit: Unit, job: Job, provider: str) -> bool:
    place = job.params.get("location")
    if place is None:
        return True
    return any(provider in one.providers for one in unit.locations.some([place]))


def _standing_hold(unit: Unit, name: str, at: datetime) -> Hold | None:
    hold = unit.breakers.hold(name)
    return hold if hold is not None and hold.holds(at) else None


@dataclass(frozen=True, slots=True)
class BreakerLine:
    """
    A breaker with its rules.

    Attributes:
        state: what a call would meet: `OPEN` while a person holds it open.
        is_local: Redis cannot be reached, and each process has a breaker of its own.
        usual: the rules by the settings; *rules* have the effective window.
    """

    name: str
    state: BreakerState
    breaker: Breaker
    rules: BreakerRules
    usual: BreakerRules
    hold: Hold | None
    is_local: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """
    Where people see to breakers.

    Attributes:
        names: the providers that are asked here.
        is_local: says whether the last look was at this process's own.
    """

    store: Store
    storage: BreakerStorage
    names: Iterable[str]
    usual: BreakerRules
    is_local: Callable[[], bool]

    def lines(self) -> list[BreakerLine]:
        """Return every breaker, in the order of the providers; changes nothing."""
        return [self._line(name) for name in self.names]

    def line(self, name: str) -> BreakerLine:
        """Return one breaker; raises NotFoundError."""
        self._check(name)
        return self._line(name)

    def history(
        self, name: str, *, limit: int, after: tuple[str, ...] | None
    ) -> Page[BreakerChange]:
        """
        Return what became of a breaker, newest first.

        Raises:
            NotFoundError: no such breaker.
            ValueError: *after* is no place in this list.
        """
        self._check(name)
        place = None if after is None else int(after[0])
        with self.store.read() as unit:
            found = unit.breakers.history(name, limit=limit + 1, after=place)
        return cut_page(found, limit, lambda one: (str(one.id),))

    def open(
        self, name: str, *, reason: str, expires_at: datetime | None, by: str
    ) -> BreakerLine:
        """
        Open a breaker by hand, until *expires_at* or until it is reset.

        It is kept in the database and outlives a flush of Redis.

        Raises:
            NotFoundError: no such breaker.
            InvalidError: names `expires_at`: it is past, or too far off.
        """
        self._check(name)
        before = self._line(name)

        def work(unit: Unit) -> None:
            at = unit.runs.now()
            if expires_at is not None and not at < expires_at <= at + LONGEST_HOLD:
                days = LONGEST_HOLD.days
                raise InvalidError("expires_at", f"must lie in the next {days} days")
            unit.breakers.put_hold(Hold(name, reason, by, at, expires_at))
            note_change(
                unit,
                BreakerChange(
                    *(name, at, before.state, BreakerState.OPEN, reason),
                    failures=before.breaker.failures,
                    actor=by,
                ),
            )
            after = {"state": "OPEN", "expires_at": expires_at and str(expires_at)}
            _audit(unit, by, "breaker.open", before, after, reason)

        self.store.write(work)
        return self._line(name)

    def reset(self, name: str, *, by: str) -> BreakerLine:
        """
        Close a breaker, whoever opened it; raises NotFoundError.

        Raises:
            ConflictError: it is closed, and nothing has failed.
        """
        self._check(name)
        before = self._line(name)
        quiet = before.hold is None and not before.breaker.failures
        if before.state is BreakerState.CLOSED and quiet:
            raise ConflictError(f"the breaker of {name} is closed")

        def work(unit: Unit) -> None:
            unit.breakers.drop_hold(name)
            if before.state is not BreakerState.CLOSED:
                note_change(
                    unit,
                    BreakerChange(
                        *(name, unit.runs.now(), before.state, BreakerState.CLOSED),
                        reason="reset",
                        failures=before.breaker.failures,
                        actor=by,
                    ),
                )
            _audit(unit, by, "breaker.reset", before, {"state": "CLOSED"}, None)

        self.store.write(work)
        self.storage.reset(name)
        return self._line(name)

    def _check(self, name: str) -> None:
        if name not in set(self.names):
            raise NotFoundError("breaker", name)

    def _line(self, name: str) -> BreakerLine:
        found = self.storage.look(name)
        with self.store.read() as unit:
            now = unit.runs.now()
            hold = _standing_hold(unit, name, now)
            rules = effective_rules(unit, name, self.usual)
        state = found.state if hold is None else BreakerState.OPEN
        return BreakerLine(
            name, state, found, rules, self.usual, hold, self.is_local(), now
        )


def note_change(unit: Unit, change: BreakerChange) -> None:
    """Keep a change of state in the history."""
    unit.breakers.note(change)


def _audit(
    unit: Unit,
    by: str,
    action: str,
    before: BreakerLine,
    after: dict[str, Any],
    note: str | None,
) -> None:
    unit.audit.record(
        AuditEntry(
            by,
            action,
            f"breaker:{before.name}",
            before={"state": before.state.value, "failures": before.breaker.failures},
            after=after,
            note=note,
        )
    )
