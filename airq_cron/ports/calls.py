"""Who called, and was refused, as the services see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from airq_cron.domain.refusal import Refusals


@dataclass(frozen=True, slots=True)
class Toll:
    """
    How much somebody did.

    Attributes:
        calls: of everybody together.
        most: who did most of it, and *most_calls* how much; None: nobody in particular.
    """

    calls: int = 0
    most: str | None = None
    most_calls: int = 0

    def plus(self, other: "Toll") -> "Toll":
        """Return both together; of two who did most, the one who did more."""
        more = max(self, other, key=lambda one: one.most_calls)
        calls = self.calls + other.calls
        if self.most == other.most:
            return Toll(calls, self.most, self.most_calls + other.most_calls)
        return Toll(calls, more.most, more.most_calls)


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address from which a token was used after it had been used from others."""

    token: str
    address: str
    first_seen_at: datetime


class Calls(Protocol):
    """Refused calls until their minute is over, and the addresses of tokens."""

    def add_refusals(self, refused: Sequence[Refusals]) -> None:
        """Add to what was counted by anybody for the same minute and sender."""

    def take_refusals(self, before: datetime, limit: int) -> list[Refusals]:
        """Remove and return those of minutes that began before *before*."""

    def has_refusals(self, before: datetime) -> bool:
        """Say whether there are any of minutes that began before *before*."""

    def refusals_since(self, since: datetime) -> Toll:
        """Return what there is of minutes that began at *since* or later."""

    def note_address(self, token_id: str, address: str, at: datetime) -> None:
        """Note that a token was used from *address*."""

    def new_addresses(self, since: datetime, limit: int) -> list[NewAddress]:
        """
        Return those first seen at *since* or later, the newest first.

        The first address of a token is none of them.
        """
