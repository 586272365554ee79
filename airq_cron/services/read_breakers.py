"""Read breakers as people see them; nothing is changed by looking."""

from collections.abc import Callable, Iterable, Mapping
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
from airq_cron.ports import BreakerStorage, Store, Unit
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
class BreakerNote:
    """What the database says of a breaker: see `BreakerLine`."""

    name: str
    rules: BreakerRules
    hold: Hold | None


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

    def notes(self, unit: Unit, at: datetime) -> list[BreakerNote]:
        """Return what the database says of each at *at*."""
        return [self._note(unit, name, at) for name in self.names]

    def lines_of(
        self, notes: Iterable[BreakerNote], seen: Mapping[str, Breaker], at: datetime
    ) -> list[BreakerLine]:
        """Return the lines of *notes*; breakers not *seen* are looked at now."""
        return [
            self._told(note, found, at, is_local=False)
            if (found := seen.get(note.name)) is not None
            else self._told(
                note, self.storage.look(note.name), at, is_local=self.is_local()
            )
            for note in notes
        ]

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
            note = self._note(unit, name, now)
        return self._told(note, found, now, is_local=self.is_local())

    def _note(self, unit: Unit, name: str, at: datetime) -> BreakerNote:
        rules = effective_rules(unit, name, self.usual)
        return BreakerNote(name, rules, standing_hold(unit, name, at))

    def _told(
        self, note: BreakerNote, found: Breaker, at: datetime, *, is_local: bool
    ) -> BreakerLine:
        name, rules, hold = note.name, note.rules, note.hold
        state = found.state if hold is None else BreakerState.OPEN
        return BreakerLine(name, state, found, rules, self.usual, hold, is_local, at)
