"""Fakes of our ports, for our tests and for those who extend airq-cron."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from airq_cron.domain.measurement import Location, Origin, Reading
from airq_cron.domain.notification import Notification
from airq_cron.domain.period import floor_hour
from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.severity import Severity
from airq_cron.errors import (
    DeliveryError,
    PermanentLocationError,
    ProviderError,
    UnreachableError,
)
from airq_cron.ports import (
    Heartbeat,
    LocationReadings,
    Message,
    QueueState,
    WaitingMessage,
)
from airq_cron.testing.counting import Breakable, MemoryCounters, MemorySnapshots
from airq_cron.testing.sighting import MemoryLookout

__all__ = [
    "START",
    "FakeClock",
    "FakeIndexProvider",
    "FakeProvider",
    "MemoryCounters",
    "MemoryHeartbeats",
    "MemoryLeftovers",
    "MemoryLookout",
    "MemoryQueues",
    "MemorySnapshots",
    "Question",
    "RecordingChannel",
    "RecordingDispatcher",
]

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """
    A clock that stands still until it is told to move; waiting moves it.

    Args:
        at: the first instant; aware, UTC.
    """

    def __init__(self, at: datetime = START) -> None:
        self._at = at
        self._elapsed = timedelta()

    def now(self) -> datetime:
        """Return the present instant of this clock."""
        return self._at

    def monotonic(self) -> float:
        """Return the seconds it was moved forward so far."""
        return self._elapsed.total_seconds()

    def wait(self, seconds: float) -> None:
        """Move forward at once."""
        if seconds > 0:
            self.advance(timedelta(seconds=seconds))

    def advance(self, step: timedelta) -> None:
        """Move forward by *step*, which is not negative."""
        self._at += step
        self._elapsed += step

    def set_to(self, at: datetime) -> None:
        """Jump to *at*, back as well, as a host's clock may; monotonic stays."""
        self._at = at


class RecordingDispatcher:
    """
    Keeps what is published.

    Attributes:
        published: every message, oldest first.
        broken: whether the broker is out of reach; nothing is kept then.
    """

    def __init__(self) -> None:
        self.published: list[Message] = []
        self.broken = False
        self.last_sent_at: datetime | None = None

    @property
    def ids(self) -> list[str]:
        """The runs of the messages published so far."""
        return [message.run_id for message in self.published]

    def publish(self, messages: Sequence[Message]) -> None:
        """
        Keep the messages.

        Raises:
            UnreachableError: it is broken.
        """
        if self.broken:
            raise UnreachableError("AIRQ_REDIS_URL", "redis://nowhere/0", "is broken")
        self.published.extend(messages)


@dataclass(slots=True)
class RecordingChannel:
    """
    Keeps what is sent; *errors* are raised first, one after the other.
    """

    name: str = "webhook"
    scheme: str = "webhook"
    shown: str = "hook.example"
    least: Severity = Severity.LOW
    sent: list[Notification] = field(default_factory=list)
    errors: list[DeliveryError] = field(default_factory=list)

    def send(self, notification: Notification) -> str:
        """Keep the message, unless there is an error to raise."""
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(notification)
        return "taken"


@dataclass(frozen=True, slots=True)
class Question:
    """What a fake provider was asked: the hours in [since, until) of places."""

    locations: tuple[str, ...]
    since: datetime
    until: datetime


@dataclass(slots=True)
class FakeProvider:
    """
    An upstream that answers from memory.

    Attributes:
        readings: what it knows of each location.
        errors: raised one after the other before anything is answered.
        refused: locations it will never answer for; one of them spoils a batch.
        asked: the questions so far, refused ones too.
    """

    id: str = "open-meteo"
    origin: Origin = Origin.MODELLED
    min_interval: timedelta = timedelta(hours=1)
    phase: timedelta = timedelta()
    keeps: timedelta = timedelta(days=92)
    batch_size: int = 100
    at_once: int = 1
    attribution: str = "Nobody"
    readings: dict[str, list[Reading]] = field(default_factory=dict)
    errors: list[ProviderError] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    asked: list[Question] = field(default_factory=list)

    def fetch(
        self, locations: Sequence[Location], *, since: datetime, until: datetime
    ) -> list[LocationReadings]:
        """
        Answer with what is known in [since, until).

        Raises:
            ProviderError: the next of *errors*.
            PermanentLocationError: a location is one of *refused*.
        """
        ids = tuple(place.id for place in locations)
        self.asked.append(Question(ids, since, until))
        if self.errors:
            raise self.errors.pop(0)
        if refused := self.refused.intersection(ids):
            raise PermanentLocationError(f"{min(refused)} is not covered")
        return [
            LocationReadings(
                place,
                tuple(
                    reading
                    for reading in self.readings.get(place, [])
                    if since <= reading.valid_from < until
                ),
            )
            for place in ids
        ]


@dataclass(slots=True)
class FakeIndexProvider:
    """
    An upstream of indices that answers from memory.

    Attributes:
        values: the index of each location; without one it is never answered.
        errors: raised one after the other before anything is answered.
        asked: the locations that were asked for so far.
    """

    clock: FakeClock
    id: str = "iqair"
    min_interval: timedelta = timedelta(hours=1)
    per_call: timedelta = timedelta(minutes=4)
    attribution: str = "Nobody"
    values: dict[str, int] = field(default_factory=dict)
    errors: list[ProviderError] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def report(self, location: Location) -> list[ReportedIndex]:
        """
        Answer with the index that is known, valid since the hour began.

        Raises:
            ProviderError: the next of *errors*.
            PermanentLocationError: the location has no index.
        """
        self.asked.append(location.id)
        if self.errors:
            raise self.errors.pop(0)
        if location.id not in self.values:
            raise PermanentLocationError(f"{location.id} is not covered")
        at = self.clock.now()
        return [
            ReportedIndex(
                provider=self.id,
                location=location.id,
                scheme="aqius",
                value=self.values[location.id],
                main_pollutant=None,
                valid_at=floor_hour(at),
                fetched_at=at,
            )
        ]


class MemoryQueues(Breakable):
    """
    Queues whose state is given.

    Attributes:
        known: what they answer.
        heads: when the oldest message of each list was sent.
        broken: whether the broker is out of reach.
    """

    def __init__(self, known: Iterable[QueueState] = ()) -> None:
        self.known = list(known)
        self.heads: dict[tuple[str, str], datetime | None] = {}

    def states(self, at: datetime) -> list[QueueState]:
        """
        Return the state that was given, whatever *at*.

        Raises:
            UnreachableError: it is broken.
        """
        del at
        self._check()
        return list(self.known)

    def oldest(self) -> dict[tuple[str, str], datetime | None]:
        """Return the instants that were given; raises UnreachableError when broken."""
        self._check()
        return dict(self.heads)


class MemoryLeftovers(Breakable):
    """
    Lists of messages that are given, the oldest first.

    Attributes:
        waiting: the messages by list; None is no message of a run.
        endless: the keys that never end.
        broken: whether the broker is out of reach.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, list[WaitingMessage | None]] = {}
        self.endless: list[str] = []

    def lists(self) -> list[str]:
        """Return the names of the lists that were given."""
        return list(self.waiting)

    def window(self, name: str, offset: int, count: int) -> list[WaitingMessage | None]:
        """Return a part of a list; raises UnreachableError when broken."""
        self._check()
        return self.waiting[name][offset : offset + count]

    def remove(self, name: str, messages: Sequence[WaitingMessage]) -> int:
        """Take messages out; raises UnreachableError when broken."""
        self._check()
        before = len(self.waiting[name])
        left = [one for one in self.waiting[name] if one not in messages]
        self.waiting[name] = left
        return before - len(left)

    def endless_keys(self) -> list[str]:
        """Return the keys that were given; raises UnreachableError when broken."""
        self._check()
        return list(self.endless)


class MemoryHeartbeats(Breakable):
    """
    Heartbeats kept in memory, which run out by the clock given.

    Attributes:
        broken: whether the broker is out of reach.
    """

    def __init__(self, clock: FakeClock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._kept: dict[str, tuple[Heartbeat, datetime]] = {}

    def beat(self, heartbeat: Heartbeat, ttl: timedelta) -> None:
        """Keep the heartbeat for *ttl*; raises UnreachableError when broken."""
        self._check()
        self._kept[heartbeat.name] = (heartbeat, self._clock.now() + ttl)

    def leave(self, name: str) -> None:
        """Forget the process; raises UnreachableError when broken."""
        self._check()
        self._kept.pop(name, None)

    def alive(self) -> list[Heartbeat]:
        """Return those that have not run out; raises UnreachableError when broken."""
        self._check()
        now = self._clock.now()
        return [kept for kept, until in self._kept.values() if until > now]
