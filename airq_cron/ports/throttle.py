"""Who has failed too often to log in, as the services see it."""

from datetime import timedelta
from typing import Protocol


class Throttle(Protocol):
    """
    Counts failed attempts by sender, each for a window from its first failure.

    A success takes nothing back: with one good token at hand, guesses at others
    would be free.
    """

    def fail(self, sender: str) -> None:
        """Count a failed attempt."""

    def wait(self, sender: str) -> timedelta | None:
        """Return how long *sender* must wait; None: another attempt is free."""
