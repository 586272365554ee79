"""
What would help a queue: the evidence, the effect to expect, and the call that does it.

Nothing is recommended without a bottleneck. The reasons stand in
`docs/explanation/health.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil

from airq_cron.domain.bottleneck import Bottleneck, BottleneckKind
from airq_cron.domain.capacity import DRAIN_S, Capacity
from airq_cron.domain.health import Facts
from airq_cron.domain.limits import NOTICE_S
from airq_cron.domain.severity import Severity

# For so long, in minutes, a slow upstream is left alone.
LEAVE_ALONE_MIN = 10
NEXT_PRIORITY = {"low": "normal", "normal": "high"}
# A change of a job wants to know which version was seen; this stands for any.
ANY_VERSION = {"If-Match": "*"}
LOAD_KINDS = frozenset({BottleneckKind.QUEUE_BACKLOG, BottleneckKind.HIGH_WAIT_TIME})


class Action(StrEnum):
    """What is to be done."""

    START_WORKER = "start_worker"
    ADD_WORKERS = "add_workers"
    PAUSE_JOB = "pause_job"
    OPEN_BREAKER = "open_breaker"
    LIMIT_TIME = "limit_time"
    RAISE_PRIORITY = "raise_priority"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Request:
    """A call of the API that does it; the body is JSON."""

    method: str
    path: str
    body: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """
    One thing that would help.

    Attributes:
        bottlenecks: what it is against.
        evidence: figures, by names that end in their unit.
        request: what does it over HTTP; None where no request can, and then
            *command* is the line for a shell.
    """

    action: Action
    severity: Severity
    bottlenecks: tuple[BottleneckKind, ...]
    title: str
    evidence: Mapping[str, float | str | None]
    effect: str
    request: Request | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class FailingJob:
    """The job with the most dead letters in the window, and the last of them."""

    name: str
    failures: int
    last_error: str | None
    last_run: str


@dataclass(frozen=True, slots=True)
class SlowJob:
    """
    The job whose executions take longest of late.

    Attributes:
        provider: whom it asks; None when it asks nobody.
    """

    name: str
    mean_s: float
    p95_s: float
    time_limit_s: int
    soft_limit_s: int | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Starved:
    """The messages of one priority that wait while others are taken; of *job*."""

    priority: str
    age_s: float
    job: str | None


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is known of a queue, and of the jobs that it serves."""

    queue: str
    facts: Facts
    capacity: Capacity
    bottlenecks: tuple[Bottleneck, ...]
    failing: FailingJob | None = None
    slow: SlowJob | None = None
    starved: Starved | None = None

    def worst(self, *kinds: BottleneckKind) -> Severity:
        """Return how bad the worst bottleneck of these kinds is."""
        found = [one.severity for one in self.bottlenecks if one.kind in kinds]
        return min(found, key=lambda one: one.rank)

    def has(self, *kinds: BottleneckKind) -> tuple[BottleneckKind, ...]:
        """Return those of *kinds* that there are."""
        return tuple(one.kind for one in self.bottlenecks if one.kind in kinds)


def recommend(situation: Situation) -> tuple[Recommendation, ...]:
    """Return what would help, the most urgent first; nothing when all is well."""
    found = [*_workers(situation), *_failures(situation), *_slowness(situation)]
    return tuple(sorted(found, key=lambda one: one.severity.rank))


def _workers(found: Situation) -> Iterator[Recommendation]:
    kinds = found.has(*LOAD_KINDS)
    if not kinds:
        return
    needed, workers = found.capacity.workers_needed, found.capacity.workers
    if workers == 0:
        yield _start(found, kinds, max(1, needed or 1))
    elif _starves(found) and found.starved is not None:
        yield _raise_priority(found, kinds, found.starved)
    elif needed is not None and workers is not None and needed > workers:
        yield _add(found, kinds, needed, workers)
    else:
        yield _look(
            found, kinds, f"airq runs list --queue {found.queue} --state running"
        )


def _starves(found: Situation) -> bool:
    """Say whether workers have time, but not for the priority that waits."""
    drain_s = found.capacity.drain_s
    shrinks = drain_s is not None and drain_s <= DRAIN_S
    return found.starved is not None and (
        shrinks or not found.has(BottleneckKind.QUEUE_BACKLOG)
    )


def _load_evidence(found: Situation) -> dict[str, float | str | None]:
    capacity = found.capacity
    return {
        "waiting": found.facts.waiting,
        "oldest_age_s": found.facts.oldest_age_s,
        "arrival_rate_per_s": capacity.arrival_rate,
        "service_rate_per_s": capacity.service_rate,
        "utilisation": capacity.utilisation,
        "workers": capacity.workers,
        "workers_needed": capacity.workers_needed,
        "drain_s": capacity.drain_s,
    }


def _worker_line(queue: str, count: int) -> str:
    return f"celery -A workers.app worker --concurrency {count} --queues {queue}"


def _start(
    found: Situation, kinds: tuple[BottleneckKind, ...], count: int
) -> Recommendation:
    return Recommendation(
        action=Action.START_WORKER,
        severity=found.worst(*kinds),
        bottlenecks=kinds,
        title=f"Start a worker: none takes from {found.queue}",
        evidence=_load_evidence(found),
        effect=f"The {found.facts.waiting} messages that wait are taken; with {count} "
        "processes, as far as their speed is known, within 5 minutes.",
        command=_worker_line(found.queue, count),
    )


def _add(
    found: Situation, kinds: tuple[BottleneckKind, ...], needed: int, workers: int
) -> Recommendation:
    more = needed - workers
    now = found.capacity.drain_s
    before = "never" if now is None else f"in {now:.0f} s"
    return Recommendation(
        action=Action.ADD_WORKERS,
        severity=found.worst(*kinds),
        bottlenecks=kinds,
        title=f"Run {more} more processes for {found.queue}: {needed} in place of "
        f"{workers}",
        evidence=_load_evidence(found),
        effect=f"The backlog is gone within 5 minutes; as it is, {before}.",
        command=_worker_line(found.queue, more),
    )


def _raise_priority(
    found: Situation, kinds: tuple[BottleneckKind, ...], starved: Starved
) -> Recommendation:
    higher = NEXT_PRIORITY[starved.priority]
    request, command = None, f"airq runs list --queue {found.queue} --state queued"
    if starved.job is not None:
        path = f"/cron/jobs/{starved.job}"
        request = Request("PATCH", path, {"priority": higher}, ANY_VERSION)
        command = f"airq jobs update {starved.job} --priority {higher}"
    return Recommendation(
        action=Action.RAISE_PRIORITY,
        severity=found.worst(*kinds),
        bottlenecks=kinds,
        title=f"Raise the priority of {starved.job or 'what waits'} to {higher}: "
        f"what is {starved.priority} starves",
        evidence=_load_evidence(found)
        | {"priority": starved.priority, "starved_s": starved.age_s},
        effect=f"Its next runs wait among those of priority {higher}, in the order in "
        "which they came; what is queued already keeps its place.",
        request=request,
        command=command,
    )


def _failures(found: Situation) -> Iterator[Recommendation]:
    kinds = found.has(BottleneckKind.HIGH_FAILURE_RATE)
    if not kinds:
        return
    job = found.failing
    if job is None:
        yield _look(found, kinds, f"airq runs list --queue {found.queue} --limit 20")
        return
    ended = found.facts.succeeded + found.facts.failed
    failed = max(0, found.facts.failed - job.failures)
    rest = max(1, ended - job.failures)
    yield Recommendation(
        action=Action.PAUSE_JOB,
        severity=found.worst(*kinds),
        bottlenecks=kinds,
        title=f"Pause {job.name} until its error is understood",
        evidence={
            "failure_rate": found.facts.failure_rate,
            "ended": ended,
            "failures_of_job": job.failures,
            "last_error": job.last_error,
            "last_run": job.last_run,
        },
        effect=f"The failure rate falls to {failed / rest:.0%}; the job's fire times "
        "pass without a run until it is resumed.",
        request=Request(
            "POST",
            f"/cron/jobs/{job.name}/pause",
            {"note": f"{job.failures} failures in an hour"},
        ),
        command=f"airq runs show {job.last_run}",
    )


def _slowness(found: Situation) -> Iterator[Recommendation]:
    kinds = found.has(BottleneckKind.SLOW_PROCESSING)
    if not kinds:
        return
    job = found.slow
    if job is None:
        yield _look(
            found, kinds, f"airq runs list --queue {found.queue} --state running"
        )
    elif job.provider is not None:
        yield _leave_alone(found, kinds, job, job.provider)
    else:
        yield _limit_time(found, kinds, job)


def _slow_evidence(found: Situation, job: SlowJob) -> dict[str, float | str | None]:
    return {
        "mean_handling_s": found.facts.mean_handling_s,
        "executions": found.facts.handled,
        "job": job.name,
        "job_mean_s": job.mean_s,
        "job_p95_s": job.p95_s,
        "job_time_limit_s": job.time_limit_s,
        "utilisation": found.capacity.utilisation,
    }


def _leave_alone(
    found: Situation, kinds: tuple[BottleneckKind, ...], job: SlowJob, provider: str
) -> Recommendation:
    minutes = LEAVE_ALONE_MIN
    return Recommendation(
        action=Action.OPEN_BREAKER,
        severity=found.worst(*kinds),
        bottlenecks=kinds,
        title=f"Leave {provider} alone for {minutes} minutes: it answers slowly",
        evidence=_slow_evidence(found, job) | {"provider": provider},
        effect="Fetches are skipped at once instead of holding a worker for "
        f"{job.mean_s:.0f} s each; the hours are fetched when the breaker closes.",
        request=Request(
            "POST",
            f"/cron/breakers/{provider}/open",
            {"reason": "it answers slowly", "minutes": minutes},
        ),
        command=f"airq breaker open {provider} --minutes {minutes} "
        "--reason 'it answers slowly'",
    )


def _limit_time(
    found: Situation, kinds: tuple[BottleneckKind, ...], job: SlowJob
) -> Recommendation:
    limit_s = ceil(max(job.p95_s, job.mean_s) * 1.5)
    if limit_s >= job.time_limit_s:
        return _look(found, kinds, f"airq runs list --job {job.name} --limit 20")
    body: dict[str, str | int] = {"time_limit_s": limit_s}
    options = f"--time-limit-s {limit_s}"
    if job.soft_limit_s is not None and job.soft_limit_s >= limit_s:
        soft_s = max(1, limit_s - NOTICE_S)
        body["soft_limit_s"] = soft_s
        options += f" --soft-limit-s {soft_s}"
    return Recommendation(
        action=Action.LIMIT_TIME,
        severity=found.worst(*kinds),
        bottlenecks=kinds,
        title=f"End runs of {job.name} after {limit_s} s instead of "
        f"{job.time_limit_s} s",
        evidence=_slow_evidence(found, job),
        effect=f"One that hangs holds a worker for at most {limit_s} s; nineteen of "
        f"twenty end within {job.p95_s:.0f} s by themselves.",
        request=Request("PATCH", f"/cron/jobs/{job.name}", body, ANY_VERSION),
        command=f"airq jobs update {job.name} {options}",
    )


def _look(
    found: Situation, kinds: tuple[BottleneckKind, ...], command: str
) -> Recommendation:
    """Where the figures do not say what would help, say where to look."""
    return Recommendation(
        action=Action.LOOK,
        severity=found.worst(*kinds),
        bottlenecks=kinds,
        title=f"See what holds {found.queue} up",
        evidence=_load_evidence(found),
        effect="Nothing changes by looking; the figures do not say what would help.",
        command=command,
    )
