"""All of the telemetry that an overview needs, as it stood at one moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from airq_cron.domain.breaker import Breaker
from airq_cron.domain.period import Period
from airq_cron.domain.tally import Bin
from airq_cron.ports.broker import Heartbeat, QueueState


@dataclass(frozen=True, slots=True)
class Sighting:
    """
    What queues, processes, breakers and counters were at the same moment.

    Attributes:
        alive: the processes whose heartbeat has not run out, by name.
        breakers: by name, those that were asked for and are known there.
        counts: by queue, a bin for each minute that begins in the period asked
            for; see `Counters.window`.
    """

    queues: Sequence[QueueState]
    alive: Sequence[Heartbeat]
    breakers: Mapping[str, Breaker]
    counts: Mapping[str, Sequence[Bin | None]]


class Lookout(Protocol):
    """Sees everything at once."""

    def look(
        self, at: datetime, *, breakers: Iterable[str] = (), counted: Period | None
    ) -> Sighting:
        """
        Return what there is; ages are told up to *at*.

        Args:
            counted: whose minutes to give; None gives no counts.

        Raises:
            UnreachableError: Redis does not answer.
        """
