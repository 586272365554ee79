"""Look at the parts that an alert can be about; what cannot be read is not known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.flip import FlipKind
from airq_cron.domain.job import Queue
from airq_cron.domain.measurement import Location
from airq_cron.domain.run import instant_text
from airq_cron.errors import AirqError
from airq_cron.ports import Heartbeat, Heartbeats, Queues, QueueState, Unit

HOUR = timedelta(hours=1)
ROLES = ("worker", "beat")


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What one look says of one condition.

    Attributes:
        holds: None says neither, and changes nothing.
        message: what is wrong while it holds, and what to do; *relief* is what is
            true when it does not.
        since: since when it holds, where the facts tell; aware, UTC.
        ended_at: since when it does not, likewise.
    """

    kind: FlipKind
    subject: str
    holds: bool | None
    message: str
    relief: str
    detail: dict[str, Any]
    since: datetime | None = None
    location: str | None = None
    ended_at: datetime | None = None

    @property
    def condition(self) -> str:
        """What an alert is kept by."""
        return f"{self.kind}:{self.subject}"


def look_at_broker(
    queues: Queues,
    heartbeats: Heartbeats,
    at: datetime,
    *,
    limit: int,
) -> Iterator[Finding]:
    """
    Look at Redis, what waits in it, and who takes from it.

    Args:
        limit: a queue with more waiting messages has a backlog, until it has at
            most half as many.
    """
    try:
        states = queues.states(at)
        alive = heartbeats.alive()
    except (AirqError, OSError) as error:
        yield _broker(str(error))
        return
    yield _broker(None)
    yield from look_at_backlogs(states, limit)
    yield from look_at_consumers(alive)


def _broker(error: str | None) -> Finding:
    return Finding(
        kind=FlipKind.BROKER_LOST,
        subject="broker:redis",
        holds=error is not None,
        message=f"Redis does not answer, nothing is sent to workers: {error}. "
        "Nothing is lost; runs are sent when it is back. See airq doctor",
        relief="Redis answers again",
        detail={"error": error},
    )


def missing_roles(alive: Sequence[Heartbeat]) -> list[str]:
    """Return a sentence for each role that no living process has."""
    roles = {beat.role for beat in alive}
    return [f"no {role} is alive" for role in ROLES if role not in roles]


def process_problems(alive: Sequence[Heartbeat]) -> list[str]:
    """Return a sentence for each role nobody has, else for each queue nobody serves."""
    return missing_roles(alive) or [
        one.message for one in look_at_consumers(alive) if one.holds
    ]


def look_at_backlogs(states: Iterable[QueueState], limit: float) -> Iterator[Finding]:
    """Look whether more messages than *limit* wait, until at most half of it do."""
    for state in states:
        yield _backlog(state, int(limit))


def _backlog(state: QueueState, limit: int) -> Finding:
    many = state.waiting > limit
    unclear = limit // 2 < state.waiting <= limit
    return Finding(
        kind=FlipKind.QUEUE_BACKLOG,
        subject=f"queue:{state.name}",
        holds=None if unclear else many,
        message=f"Queue {state.name} has {state.waiting} waiting messages, more than "
        f"{limit}. Start more workers, or see what holds them up: "
        "airq runs list --state running",
        relief=f"Queue {state.name} has {state.waiting} waiting messages",
        detail={"waiting": state.waiting, "limit": limit},
    )


def look_at_consumers(alive: Sequence[Heartbeat]) -> Iterator[Finding]:
    """Look whether a living worker takes from each queue."""
    workers = [beat for beat in alive if beat.role == "worker"]
    consumed = {name for beat in workers for name in beat.detail.get("queues", [])}
    for queue in Queue:
        yield Finding(
            kind=FlipKind.QUEUE_UNCONSUMED,
            subject=f"queue:{queue.value}",
            holds=queue.value not in consumed,
            message=f"No worker takes from queue {queue.value}; {len(workers)} "
            "workers are alive. Start one that does: airq up runs them all",
            relief=f"A worker takes from queue {queue.value} again",
            detail={"workers": sorted(beat.name for beat in workers)},
        )


def look_at_data(unit: Unit, at: datetime, *, hours: float) -> Iterator[Finding]:
    """
    Look at how old the newest hour of each enabled place is.

    Args:
        hours: an older one is too old.
    """
    newest: dict[str, datetime] = {}
    for one in unit.measurements.series():
        newest[one.location] = max(newest.get(one.location, one.last_at), one.last_at)
    yield from look_at_ages(unit.locations.all(), newest, at, hours=hours)


def look_at_ages(
    places: Iterable[Location],
    newest: Mapping[str, datetime],
    at: datetime,
    *,
    hours: float,
) -> Iterator[Finding]:
    """Do the same with the *newest* hour of each place that has any."""
    fresh = hours * HOUR
    for place in places:
        last = newest.get(place.id)
        if last is None or not place.enabled:
            continue
        yield Finding(
            kind=FlipKind.STALE_DATA,
            subject=f"location:{place.id}",
            holds=at - last > fresh,
            message=f"{place.name} has no data since {instant_text(last)}. "
            "See what its fetch job says: airq runs list --state failed",
            relief=f"{place.name} has data of {instant_text(last)}",
            detail={"newest": instant_text(last)},
            since=last + fresh,
            location=place.id,
        )
