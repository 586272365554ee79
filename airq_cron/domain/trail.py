"""
The chain of the audit trail: each row is sealed together with the one before.

A seal is an HMAC-SHA-256 with the instance key. Without the key nobody can change,
take out, put in or reorder rows and seal them anew; what was cut off at the end
shows against a head that was written down elsewhere.
"""

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

ROW, CHECKPOINT, MARK = "row", "checkpoint", "mark"
OTHER_KEY = "or the key is another one"
START, RESTART, RETENTION = "start", "restart", "retention"


@dataclass(frozen=True, slots=True)
class Head:
    """
    A place in the chain: the number of a row, and its seal.

    Rows are numbered without a gap, so the number also counts them.
    """

    id: int
    mac: str

    def __str__(self) -> str:
        """Write it as `airq audit verify --against` reads it."""
        return f"{self.id}:{self.mac}"


@dataclass(frozen=True, slots=True)
class Link:
    """
    One row of the trail, with the seal that was stored with it.

    Attributes:
        content: everything that the row says, without its number and seal.
        mac: None for a row that is older than the chain.
    """

    id: int
    content: Mapping[str, Any]
    mac: str | None


@dataclass(frozen=True, slots=True)
class Break:
    """
    Where the chain does not hold, and why.

    Attributes:
        row: None when it is not about one row.
    """

    row: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """
    A sealed statement from which the chain goes on.

    Attributes:
        kind: `start`, or `restart` when a person asked for it: the rows up to
            *row_id* are those that *digest* is of; `retention`: they were removed,
            the last of them with the seal *mac*.
        rows: how many rows that are.
    """

    kind: str
    at: datetime
    row_id: int
    rows: int
    mac: str
    digest: str
    seal: str

    @property
    def head(self) -> Head:
        """The place after which the chain goes on."""
        return Head(self.row_id, self.mac if self.kind == RETENTION else self.seal)

    def find_break(self, key: bytes, links: Iterable[Link]) -> Break | None:
        """
        Return what is wrong with the checkpoint itself, or None.

        Args:
            links: all rows up to *row_id* that are there.
        """
        if not same(self.seal, seal_checkpoint(key, self)):
            return Break(
                None, f"the checkpoint at row {self.row_id} was changed, {OTHER_KEY}"
            )
        if self.kind == RETENTION:
            return next((_back(link) for link in links), None)
        stray: list[int] = []
        found = digest_of(self._noting(links, stray))
        if stray:
            return Break(stray[0], f"row {stray[0]} is sealed, before the chain began")
        if found != (self.rows, self.digest):
            what = f"the rows up to {self.row_id} are not the {self.rows} that were"
            return Break(None, f"{what} there when the chain began")
        return None

    def _noting(self, links: Iterable[Link], stray: list[int]) -> Iterator[Link]:
        for link in links:
            if self.kind == START and link.mac is not None:
                stray.append(link.id)
            yield link


def seal_row(key: bytes, before: str, row_id: int, content: Mapping[str, Any]) -> str:
    """Return the seal of a row that follows one with the seal *before*."""
    return _seal(key, ROW, before, row_id, content)


def seal_checkpoint(key: bytes, one: Checkpoint) -> str:
    """Return the seal that *one* must have."""
    at = one.at.isoformat()
    return _seal(
        key, CHECKPOINT, one.kind, at, one.row_id, one.rows, one.mac, one.digest
    )


def mark_of(key: bytes) -> str:
    """Return what tells *key* from others, and nothing about it."""
    return _seal(key, MARK)[:16]


def digest_of(links: Iterable[Link]) -> tuple[int, str]:
    """Return the number of rows and their SHA-256."""
    count, digest = 0, sha256()
    for link in links:
        count += 1
        digest.update(_canonical([link.id, link.content, link.mac]) + b"\n")
    return count, digest.hexdigest()


def same(one: str | None, other: str) -> bool:
    """Compare two seals in constant time."""
    return one is not None and hmac.compare_digest(one.encode(), other.encode())


class Walk:
    """
    Follows the chain row by row, from a checkpoint on.

    Args:
        known: heads that were written down before; the chain must pass them.
    """

    def __init__(self, key: bytes, start: Head, known: Sequence[Head] = ()) -> None:
        self._key = key
        self._known = {head.id: head.mac for head in known}
        self.at = start
        self.broken: Break | None = None

    def follow(self, link: Link) -> bool:
        """Go on to the next row; say whether the chain holds up to it."""
        self.broken = self._check(link)
        if self.broken is None and link.mac is not None:
            self.at = Head(link.id, link.mac)
        return self.broken is None

    def _check(self, link: Link) -> Break | None:
        due = self.at.id + 1
        if link.id != due:
            return Break(
                due, f"row {due} is missing: after {self.at.id} comes {link.id}"
            )
        if link.mac is None:
            return Break(link.id, f"row {link.id} has no seal")
        if not same(link.mac, seal_row(self._key, self.at.mac, link.id, link.content)):
            return Break(
                link.id,
                f"row {link.id} is not what was sealed here: it was changed, put in "
                f"or moved, {OTHER_KEY}",
            )
        if link.id in self._known and not same(link.mac, self._known[link.id]):
            return Break(link.id, f"row {link.id} is not the one that was noted")
        return None

    def end(self, head: Head | None) -> Break | None:
        """Return what is wrong at the end; *head* is where the chain should reach."""
        if self.broken is not None:
            return self.broken
        furthest = max([*self._known, head.id if head else 0])
        if self.at.id < furthest:
            lost = f"rows {self.at.id + 1} to {furthest} were cut off"
            return Break(self.at.id + 1, lost)
        if head is None:
            return Break(None, "the head of the chain is gone")
        return None


def _back(link: Link) -> Break:
    return Break(link.id, f"row {link.id} was removed, and is there again")


def _seal(key: bytes, *parts: Any) -> str:
    return hmac.new(key, _canonical(parts), sha256).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(
        value, separators=(",", ":"), sort_keys=True, allow_nan=False
    ).encode("ascii")
