"""Read breakers as people see them; nothing is changed by looking."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from airq_cron.domain.breaker import (
    Breaker,
    BreakerChange,
    BreakerRules,
    BreakerState,
    Hold,
)
from airq_cron.domain.page import Page, cut_page
from airq_cron.errors import NotFoundError
from airq_cron.ports import BreakerStorage, Store
from airq_cron.services.judge_calls import effective_rules, standing_hold


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
        self.check(name)
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
        self.check(name)
        place = None if after is None else int(after[0])
        with self.store.read() as unit:
            found = unit.breakers.history(name, limit=limit + 1, after=place)
        return cut_page(found, limit, lambda one: (str(one.id),))

    def check(self, name: str) -> None:
        """Raise NotFoundError when nobody of this name is asked."""
        if name not in set(self.names):
            raise NotFoundError("breaker", name)

    def _line(self, name: str) -> BreakerLine:
        found = self.storage.look(name)
        with self.store.read() as unit:
            now = unit.runs.now()
            hold = standing_hold(unit, name, now)
            rules = effective_rules(unit, name, self.usual)
        state = found.state if hold is None else BreakerState.OPEN
        return BreakerLine(
            name, state, found, rules, self.usual, hold, self.is_local(), now
        )
