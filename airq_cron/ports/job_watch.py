"""What the ledger says of all jobs at once, to those who watch them."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from airq_cron.domain.dropped import Dropped
from airq_cron.domain.job_facts import MissedRuns, Newest, Record, Span, Unstarted


class JobWatch(Protocol):
    """Each question is one statement, however many jobs and runs there are."""

    def unstarted(self) -> dict[str, Unstarted]:
        """
        Return, by job, the runs that have not started and could have.

        What waits for its time or for its predecessor is not among them, nor is a
        backfill.
        """

    def running_for(self) -> dict[str, Span]:
        """Return, by job, how long its run has been running that began first."""

    def missed_lately(self, since: datetime) -> dict[str, MissedRuns]:
        """
        Return, by job, what was noticed as missed at *since* or later.

        Of a job with an open alert about it, all of it from the alert's begin on.
        What was due before a job was last switched on was not missed.
        """

    def newest_carried_out(self, count: int) -> dict[str, Newest]:
        """
        Return, by job, the run of the newest fire time that was carried out.

        Args:
            count: of so many newest ones the failures are counted.
        """

    def asked_for_by_hand(self, since: datetime) -> dict[str, int]:
        """Return, by job, how many runs were asked for at *since* or later."""

    def records(self) -> dict[str, Record]:
        """Return, by job, what its runs came to, in its life and lately."""

    def dropped_during(self, flip_ids: Collection[str]) -> dict[str, Dropped]:
        """
        Return, by the id of an alert, the fire times since its begin without a run.

        Those of the job, or of all jobs of the queue or broker, that it is about;
        other alerts, and those in whose time nothing was dropped, are absent.
        """
