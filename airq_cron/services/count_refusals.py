"""Count calls that were refused to nobody in particular, and seal the counts."""

import threading
from datetime import datetime

from airq_cron.domain.refusal import OTHERS, Refusals, RefusalTally, sealed_before
from airq_cron.errors import StoreError
from airq_cron.ports import AuditEntry, Store, Unit
from airq_cron.services.record_refusal import REFUSED

NOBODY = "nobody"
SUBJECT = "api"
BATCH = 500


class RefusalCount:
    """
    What one process refused since it last told the database.

    Noting takes no call to the database; a flood costs one transaction a flush,
    and at most so many rows as `RefusalTally` holds.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tally = RefusalTally()
        self._lock = threading.Lock()

    def note(self, at: datetime, sender: str, status: int) -> None:
        """Count one refused call."""
        with self._lock:
            self._tally.note(at, sender, status)

    def flush(self) -> int:
        """
        Add what was counted to the database's sums; return how many calls.

        A commit whose answer is lost is done again: its calls count twice then.

        Raises:
            StoreError: the database did not take it; it is kept for the next time.
        """
        with self._lock:
            taken = self._tally.take()
        if not taken:
            return 0
        try:
            self._store.write(lambda unit: unit.calls.add_refusals(taken), patience_s=0)
        except StoreError:
            with self._lock:
                self._tally.give_back(taken)
            raise
        return sum(one.calls for one in taken)


def seal_refusals(store: Store, at: datetime) -> int:
    """
    Write a row of the trail for each sender and minute that is over at *at*.

    Whoever does it first: sums leave their table in the transaction that seals
    them. Any process may, again and again; without any it writes nothing.

    Returns:
        How many rows were written.
    """
    before = sealed_before(at)
    with store.read() as unit:
        if not unit.calls.has_refusals(before):
            return 0
    written = 0
    while True:
        count = store.write(lambda unit: _seal(unit, before))
        written += count
        if count < BATCH:
            return written


def _seal(unit: Unit, before: datetime) -> int:
    taken = unit.calls.take_refusals(before, BATCH)
    for one in taken:
        unit.audit.record(_entry(one))
    return len(taken)


def _entry(one: Refusals) -> AuditEntry:
    others = "many further addresses; " if one.sender == OTHERS else ""
    return AuditEntry(
        NOBODY,
        REFUSED,
        SUBJECT,
        note=others + str(one),
        address=one.sender or None,
        calls=one.calls,
        at=one.minute,
    )
