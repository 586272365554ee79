"""Calls that were made with a key, as the services see them."""

from datetime import datetime
from typing import Protocol

from airq_cron.domain.idempotency import FirstCall, IdempotencyKey


class IdempotencyKeys(Protocol):
    """The first call with each key; kept for a week, until a cleanup."""

    def find(self, key: IdempotencyKey) -> FirstCall | None:
        """Return the first call with *key*, None when there was none."""

    def keep(self, key: IdempotencyKey, *, made: str, at: datetime) -> FirstCall | None:
        """
        Keep a call as the first one, or return the one that was.

        Who comes at the same moment waits until the other transaction has ended.
        """

    def replace(self, key: IdempotencyKey, *, made: str) -> None:
        """Let the call with *key* stand for something else, with its own body."""
