"""What a worker's main process counts of the tasks that its children do."""

import logging
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from airq_cron.domain.job import Queue
from airq_cron.domain.run import State
from airq_cron.domain.tally import DROPPED, REFUSED
from airq_cron.errors import AirqError
from airq_cron.ports import Batch, Counters
from airq_cron.ports.broker import ENQUEUED_HEADER

# What a child answers, as Celery hands it on: the representation of a text.
OUTCOMES = {repr(state.value): state.value for state in State}
OUTCOMES |= {state.value: state.value for state in State}
KNOWN = frozenset(queue.value for queue in Queue)
# So often a worker without work says that it is counting.
MARK_EVERY_S = 10.0
LOG = logging.getLogger("airq.counting")


class Gatherer:
    """
    Gathers counts in memory, and writes them when it is told to.

    Celery's main thread counts, the keeper's thread writes. What could not be
    written is kept and tried again, so a broker that comes back loses nothing.
    """

    current: ClassVar["Gatherer | None"] = None

    def __init__(
        self, counters: Counters, queues: Iterable[str], *, histograms: bool = True
    ) -> None:
        self._counters = counters
        self._queues = sorted(KNOWN.intersection(queues))
        self._histograms = histograms
        self._batch = Batch()
        self._unsent: Batch | None = None
        self._lock = threading.Lock()
        self._marked_at: datetime | None = None

    def took(self, queue: str, at_s: float, headers: dict[str, Any]) -> None:
        """
        Count that a child took a message at *at_s*, in seconds since the epoch.

        A message without our header, or with one that is no number, has no dwell.
        """
        sent_s = headers.get(ENQUEUED_HEADER)
        if not self._histograms or queue not in KNOWN:
            return
        if not isinstance(sent_s, int | float):
            return
        dwell = timedelta(seconds=at_s - sent_s)
        with self._lock:
            self._batch.of(queue, datetime.fromtimestamp(at_s, UTC)).took(dwell)

    def done(
        self, queue: str, outcome: str, ended_s: float, runtime_s: float | None
    ) -> None:
        """Count that a message was done with; *runtime_s* is None if none began."""
        if queue not in KNOWN:
            return
        with self._lock:
            tally = self._batch.of(queue, datetime.fromtimestamp(ended_s, UTC))
            tally.counts[outcome] += 1
            if runtime_s is not None and self._histograms:
                tally.handled(timedelta(seconds=runtime_s))

    def refused(self, queue: str, at_s: float) -> None:
        """
        Count a message that was not ours.

        What it says of its queue is as little to be believed as the rest: if this
        worker does not take from it, it counts for the first that it takes from.
        """
        known = queue if queue in self._queues else self._queues[0]
        self.done(known, REFUSED, at_s, None)

    def flush(self, at: datetime) -> None:
        """Write what was gathered; a broker that is away is tried again next time."""
        with self._lock:
            self._mark(at)
        try:
            while (batch := self._next()) is not None:
                self._counters.flush(batch)
                self._unsent = None
        except AirqError as error:
            LOG.warning("%s", error, extra={"action": "counting_failed"})

    def _next(self) -> Batch | None:
        """Return what is to be written, and keep it until it is."""
        if self._unsent is None:
            with self._lock:
                if self._batch:
                    self._unsent, self._batch = self._batch, Batch()
        return self._unsent

    def _mark(self, at: datetime) -> None:
        due = timedelta(seconds=MARK_EVERY_S)
        if self._batch or self._marked_at is None or at - self._marked_at >= due:
            self._marked_at = at
            for queue in self._queues:
                self._batch.of(queue, at)


def outcome_of(answer: Any) -> str:
    """Return the state that a task answered with; nothing means it was dropped."""
    return OUTCOMES.get(answer, DROPPED) if isinstance(answer, str) else DROPPED
