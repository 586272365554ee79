"""Keep the score and the backlog of every queue, for its trend."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from airq_cron.domain.period import slot_of
from airq_cron.domain.trend import Snapshot
from airq_cron.ports import Snapshots
from airq_cron.services.read_queue_health import QueueHealth


class ScoreKeeper:
    """
    Keeps one score a queue and interval; any number of them keep at once.

    Args:
        interval: how often; the instants are multiples of it since the epoch, so
            that two beats mean the same ones, and the first to come stays.
        kept: for how long.
    """

    def __init__(
        self, snapshots: Snapshots, *, interval: timedelta, kept: timedelta
    ) -> None:
        self._snapshots = snapshots
        self._interval = interval
        self._kept = kept
        self._last: datetime | None = None

    def keep(self, queues: Iterable[QueueHealth], at: datetime) -> int:
        """
        Keep what was judged at *at*, once an interval; return how many were new.

        A queue that cannot be read is left out: it is a gap, not a zero.

        Raises:
            UnreachableError: where they are kept does not answer.
        """
        slot = slot_of(at, self._interval)
        if slot == self._last:
            return 0
        found = {
            line.name: Snapshot(
                slot, line.health.score, line.waiting, line.oldest_age_s
            )
            for line in queues
            if line.waiting is not None
        }
        new = self._snapshots.keep(found, self._kept) if found else 0
        self._last = slot
        return new
