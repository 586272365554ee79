"""
Refused calls of nobody in particular: counted by minute and sender, within bounds.

A flood must neither fill the audit trail nor the memory, so calls are added up, and
of a minute only so many senders are told apart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
# Who flushes late adds to a minute that is still open.
GRACE = timedelta(seconds=15)
# So many senders are told apart in a minute, or in all that nobody took yet.
MOST_SENDERS = 500
# Under this name the calls of all further senders are counted.
OTHERS = ""
REASONS: Mapping[int, str] = {
    401: "not authenticated",
    403: "from another site",
    421: "for a foreign host",
    429: "too many failures",
}


@dataclass(frozen=True, slots=True)
class Refusals:
    """
    The refused calls of one sender in one minute.

    Attributes:
        minute: its beginning; aware, UTC.
        sender: as `sender_of` names them; `OTHERS` stands for many.
        counts: by status; each is in `REASONS`.
    """

    minute: datetime
    sender: str
    counts: Mapping[int, int]

    @property
    def calls(self) -> int:
        """How many calls that are."""
        return sum(self.counts.values())

    def __str__(self) -> str:
        """Tell the reasons, as in `401 not authenticated: 12`."""
        return "; ".join(
            f"{status} {REASONS[status]}: {count}"
            for status, count in sorted(self.counts.items())
            if count
        )


class RefusalTally:
    """
    Adds refused calls up; its size is bounded, and none is lost to the bound.

    What comes from more senders than are told apart counts for `OTHERS`, in the
    minute in which the bound was reached, until all was taken. The bound holds for
    a minute, however often its sums are taken.
    """

    def __init__(self, most: int = MOST_SENDERS) -> None:
        self._most = most
        self._counts: dict[tuple[datetime, str], Counter[int]] = {}
        self._told_apart: set[tuple[datetime, str]] = set()
        self._minute = EARLIEST
        self._rest: tuple[datetime, str] | None = None

    def __len__(self) -> int:
        """Return how many sums are held."""
        return len(self._counts)

    def note(self, at: datetime, sender: str, status: int) -> None:
        """Count one call that was refused at *at*."""
        self._counts_of(floor_minute(at), sender)[status] += 1

    def take(self) -> list[Refusals]:
        """Return everything, by minute and sender, and begin anew."""
        counts, self._counts, self._rest = self._counts, {}, None
        return [Refusals(*key, counts[key]) for key in sorted(counts)]

    def give_back(self, taken: Iterable[Refusals]) -> None:
        """Add again what was taken and could not be kept."""
        for one in taken:
            self._counts_of(one.minute, one.sender).update(one.counts)

    def _counts_of(self, minute: datetime, sender: str) -> Counter[int]:
        if minute > self._minute:
            self._minute, self._told_apart = minute, set(self._counts)
        key = (minute, sender)
        if not self._has_room(key):
            self._rest = key = self._rest or (minute, OTHERS)
            return self._counts.setdefault(key, Counter())
        self._told_apart.add(key)
        return self._counts.setdefault(key, Counter())

    def _has_room(self, key: tuple[datetime, str]) -> bool:
        if key in self._counts:
            return True
        known = key in self._told_apart or len(self._told_apart) < self._most
        return known and len(self._counts) < self._most


def floor_minute(at: datetime) -> datetime:
    """Return the beginning of the minute in which *at* lies."""
    return at.replace(second=0, microsecond=0)


def sealed_before(at: datetime) -> datetime:
    """Return before which minutes are over at *at*, for everybody."""
    return floor_minute(at - GRACE)
