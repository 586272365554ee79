"""Telemetry: cheap counts by queue, by minute and by hour."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from airq_cron.domain.period import Period
from airq_cron.domain.tally import Bin, Step, Tally


class Answered(NamedTuple):
    """
    Which answers of the API are counted together.

    Attributes:
        route: method and template of the path: `GET /cron/jobs/{name}`; what has
            no route is `other`.
        status: class of the status: `2xx`.
    """

    route: str
    status: str


@dataclass(slots=True)
class Batch:
    """
    What one process has gathered since it last wrote; not safe between threads.

    Attributes:
        queues: by queue and minute. One that is present is collected, even when
            nothing happened: reading tells zero from unknown by it.
        answers: by route and status, and minute.
        backlog: messages waiting, and the age of the oldest, by queue and minute.
    """

    queues: dict[tuple[str, datetime], Tally] = field(
        default_factory=lambda: defaultdict(Tally)
    )
    answers: dict[tuple[Answered, datetime], Tally] = field(
        default_factory=lambda: defaultdict(Tally)
    )
    backlog: dict[tuple[str, datetime], tuple[int, timedelta | None]] = field(
        default_factory=dict
    )

    def of(self, queue: str, at: datetime) -> Tally:
        """Return what is to be added for *queue* in the minute of *at*."""
        return self.queues[queue, Step.MINUTE.floor(at)]

    def saw(
        self, queue: str, at: datetime, waiting: int, oldest: timedelta | None
    ) -> None:
        """Note the backlog of *queue*; the queue counts as collected."""
        self.of(queue, at)
        self.backlog[queue, Step.MINUTE.floor(at)] = (waiting, oldest)

    def answered(self, what: Answered, at: datetime, took: timedelta) -> None:
        """Count one answer of the API."""
        tally = self.answers[what, Step.MINUTE.floor(at)]
        tally.counts[what.status] += 1
        tally.handled(took)

    def __bool__(self) -> bool:
        """Say whether there is anything to write."""
        return bool(self.queues or self.answers)


class Counters(Protocol):
    """
    The book of what queues did, cheap to write and to read.

    Losing it loses no run: the ledger is exact, this is quick. What it costs does
    not grow with the past or with the backlog.
    """

    def flush(self, batch: Batch) -> None:
        """
        Add *batch* in one step; all of it is added, or nothing.

        Raises:
            UnreachableError: it does not answer; the batch may be given again,
                and in rare cases is then counted twice.
        """

    def window(
        self, queue: str, period: Period, *, step: Step = Step.MINUTE
    ) -> Sequence[Bin | None]:
        """
        Return one bin for each minute or hour that begins within *period*.

        None where nobody was collecting, or what was collected is lost or too
        old; a bin of zeros where somebody was and nothing happened.

        Raises:
            UnreachableError: it does not answer.
        """

    def totals(self) -> Mapping[str, Bin]:
        """
        Return the sums by queue since counting began; they only grow.

        They begin anew when Redis is emptied, or a queue is idle for 90 days.

        Raises:
            UnreachableError: it does not answer.
        """

    def answers(
        self, period: Period, *, step: Step = Step.MINUTE
    ) -> Mapping[Answered, Bin]:
        """Return what the API answered in *period*; raises UnreachableError."""

    def answer_totals(self) -> Mapping[Answered, Bin]:
        """Return the same since counting began; raises UnreachableError."""
