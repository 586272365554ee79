"""Alerts that were raised and cleared, as the services see them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from airq_cron.domain.alert_rule import AlertRule
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.period import Period


@dataclass(frozen=True, slots=True)
class FlipFilter:
    """
    Which flips to list; None means any.

    Attributes:
        is_open: whether the condition still holds.
        since, until: raised in [since, until).
    """

    kind: str | None = None
    location: str | None = None
    is_open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class Flips(Protocol):
    """One row a flip: what may happen once happens once, whoever judges."""

    def put(self, flip: Flip) -> bool:
        """
        Store a flip that was just raised; say whether it is new.

        It is not when its key is known, or its condition has an open flip.
        """

    def follow(self, flip_id: str, detail: Mapping[str, Any]) -> None:
        """Replace the figures behind an open flip."""

    def clear(self, flip_id: str, *, ended_at: datetime, message: str) -> bool:
        """Clear an open flip now; say whether it was open."""

    def acknowledge(
        self, flip_id: str, *, at: datetime, by: str, note: str | None
    ) -> bool:
        """Note who sees to an open flip; say whether it was open."""

    def silence(self, flip_id: str, *, until: datetime | None) -> bool:
        """Tell nobody of an open flip before *until*; say whether it was open."""

    def open_of(self, locations: Collection[str]) -> list[Flip]:
        """Return the open flips of some places, by location and condition."""

    def open_of_kinds(self, kinds: Collection[FlipKind]) -> list[Flip]:
        """Return the open flips of some kinds, by condition."""

    def recent(self, since: datetime) -> list[Flip]:
        """Return the flips that are open, or were cleared at *since* or later."""

    def open_flip(self, condition: str) -> Flip | None:
        """Return the open flip of a condition, or None."""

    def last_flip(self, condition: str) -> Flip | None:
        """Return the flip of a condition that was raised last, open or cleared."""

    def get(self, flip_id: str) -> Flip:
        """Return one flip; raises NotFoundError."""

    def touching(self, location: str, period: Period) -> list[Flip]:
        """Return the flips of a place that held at any time of *period*, in order."""

    def find(
        self, where: FlipFilter, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[Flip]:
        """Return flips, the last raised first, after the cursor (raised_at, id)."""


class AlertRules(Protocol):
    """Rules as people changed them; the others are as code has them."""

    def changed(self) -> list[AlertRule]:
        """Return the rules that people changed, by name."""

    def changed_one(self, kind: FlipKind, *, lock: bool = False) -> AlertRule | None:
        """
        Return one, or None while it is as by default.

        Args:
            lock: whether nobody else changes it before the transaction ends.
        """

    def put(self, rule: AlertRule) -> None:
        """Keep a rule as people changed it."""

    def drop(self, kind: FlipKind) -> None:
        """Forget what people changed; nothing happens when that is nothing."""
