"""Keep the score and the backlog of every queue, for its trend."""

from datetime import datetime, timedelta

from airq_cron.domain.period import EPOCH
from airq_cron.domain.trend import Snapshot
from airq_cron.ports import Snapshots
from airq_cron.services.read_queue_health import HealthDesk


class ScoreKeeper:
    """
    Keeps one score a queue and interval; any number of them keep at once.

    Args:
        interval: how often; the instants are multiples of it since the epoch, so
            that two beats mean the same ones, and the first to come stays.
        kept: for how long.
    """

    def __init__(
        self,
        desk: HealthDesk,
        snapshots: Snapshots,
        *,
        interval: timedelta,
        kept: timedelta,
    ) -> None:
        self._desk = desk
        self._snapshots = snapshots
        self._interval = interval
        self._kept = kept
        self._last: datetime | None = None

    def look(self, at: datetime) -> int:
        """
        Judge once an interval; return how many scores were new.

        A queue that cannot be read is left out: it is a gap, not a zero.

        Raises:
            UnreachableError: where they are kept does not answer.
            StoreError: the database does not answer.
        """
        slot = EPOCH + (at - EPOCH) // self._interval * self._interval
        if slot == self._last:
            return 0
        found = {
            line.name: Snapshot(
                slot, line.health.score, line.waiting, line.oldest_age_s
            )
            for line in self._desk.every().queues
            if line.waiting is not None
        }
        new = self._snapshots.keep(found, self._kept) if found else 0
        self._last = slot
        return new
