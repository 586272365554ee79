"""What is left over in the broker, as the services see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """
    A message of a run that waits in a list.

    Attributes:
        raw: the message as it lies there.
    """

    run_id: str
    sent_at: datetime
    raw: bytes


class Leftovers(Protocol):
    """Finds what nobody needs; each call looks at a bounded part."""

    def lists(self) -> list[str]:
        """Return the names of all lists that messages of runs wait in."""

    def window(self, name: str, offset: int, count: int) -> list[WaitingMessage | None]:
        """
        Return *count* messages of a list, the oldest first, after *offset* of them.

        None stands for what is no message of a run.

        Raises:
            UnreachableError: the broker does not answer.
        """

    def remove(self, name: str, messages: Sequence[WaitingMessage]) -> int:
        """Take messages out of a list; return how many were still there."""

    def endless_keys(self) -> list[str]:
        """Return keys of ours that never end, though all should, by name."""
