"""Say what would help a queue, from its health and from the jobs that it serves."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airq_cron.domain.bottleneck import BottleneckKind
from airq_cron.domain.job import Job, Priority
from airq_cron.domain.recommendation import (
    FailingJob,
    Recommendation,
    Situation,
    SlowJob,
    Starved,
    recommend,
)
from airq_cron.domain.run import Run, State
from airq_cron.errors import ConflictError, UnreachableError
from airq_cron.ports import JobFigures, LetterFilter, Queues, RunFilter, Store, Unit
from airq_cron.services.read_queue_health import WINDOW, HealthDesk, QueueHealth

# So many rows are looked at, whatever has piled up.
MOST_LETTERS = 200
MOST_QUEUED = 200
MOST_JOBS = 20
HOUR = timedelta(hours=1)
FETCH = "fetch"
# The first is taken first.
RANKS = (Priority.HIGH.value, Priority.NORMAL.value, Priority.LOW.value)


@dataclass(frozen=True, slots=True)
class Advice:
    """What would help a queue; nothing when all is well."""

    health: QueueHealth
    items: tuple[Recommendation, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Adviser:
    """
    Who says what would help; nothing is changed by asking.

    Attributes:
        provider: whom fetches ask first.
        off: the flag that switches off what recommendations rest on; None when
            there is none.
    """

    desk: HealthDesk
    provider: Callable[[], str | None]
    off: str | None = None

    def advise(self, name: str) -> Advice:
        """
        Return what would help the queue *name*.

        Raises:
            NotFoundError: no such queue; tells those there are.
            ConflictError: a flag switches off what it would rest on.
        """
        desk = self.desk
        health = desk.one(name)
        refuse_when_off(self.off, "recommendations")
        with desk.store.read() as unit:
            now = unit.runs.now()
        if health.facts is None or health.capacity is None or not health.bottlenecks:
            return Advice(health, (), now)
        kinds = {one.kind for one in health.bottlenecks}
        failing = slow = starved = None
        with desk.store.read() as unit:
            if BottleneckKind.HIGH_FAILURE_RATE in kinds:
                failing = _failing(unit, name, now)
            if BottleneckKind.SLOW_PROCESSING in kinds:
                slow = _slow(unit, name, now, self.provider)
        if BottleneckKind.HIGH_WAIT_TIME in kinds:
            starved = _starved(desk.store, desk.queues, name, now)
        situation = Situation(
            queue=name,
            facts=health.facts,
            capacity=health.capacity,
            bottlenecks=health.bottlenecks,
            failing=failing,
            slow=slow,
            starved=starved,
        )
        return Advice(health, recommend(situation), now)


def refuse_when_off(off: str | None, what: str) -> None:
    """Raise ConflictError, with the reason, when the flag *off* is given."""
    if off is not None:
        raise ConflictError(
            f"{off} is false, so nothing is kept that {what} could be made from; "
            "set it to true, and ask again after some minutes"
        )


def _failing(unit: Unit, queue: str, now: datetime) -> FailingJob | None:
    """Return the job with the most dead letters of the window's runs."""
    found = [
        run
        for run in unit.runs.find_dead_letters(
            LetterFilter(since=now - WINDOW), limit=MOST_LETTERS, after=None
        )
        if run.queue == queue
    ]
    if not found:
        return None
    ((name, count),) = Counter(run.job for run in found).most_common(1)
    last = next(run for run in found if run.job == name)
    return FailingJob(name, count, last.error or last.reason, last.id)


def _slow(
    unit: Unit, queue: str, now: datetime, provider: Callable[[], str | None]
) -> SlowJob | None:
    """Return the job whose executions took longest in this hour and the last."""
    figures = unit.jobs.figures(now)
    timed = [
        (length_ms, job)
        for job in unit.jobs.all()
        if job.queue == queue
        and (length_ms := figures.get(job.name, JobFigures()).duration_ms.get("p95"))
    ]
    timed.sort(key=lambda pair: -pair[0])
    found = [
        slow
        for _, job in timed[:MOST_JOBS]
        if (slow := _lately(unit, job, now, provider)) is not None
    ]
    return max(found, key=lambda one: one.mean_s, default=None)


def _lately(
    unit: Unit, job: Job, now: datetime, provider: Callable[[], str | None]
) -> SlowJob | None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    for start in (hour, hour - HOUR):
        known = unit.jobs.hour_figures(job.name, start)
        lengths = known.duration_ms if known is not None else {}
        mean_ms, p95_ms = lengths.get("avg"), lengths.get("p95")
        if mean_ms is not None and p95_ms is not None:
            return SlowJob(
                name=job.name,
                mean_s=mean_ms / 1000,
                p95_s=p95_ms / 1000,
                time_limit_s=job.time_limit_s,
                soft_limit_s=job.soft_limit_s,
                provider=provider() if job.kind == FETCH else None,
            )
    return None


def _starved(store: Store, queues: Queues, queue: str, now: datetime) -> Starved | None:
    """Return the priority whose oldest message waits though others come later."""
    try:
        heads = queues.oldest()
    except UnreachableError:
        return None
    ages = {
        priority: now - sent_at
        for (name, priority), sent_at in heads.items()
        if name == queue and sent_at is not None
    }
    passed = _passed_over(ages)
    if not passed:
        return None
    oldest = max(passed, key=lambda priority: ages[priority])
    with store.read() as unit:
        waiting = unit.runs.find(
            RunFilter(queue=queue, state=State.QUEUED), limit=MOST_QUEUED, after=None
        )
    return Starved(oldest, ages[oldest].total_seconds(), _job_of(waiting, oldest))


def _passed_over(ages: Mapping[str, timedelta]) -> list[str]:
    """Return the priorities that wait longer than a higher one that is taken first."""
    return [
        priority
        for rank, priority in enumerate(RANKS)
        if priority in ages
        and any(ages[one] < ages[priority] for one in RANKS[:rank] if one in ages)
    ]


def _job_of(waiting: Sequence[Run], priority: str) -> str | None:
    """Return whose runs of *priority* wait most; None when none is seen."""
    names = Counter(run.job for run in waiting if run.priority == priority)
    return names.most_common(1)[0][0] if names else None
