"""When the watcher looks: in its rounds, and sooner when something seems to change."""

from datetime import datetime, timedelta

from airq_cron.domain.period import slot_of
from airq_cron.errors import AirqError
from airq_cron.ports import Heartbeats

# Which queues somebody takes from; None when nobody knows.
Sight = frozenset[str] | None
NOTHING: frozenset[str] = frozenset()
# A glance costs Redis two commands.
GLANCE_S = 5.0
# What was seen once is looked at again after so long: longer than a worker restarts.
AGAIN_S = 20.0


def glance(heartbeats: Heartbeats) -> Sight:
    """Return which queues living workers take from, or None without an answer."""
    try:
        alive = heartbeats.alive()
    except (AirqError, OSError):
        return None
    queues = [beat.detail.get("queues", ()) for beat in alive if beat.role == "worker"]
    return NOTHING.union(*queues)


class Rounds:
    """
    Says when a look is due.

    Each interval has one, near its beginning: the intervals are multiples since the
    epoch, so that none is left out. Another one is due at once when other queues have
    workers than at the last glance, and after *again_s* when the last look failed, or
    saw what it does not believe yet. So a fleet that dies is noticed within a minute,
    though all is looked at only once in it.

    Args:
        again_s: the shortest pause before a look for that reason.
    """

    def __init__(self, interval: timedelta, again_s: float = AGAIN_S) -> None:
        self._interval = interval
        self._again_s = min(again_s, interval.total_seconds())
        self._slot: datetime | None = None
        self._sight: Sight = NOTHING
        self._looked_s = 0.0
        self._unsure = False

    def is_due(self, at: datetime, now_s: float, sight: Sight) -> bool:
        """
        Say whether to look at *at*, and count it as looked until `done` says more.

        Args:
            now_s: a clock that never goes back.
            sight: what a glance saw.
        """
        slot = slot_of(at, self._interval)
        again = self._unsure and now_s - self._looked_s >= self._again_s
        if slot == self._slot and sight == self._sight and not again:
            return False
        self._slot, self._sight, self._looked_s = slot, sight, now_s
        self._unsure = True
        return True

    def done(self, *, unsure: bool) -> None:
        """Say that the look succeeded, and whether to look again soon."""
        self._unsure = unsure
