"""Backfills, as the services see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from airq_cron.domain.backfill import Backfill


class Backfills(Protocol):
    """What was asked for; their runs are in the ledger, under their origin."""

    def add(self, backfill: Backfill) -> bool:
        """Enter *backfill*; say False when its id is known: nothing is changed."""

    def get(self, backfill_id: str) -> Backfill:
        """Return one backfill; raises NotFoundError."""

    def lock(self, backfill_id: str) -> Backfill:
        """
        Return one backfill that nobody changes before the transaction ends.

        None of its runs is released meanwhile.

        Raises:
            NotFoundError: no such backfill.
        """

    def find(
        self, job: str | None, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[Backfill]:
        """Return backfills, newest first, after the cursor (created_at, id)."""

    def mark_entered(self, backfill_id: str, at: datetime) -> None:
        """Note that all its runs are in the ledger, so that they may start."""

    def mark_cancelled(self, backfill_id: str, at: datetime) -> None:
        """Note that it was called off: none of its runs is released any more."""

    def cancel_runs(self, backfill_id: str, limit: int) -> list[str]:
        """
        Cancel at most *limit* of its unfinished runs, oldest first.

        To be called until fewer come back, so that no transaction lasts long.

        Returns:
            The ids of the runs, and of their parts.
        """

    def counts(self, backfills: Sequence[Backfill]) -> dict[str, dict[str, int]]:
        """Return, by id, the counts by state of the runs that are kept."""
