"""Everything at once, from fakes."""

from collections.abc import Iterable
from datetime import datetime

from airq_cron.domain.job import Queue
from airq_cron.domain.period import Period
from airq_cron.ports import Counters, Heartbeats, Queues, Sighting


class MemoryLookout:
    """Looks at the fakes one by one; of breakers it knows none."""

    def __init__(
        self, queues: Queues, heartbeats: Heartbeats, counters: Counters
    ) -> None:
        self._queues = queues
        self._heartbeats = heartbeats
        self._counters = counters

    def look(
        self, at: datetime, *, breakers: Iterable[str] = (), counted: Period | None
    ) -> Sighting:
        """Return what they say; raises UnreachableError when one is broken."""
        del breakers
        states, alive = self._queues.states(at), self._heartbeats.alive()
        if counted is None:
            return Sighting(states, alive, {}, {})
        names = [queue.value for queue in Queue]
        counts = {name: self._counters.window(name, counted) for name in names}
        return Sighting(states, alive, {}, counts)
