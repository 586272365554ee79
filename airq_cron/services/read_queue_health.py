"""Read how healthy each queue is, from what it did in the last hour."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.bottleneck import Bottleneck, find_bottlenecks
from airq_cron.domain.capacity import Capacity, Load, estimate
from airq_cron.domain.health import Facts, Health, Limits, gather, judge
from airq_cron.domain.job import Queue
from airq_cron.domain.period import Period
from airq_cron.domain.run import State
from airq_cron.domain.tally import Bin, observed
from airq_cron.errors import NotFoundError, UnreachableError
from airq_cron.ports import (
    Counters,
    Heartbeat,
    Heartbeats,
    Queues,
    QueueState,
    Sighting,
    Store,
    Unit,
)

WINDOW = timedelta(hours=1)
# What comes in is told from so long: an hour would hide that it has doubled.
RATE_WINDOW = timedelta(minutes=15)
LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """
    One queue, its health, and what that was judged from.

    Attributes:
        waiting: None when the broker does not answer.
        in_flight: running runs, from the ledger.
        failure_rate: over the window; None when no run ended in it.
        facts: what it did in the window; of counts that were not collected only
            the backlog. None when the broker does not answer.
        capacity: what it can do; likewise.
        bottlenecks: what holds it up, the worst first.
    """

    name: str
    health: Health
    waiting: int | None
    oldest_age_s: float | None
    in_flight: int
    failure_rate: float | None
    facts: Facts | None
    capacity: Capacity | None
    bottlenecks: tuple[Bottleneck, ...]


@dataclass(frozen=True, slots=True)
class QueuesHealth:
    """Every queue at one moment."""

    queues: tuple[QueueHealth, ...]
    as_of: datetime

    @property
    def bottlenecks(self) -> tuple[Bottleneck, ...]:
        """What holds any of them up, the worst first."""
        found = [one for queue in self.queues for one in queue.bottlenecks]
        return tuple(sorted(found, key=lambda one: one.severity.rank))


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
    heartbeats: Heartbeats
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

    def counted(self, at: datetime) -> Period | None:
        """Return of when the minutes are that count at *at*; None: none do."""
        # The minute that has begun belongs to it: what just failed is seen at once.
        period = Period(at - WINDOW, at + timedelta(microseconds=1))
        return period if self.collects else None

    def judge_seen(
        self, seen: Sighting | None, running: Mapping[str, int], at: datetime
    ) -> QueuesHealth:
        """
        Return every queue as it was *seen*, None: not at all.

        Args:
            running: runs by queue, at the same moment.
        """
        names = [queue.value for queue in Queue]
        states = {one.name: one for one in seen.queues} if seen else {}
        workers = _workers(seen.alive) if seen else None
        bins = seen.counts if seen else {}
        lines = [
            self._line(name, states.get(name), bins.get(name, ()), running, workers, at)
            for name in names
        ]
        return QueuesHealth(tuple(lines), at)

    def _look(self, names: Sequence[str]) -> QueuesHealth:
        with self.store.read() as unit:
            now = unit.runs.now()
            running = count_running(unit)
        states, workers = self._states(now), self._workers()
        # Without its state the counts of a queue say nothing, and are not asked for.
        bins = {name: self._bins(name, now) for name in names if name in states}
        lines = [
            self._line(
                name, states.get(name), bins.get(name, ()), running, workers, now
            )
            for name in names
        ]
        return QueuesHealth(tuple(lines), now)

    def _line(
        self,
        name: str,
        state: QueueState | None,
        bins: Sequence[Bin | None],
        running: Mapping[str, int],
        workers_of: Mapping[str, int] | None,
        now: datetime,
    ) -> QueueHealth:
        in_flight = running.get(name, 0)
        workers = None if workers_of is None else workers_of.get(name, 0)
        if state is None:
            nothing = judge(None, self.limits)
            return QueueHealth(
                name, nothing, None, None, in_flight, None, None, None, ()
            )
        facts = gather(bins, state.waiting, state.oldest_age_s)
        # The backlog is seen also where nobody counts.
        seen = facts or Facts(waiting=state.waiting, oldest_age_s=state.oldest_age_s)
        recent = [one for one in bins if one and one.start > now - RATE_WINDOW]
        load = Load(
            arrivals=sum(one.arrivals for one in recent),
            observed_s=observed(recent, now) / timedelta(seconds=1),
            mean_handling_s=seen.mean_handling_s,
            waiting=state.waiting,
            workers=workers,
        )
        return QueueHealth(
            name=name,
            health=judge(facts, self.limits),
            waiting=state.waiting,
            oldest_age_s=state.oldest_age_s,
            in_flight=in_flight,
            failure_rate=None if facts is None else facts.failure_rate,
            facts=seen,
            capacity=estimate(load),
            bottlenecks=find_bottlenecks(name, seen, self.limits, workers=workers),
        )

    def _states(self, now: datetime) -> dict[str, QueueState]:
        try:
            return {state.name: state for state in self.queues.states(now)}
        except UnreachableError:
            return {}

    def _workers(self) -> Counter[str] | None:
        try:
            return _workers(self.heartbeats.alive())
        except UnreachableError:
            return None

    def _bins(self, name: str, now: datetime) -> Sequence[Bin | None]:
        period = self.counted(now)
        try:
            return () if period is None else self.counters.window(name, period)
        except UnreachableError:
            return ()


def _workers(alive: Iterable[Heartbeat]) -> Counter[str]:
    """Return how many processes take from each queue."""
    found: Counter[str] = Counter()
    for beat in alive:
        if beat.role == "worker":
            children = int(beat.detail.get("children", 1))
            found.update(dict.fromkeys(beat.detail.get("queues", ()), children))
    return found


def count_running(unit: Unit) -> Counter[str]:
    """Return how many runs of each queue hold a lease."""
    found: Counter[str] = Counter()
    for (queue, state), count in unit.runs.count_by_state().items():
        if state == State.RUNNING:
            found[queue] += count
    return found


def check_queue(name: str) -> None:
    """Raise NotFoundError, which tells the queues there are, for any other *name*."""
    known = [queue.value for queue in Queue]
    if name not in known:
        raise NotFoundError("queue", f"{name}; there are {', '.join(known)}")
