"""Read how healthy each queue is, from what it did in the last hour."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.health import Facts, Health, Limits, gather, judge
from airq_cron.domain.job import Queue
from airq_cron.domain.period import Period
from airq_cron.domain.run import State
from airq_cron.errors import NotFoundError, UnreachableError
from airq_cron.ports import Counters, Queues, QueueState, Store

WINDOW = timedelta(hours=1)
LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """
    One queue, its health, and what that was judged from.

    Attributes:
        waiting: None when the broker does not answer.
        in_flight: running runs, from the ledger.
        failure_rate: over the window; None when no run ended in it.
    """

    name: str
    health: Health
    waiting: int | None
    oldest_age_s: float | None
    in_flight: int
    failure_rate: float | None


@dataclass(frozen=True, slots=True)
class QueuesHealth:
    """Every queue at one moment."""

    queues: tuple[QueueHealth, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class HealthDesk:
    """
    Where people see how queues do; nothing is changed by looking.

    Attributes:
        collects: whether counts are collected at all; without, nothing is known.
    """

    store: Store
    queues: Queues
    counters: Counters
    collects: bool
    limits: Limits = LIMITS

    def every(self) -> QueuesHealth:
        """
        Return every queue; what cannot be read is unknown, not an error.

        Raises:
            StoreError: the database does not answer.
        """
        return self._look([queue.value for queue in Queue])

    def one(self, name: str) -> QueueHealth:
        """Return one queue; raises NotFoundError, which tells those there are."""
        check_queue(name)
        return self._look([name]).queues[0]

    def _look(self, names: Sequence[str]) -> QueuesHealth:
        with self.store.read() as unit:
            now = unit.runs.now()
            running: Counter[str] = Counter()
            for (queue, state), count in unit.runs.count_by_state().items():
                if state == State.RUNNING:
                    running[queue] += count
        states = self._states(now)
        lines = [
            self._line(name, states.get(name), running[name], now) for name in names
        ]
        return QueuesHealth(tuple(lines), now)

    def _line(
        self, name: str, state: QueueState | None, in_flight: int, now: datetime
    ) -> QueueHealth:
        facts = None if state is None else self._facts(state, now)
        return QueueHealth(
            name=name,
            health=judge(facts, self.limits),
            waiting=None if state is None else state.waiting,
            oldest_age_s=None if state is None else state.oldest_age_s,
            in_flight=in_flight,
            failure_rate=None if facts is None else facts.failure_rate,
        )

    def _states(self, now: datetime) -> dict[str, QueueState]:
        try:
            return {state.name: state for state in self.queues.states(now)}
        except UnreachableError:
            return {}

    def _facts(self, state: QueueState, now: datetime) -> Facts | None:
        if not self.collects:
            return None
        # The minute that has begun belongs to it: what just failed is seen at once.
        period = Period(now - WINDOW, now + timedelta(microseconds=1))
        try:
            bins = self.counters.window(state.name, period)
        except UnreachableError:
            return None
        return gather(bins, state.waiting, state.oldest_age_s)


def check_queue(name: str) -> None:
    """Raise NotFoundError, which tells the queues there are, for any other *name*."""
    known = [queue.value for queue in Queue]
    if name not in known:
        raise NotFoundError("queue", f"{name}; there are {', '.join(known)}")
