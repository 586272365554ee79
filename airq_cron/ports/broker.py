"""Queues, messages and signs of life, as the services see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

# When a message was put into its queue, in seconds since the epoch: whoever
# publishes writes it, whoever reads the queues goes by it.
ENQUEUED_HEADER = "airq_enqueued_at"


@dataclass(frozen=True, slots=True)
class Message:
    """
    What is published for a run: where it goes and how urgent it is.

    Attributes:
        time_limit_s, soft_limit_s: see `Limits`.
    """

    run_id: str
    kind: str
    queue: str
    priority: str
    time_limit_s: int = 300
    soft_limit_s: int = 295


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue without its messages: how many wait, and how old the oldest is."""

    name: str
    waiting: int
    oldest_age_s: float | None


class Dispatcher(Protocol):
    """Publishes messages; a second copy of one is harmless."""

    @property
    def last_sent_at(self) -> datetime | None:
        """When this one last published something; None before that."""

    def publish(self, messages: Sequence[Message]) -> None:
        """
        Put the messages into their queues, in order.

        Raises:
            UnreachableError: the broker failed; some may have been published.
        """


class Queues(Protocol):
    """Reads queues without scanning messages."""

    def states(self, at: datetime) -> list[QueueState]:
        """Return every queue's state."""

    def oldest(self) -> dict[tuple[str, str], datetime | None]:
        """
        Return when the oldest waiting message of each list was sent.

        The key is (queue, priority). A list without messages is absent; None
        where the message does not say when.

        Raises:
            UnreachableError: the broker does not answer.
        """


@dataclass(frozen=True, slots=True)
class BrokerFacts:
    """
    What Redis says of itself; None where it refuses to.

    Attributes:
        eviction: its maxmemory-policy.
        appending: whether it writes every command to a file.
        clock_offset_s: this host's clock minus Redis' clock.
    """

    version: str
    eviction: str | None
    appending: bool | None
    clock_offset_s: float | None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """
    A process that said it is alive.

    Attributes:
        detail: what `describe_process` and `ProcessMeter` say; `clock_offset_s`,
            its host's clock minus the broker's; of a worker also its `queues`,
            its `children` and how many are `busy`; of a beat also
            `last_dispatch_at`, in seconds since the epoch.
    """

    name: str
    role: str
    at: datetime
    detail: dict[str, Any] = field(default_factory=dict)


class Heartbeats(Protocol):
    """Which processes are alive, without asking them."""

    def beat(self, heartbeat: Heartbeat, ttl: timedelta) -> None:
        """Say that a process is alive for *ttl*."""

    def leave(self, name: str) -> None:
        """Say that a process has stopped on purpose."""

    def alive(self) -> list[Heartbeat]:
        """Return the processes whose heartbeat has not run out."""
