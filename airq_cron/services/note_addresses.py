"""Note from where tokens are used, without a write a call."""

import threading
from datetime import datetime, timedelta

from airq_cron.errors import StoreError
from airq_cron.ports import Store, Unit

RENEW_EVERY = timedelta(hours=1)
MOST_PAIRS = 10_000

Pair = tuple[str, str]


class AddressBook:
    """
    The tokens and addresses that one process has seen; bounded, the oldest give way.

    A pair is told to the database when it is seen first, and once an hour.
    """

    def __init__(self, store: Store, most: int = MOST_PAIRS) -> None:
        self._store = store
        self._most = most
        self._lock = threading.Lock()
        self._noted: dict[Pair, datetime] = {}
        self._due: dict[Pair, datetime] = {}

    def note(self, token_id: str, address: str, at: datetime) -> None:
        """Note that a token is used from *address* at *at*."""
        pair = (token_id, address)
        with self._lock:
            noted_at = self._noted.get(pair)
            if noted_at is not None and at - noted_at < RENEW_EVERY:
                return
            if len(self._due) >= self._most:
                return
            self._noted.pop(pair, None)
            if len(self._noted) >= self._most:
                del self._noted[next(iter(self._noted))]
            self._noted[pair] = self._due[pair] = at

    def flush(self) -> None:
        """
        Tell the database what is new; idempotent.

        Raises:
            StoreError: it did not take it; it is kept for the next time.
        """
        with self._lock:
            due, self._due = self._due, {}
        if not due:
            return

        def work(unit: Unit) -> None:
            for (token_id, address), at in sorted(due.items()):
                unit.calls.note_address(token_id, address, at)

        try:
            self._store.write(work, patience_s=0)
        except StoreError:
            with self._lock:
                self._due = due | self._due
            raise
