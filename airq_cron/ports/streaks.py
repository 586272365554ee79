"""Runs that fail one after the other, as the services see them."""

from datetime import datetime
from typing import Protocol

from airq_cron.domain.run import Run


class Streaks(Protocol):
    """What the ledger knows of jobs that may be failing again and again."""

    def failing_jobs(self) -> set[str]:
        """Return the jobs of which this transaction has ended a run as a failure."""

    def last_carried_out(
        self, job: str, *, since: datetime | None, limit: int
    ) -> list[Run]:
        """
        Return the scheduled runs that were carried out, newest fire time first.

        Those are `succeeded`, `failed` or `dead`; the others say nothing of the
        job's work.

        Args:
            since: only those due after it.
        """
