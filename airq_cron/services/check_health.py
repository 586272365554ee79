"""Check database, broker, queues, workers and the freshness of the data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from airq_cron.domain.job import Job, Queue
from airq_cron.errors import AirqError
from airq_cron.ports import Heartbeat, Heartbeats, Queues, QueueState, Store
from airq_cron.services.look_at_breakers import look_at_breakers
from airq_cron.services.read_breakers import BreakerLine

T = TypeVar("T")
WAITING_LIMIT = 100
FRESH = timedelta(hours=3)
LATE = timedelta(minutes=2)
ROLES = ("worker", "beat")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every job, and the newest hour of each place that is watched."""

    jobs: Sequence[Job]
    newest: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a health check asks; each call may fail without harm to the others."""

    queues: Callable[[], Sequence[QueueState]]
    heartbeats: Callable[[], Sequence[Heartbeat]]
    breakers: Callable[[], Sequence[BreakerLine]]
    ledger: Callable[[], Ledger]


def check_health(
    store: Store,
    queues: Queues,
    heartbeats: Heartbeats,
    at: datetime,
    *,
    breakers: Sequence[BreakerLine] = (),
) -> dict[str, Any]:
    """
    Return what is wrong and the figures behind it; nothing is written.

    Args:
        breakers: as they stand; one that stays open is a problem.

    Returns:
        See `judge_parts`.
    """
    return judge_parts(parts_at(at, store, queues, heartbeats, lambda: breakers), at)


def parts_at(
    at: datetime,
    store: Store,
    queues: Queues,
    heartbeats: Heartbeats,
    breakers: Callable[[], Sequence[BreakerLine]],
) -> Parts:
    """Return what a health check asks at *at*."""
    return Parts(
        lambda: queues.states(at), heartbeats.alive, breakers, lambda: _read(store)
    )


def _read(store: Store) -> Ledger:
    with store.read() as unit:
        jobs = unit.jobs.all()
        watched = {place.id for place in unit.locations.all() if place.enabled}
        series = unit.measurements.series()
    newest: dict[str, datetime] = {}
    for one in series:
        if one.location in watched:
            last = newest.get(one.location, one.last_at)
            newest[one.location] = max(last, one.last_at)
    return Ledger(jobs, newest)


def judge_parts(parts: Parts, at: datetime) -> dict[str, Any]:
    """
    Ask every part and return what is wrong, with the figures behind it.

    Returns:
        `state` is `ok` or `degraded`; `problems` are sentences a person can act
        on; a part that could not be read is a problem of its own; `waiting` by
        queue; names of `processes`.
    """
    problems: list[str] = []
    states = _guarded(problems, "queues", parts.queues) or []
    alive = _guarded(problems, "heartbeats", parts.heartbeats)
    problems += queue_problems(states)
    if alive is not None:
        problems += process_problems(alive)
    breakers = _guarded(problems, "breakers", parts.breakers) or []
    problems += [one.message for one in look_at_breakers(breakers, at) if one.holds]
    ledger = _guarded(problems, "the database", parts.ledger)
    if ledger is not None:
        problems += job_problems(ledger.jobs, at)
        problems += freshness_problems(ledger.newest, at)
    return {
        "state": "degraded" if problems else "ok",
        "problems": problems,
        "waiting": {state.name: state.waiting for state in states},
        "processes": sorted(beat.name for beat in alive or []),
    }


def _guarded(problems: list[str], part: str, ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except (AirqError, OSError) as error:
        problems.append(f"{part} cannot be read: {error}")
        return None


def queue_problems(states: Sequence[QueueState]) -> list[str]:
    """Return a sentence for each queue with too many waiting messages."""
    return [
        f"queue {state.name} has {state.waiting} waiting messages"
        for state in states
        if state.waiting > WAITING_LIMIT
    ]


def process_problems(alive: Sequence[Heartbeat]) -> list[str]:
    """Return a sentence for each role nobody fills, and each queue unconsumed."""
    roles = {beat.role for beat in alive}
    problems = [f"no {role} is alive" for role in ROLES if role not in roles]
    consumed = {
        queue
        for beat in alive
        if beat.role == "worker"
        for queue in beat.detail.get("queues", [])
    }
    if "worker" in roles:
        problems += [
            f"no worker consumes queue {queue.value}"
            for queue in Queue
            if queue.value not in consumed
        ]
    return problems


def job_problems(jobs: Sequence[Job], at: datetime) -> list[str]:
    """Return a sentence for each enabled job whose due time has passed unseen."""
    return [
        f"job {job.name} was due at {job.next_due_at.isoformat()}"
        for job in jobs
        if job.enabled and job.next_due_at is not None and at - job.next_due_at > LATE
    ]


def freshness_problems(newest: Mapping[str, datetime], at: datetime) -> list[str]:
    """Return a sentence for each location whose newest hour is too old."""
    return [
        f"location {location} has no data since {last.isoformat()}"
        for location, last in sorted(newest.items())
        if at - last > FRESH
    ]
