"""How queues stood, moment after moment, as the services see it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from airq_cron.domain.period import Period
from airq_cron.domain.trend import Snapshot


class Snapshots(Protocol):
    """The book of scores and backlogs; losing it loses no run."""

    def keep(self, found: Mapping[str, Snapshot], ttl: timedelta) -> int:
        """
        Keep how each queue stood, for *ttl*; return how many were new.

        Of one queue and instant the first that comes stays, whoever judged.

        Raises:
            UnreachableError: it does not answer; some may have been kept.
        """

    def between(self, queue: str, period: Period) -> Sequence[Snapshot]:
        """Return those within *period*, oldest first; raises UnreachableError."""
