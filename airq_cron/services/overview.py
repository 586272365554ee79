"""Sum up everything that is known: jobs, queues, processes, data."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from airq_cron.domain.alert_rule import AlertRule
from airq_cron.domain.bottleneck import Bottleneck
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.health import Confidence
from airq_cron.domain.job import Job, Queue
from airq_cron.domain.measurement import Location, Origin
from airq_cron.domain.preference import FRESH
from airq_cron.domain.run import Run, State
from airq_cron.errors import UnreachableError
from airq_cron.ports import (
    Check,
    FetchState,
    Heartbeat,
    Heartbeats,
    IndexProvider,
    Provider,
    Queues,
    QueueState,
    Store,
    Unit,
)
from airq_cron.services.alert_rules import rules_in_force
from airq_cron.services.diagnose import Finding, Severity, find_warnings
from airq_cron.services.judge_alerts import Rules
from airq_cron.services.look_around import Finding as Observation
from airq_cron.services.look_around import (
    look_at_ages,
    look_at_backlogs,
    missing_roles,
    process_problems,
)
from airq_cron.services.look_at_breakers import describe, open_since
from airq_cron.services.read_breakers import BreakerLine
from airq_cron.services.read_queue_health import QueuesHealth

T = TypeVar("T")
LATE = timedelta(minutes=2)
BAD_ENDS = frozenset({State.FAILED, State.DEAD})


class Overall(StrEnum):
    """How the whole instance does."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job and the last of its runs that ended."""

    job: Job
    last_run: Run | None

    @property
    def next_run_at(self) -> datetime | None:
        """When it fires next; None when it is switched off."""
        return self.job.next_due_at if self.job.enabled else None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """
    One queue.

    Attributes:
        waiting: None when the broker does not answer.
        in_flight: running runs, from the ledger.
        consumers: names of the workers that take from it.
        score, confidence: how well it does; None and `none` when unknown.
        bottlenecks: what holds it up, the worst first.
    """

    name: str
    waiting: int | None
    oldest_age_s: float | None
    in_flight: int
    consumers: tuple[str, ...]
    score: float | None = None
    confidence: Confidence = Confidence.NONE
    bottlenecks: tuple[Bottleneck, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """
    How fresh the data of one location are.

    Attributes:
        newest_at: begin of its newest hour; None without data.
        age_s: seconds since then.
        last_fetch: what the last question to a provider came to.
    """

    location: Location
    newest_at: datetime | None
    age_s: int | None
    fresh: bool
    last_fetch: FetchState | None


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """A process that says it is alive, and the queues it takes from."""

    name: str
    role: str
    queues: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """
    An upstream that can be asked, and what its licence wants to be shown.

    Attributes:
        origin: None where it gives indices of its own only.
    """

    id: str
    origin: Origin | None
    attribution: str


@dataclass(frozen=True, slots=True)
class Overview:
    """
    The state of the instance at one moment.

    Attributes:
        reasons: sentences a person can act on; empty when all is well.
        warnings: what does not degrade anything yet, with what to do about it.
        health_check: the last one, by its job or because somebody asked for it.
    """

    state: Overall
    reasons: tuple[str, ...]
    warnings: tuple[Finding, ...]
    jobs: tuple[JobLine, ...]
    queues: tuple[QueueLine, ...]
    processes: tuple[ProcessLine, ...]
    locations: tuple[PlaceLine, ...]
    providers: tuple[ProviderLine, ...]
    breakers: tuple[BreakerLine, ...]
    health_check: Check | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What one read transaction gave."""

    now: datetime
    jobs: list[Job]
    last: dict[str, Run]
    running: Mapping[str, int]
    places: list[PlaceLine]
    refused: list[str]
    check: Check | None
    rules: Rules


def sum_up(
    store: Store,
    queues: Queues,
    heartbeats: Heartbeats,
    providers: Mapping[str, Provider | IndexProvider],
    *,
    breakers: Callable[[], Sequence[BreakerLine]] = tuple,
    health: Callable[[], QueuesHealth] | None = None,
) -> Overview:
    """
    Return the overview; a broker that is gone makes it `down`, not an error.

    Args:
        breakers: looks at them.
        health: judges the queues; left out, their scores are unknown.

    Raises:
        StoreError: the database does not answer.
    """
    with store.read() as unit:
        ledger = _read_ledger(unit, providers)
    fatal: list[str] = []
    states = _guarded(fatal, lambda: queues.states(ledger.now))
    alive = _guarded(fatal, heartbeats.alive)
    watched = None if fatal else alive
    guards = breakers()
    reasons = _process_reasons(watched, fatal) + _reasons(ledger, states)
    reasons += [describe(one) for one in guards if open_since(one) is not None]
    state = Overall.DEGRADED if reasons else Overall.OK
    return Overview(
        state=Overall.DOWN if fatal else state,
        reasons=tuple(fatal + reasons),
        warnings=(*find_warnings(alive or ()), *_local_breakers(guards)),
        jobs=tuple(JobLine(job, ledger.last.get(job.name)) for job in ledger.jobs),
        queues=tuple(_judged(_queue_lines(states, alive, ledger.running), health)),
        processes=tuple(
            ProcessLine(beat.name, beat.role, _consumed(beat), beat.at)
            for beat in alive or ()
        ),
        locations=tuple(ledger.places),
        providers=tuple(
            ProviderLine(one.id, getattr(one, "origin", None), one.attribution)
            for one in providers.values()
        ),
        breakers=tuple(guards),
        health_check=ledger.check,
        as_of=ledger.now,
    )


def _local_breakers(breakers: Sequence[BreakerLine]) -> Iterator[Finding]:
    if any(line.is_local for line in breakers):
        text = "Redis cannot be reached: each process has breakers of its own"
        fix = "until it is back, more calls may reach a failing provider"
        yield Finding("breakers", Severity.WARN, text, fix)


def _guarded(fatal: list[str], ask: Callable[[], list[T]]) -> list[T] | None:
    try:
        return ask()
    except UnreachableError as error:
        if str(error) not in fatal:
            fatal.append(str(error))
        return None


def _process_reasons(alive: Sequence[Heartbeat] | None, fatal: list[str]) -> list[str]:
    """Return what lacks; what stops everything goes to *fatal*."""
    if alive is None:
        return []
    dead = missing_roles(alive)
    fatal.extend(dead)
    return [] if dead else process_problems(alive)


def _reasons(ledger: _Ledger, states: Sequence[QueueState] | None) -> list[str]:
    waiting, old = (
        ledger.rules[kind] for kind in (FlipKind.QUEUE_BACKLOG, FlipKind.STALE_DATA)
    )
    places = [line.location for line in ledger.places]
    newest = {
        line.location.id: line.newest_at
        for line in ledger.places
        if line.newest_at is not None
    }
    found = look_at_backlogs(states or [], waiting.threshold or 0)
    reasons = _said(found, waiting) + job_problems(ledger.jobs, ledger.now)
    reasons += [
        f"the last run of {job.name} ended as {run.state.value}"
        for job in ledger.jobs
        if (run := ledger.last.get(job.name)) is not None and run.state in BAD_ENDS
    ]
    reasons += ledger.refused
    ages = look_at_ages(places, newest, ledger.now, hours=old.threshold or 0)
    reasons += _said(ages, old)
    reasons += [
        f"location {line.location.id} has no data yet"
        for line in ledger.places
        if line.location.enabled and line.newest_at is None
    ]
    return reasons


def _said(found: Iterable[Observation], rule: AlertRule) -> list[str]:
    """Return what alerts of *rule* would say."""
    return [one.message for one in found if one.holds and rule.enabled]


def job_problems(jobs: Sequence[Job], at: datetime) -> list[str]:
    """Return a sentence for each enabled job whose due time has passed unseen."""
    return [
        f"job {job.name} was due at {job.next_due_at.isoformat()}"
        for job in jobs
        if job.enabled and job.next_due_at is not None and at - job.next_due_at > LATE
    ]


def _read_ledger(unit: Unit, providers: Iterable[str]) -> _Ledger:
    now = unit.runs.now()
    running: Counter[str] = Counter()
    for (queue, state), count in unit.runs.count_by_state().items():
        if state == State.RUNNING:
            running[queue] += count
    newest: dict[str, datetime] = {}
    for one in unit.measurements.series():
        newest[one.location] = max(newest.get(one.location, one.last_at), one.last_at)
    fetches = [unit.locations.fetch_state(name) for name in providers]
    places = [
        _place_line(place, newest.get(place.id), fetches, now)
        for place in unit.locations.all()
    ]
    refused = list(_refusals(unit, providers, fetches))
    last = unit.runs.last_ended()
    jobs, check, rules = unit.jobs.all(), unit.checks.last(), rules_in_force(unit)
    return _Ledger(now, jobs, last, running, places, refused, check, rules)


def _refusals(
    unit: Unit, providers: Iterable[str], fetches: Sequence[Mapping[str, FetchState]]
) -> Iterator[str]:
    """Yield a sentence for each provider, or place of one, that is not asked."""
    for name, states in zip(providers, fetches, strict=True):
        known = unit.upstreams.state(name)
        if known.disabled_at is not None:
            yield f"provider {name} is disabled: {known.reason}"
        for state in states.values():
            if state.outcome == "permanent_location":
                yield f"provider {name} refuses {state.location}: {state.detail}"


def _place_line(
    place: Location,
    newest: datetime | None,
    fetches: Sequence[Mapping[str, FetchState]],
    now: datetime,
) -> PlaceLine:
    asked = [found for states in fetches if (found := states.get(place.id))]
    return PlaceLine(
        location=place,
        newest_at=newest,
        age_s=None if newest is None else int((now - newest).total_seconds()),
        fresh=newest is not None and now - newest <= FRESH,
        last_fetch=max(asked, key=lambda state: state.asked_at, default=None),
    )


def _queue_lines(
    states: Sequence[QueueState] | None,
    alive: Sequence[Heartbeat] | None,
    running: Mapping[str, int],
) -> list[QueueLine]:
    known: dict[str, QueueState] = {state.name: state for state in states or []}
    return [
        QueueLine(
            name=queue.value,
            waiting=known[queue].waiting if queue in known else None,
            oldest_age_s=known[queue].oldest_age_s if queue in known else None,
            in_flight=running.get(queue, 0),
            consumers=tuple(
                beat.name for beat in alive or () if queue in _consumed(beat)
            ),
        )
        for queue in Queue
    ]


def _judged(
    lines: Iterable[QueueLine], health: Callable[[], QueuesHealth] | None
) -> Iterator[QueueLine]:
    found = {} if health is None else {one.name: one for one in health().queues}
    for line in lines:
        known = found.get(line.name)
        yield (
            line
            if known is None
            else replace(
                line,
                score=known.health.score,
                confidence=known.health.confidence,
                bottlenecks=known.bottlenecks,
            )
        )


def _consumed(beat: Heartbeat) -> tuple[str, ...]:
    return tuple(beat.detail.get("queues", ()))
