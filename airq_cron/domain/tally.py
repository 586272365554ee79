"""What a queue did in one minute or hour, and how it is added up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from airq_cron.domain.buckets import COUNT, bucket_of
from airq_cron.domain.period import EPOCH, Period

MICROSECOND = timedelta(microseconds=1)
# Beside the states in which a message leaves its run.
DROPPED = "dropped"
CRASHED = "crashed"
TIME_LIMIT = "time_limit"
# No run was looked at: the message was not ours.
REFUSED = "refused"


class Step(StrEnum):
    """How much time one bin holds: a minute (kept a day) or an hour (90 days)."""

    MINUTE = "minute"
    HOUR = "hour"

    @property
    def length(self) -> timedelta:
        """The time that one bin holds."""
        return timedelta(minutes=1) if self is Step.MINUTE else timedelta(hours=1)

    @property
    def kept(self) -> timedelta:
        """How long a bin is kept after it began."""
        return timedelta(days=1) if self is Step.MINUTE else timedelta(days=90)

    def floor(self, at: datetime) -> datetime:
        """Return the begin of the bin, in UTC, that holds the aware instant *at*."""
        whole = at.astimezone(UTC).replace(second=0, microsecond=0)
        return whole if self is Step.MINUTE else whole.replace(minute=0)

    def starts(self, period: Period) -> list[datetime]:
        """Return the begin of each bin that begins within *period*."""
        first = -((EPOCH - period.start) // self.length)
        last = -((EPOCH - period.end) // self.length)
        return [EPOCH + number * self.length for number in range(first, last)]


@dataclass(slots=True)
class Tally:
    """
    Counts that grow: messages by outcome, and how long they waited and ran.

    Attributes:
        counts: messages by what became of them.
        arrivals: messages that we published.
        dwell: waiting times of those taken, by bucket; see `buckets`.
        handling: times of execution, by bucket.
    """

    counts: Counter[str] = field(default_factory=Counter)
    arrivals: int = 0
    dwell: list[int] = field(default_factory=lambda: [0] * COUNT)
    handling: list[int] = field(default_factory=lambda: [0] * COUNT)
    dwell_sum: timedelta = timedelta()
    handling_sum: timedelta = timedelta()

    def took(self, dwell: timedelta) -> None:
        """Count a message that was taken after *dwell*; below zero is clock error."""
        self.dwell[bucket_of(dwell)] += 1
        self.dwell_sum += max(dwell, timedelta())

    def handled(self, handling: timedelta) -> None:
        """Count one execution."""
        self.handling[bucket_of(handling)] += 1
        self.handling_sum += handling


@dataclass(frozen=True, slots=True)
class Bin:
    """
    What a queue did in the minute or hour from *start* on.

    Attributes:
        counts: messages by what became of them: the state in which their run was
            left, `dropped`, `crashed` or `time_limit`. What did not occur is
            absent.
        arrivals: messages published into the queue.
        dwell, handling: the 26 buckets of `buckets.BOUNDS_S`; all zero while
            histograms are switched off.
        waiting, oldest_age_s: the backlog as beat last saw it; None when it saw
            none, and an age without messages is None as well.
    """

    start: datetime
    counts: Mapping[str, int] = field(default_factory=dict)
    arrivals: int = 0
    dwell: Sequence[int] = (0,) * COUNT
    handling: Sequence[int] = (0,) * COUNT
    dwell_sum_s: float = 0.0
    handling_sum_s: float = 0.0
    waiting: int | None = None
    oldest_age_s: float | None = None

    @property
    def total(self) -> int:
        """How many messages were done with."""
        return sum(self.counts.values())


def merged(bins: Sequence[Bin], start: datetime) -> Bin:
    """
    Return the sum of *bins* as one that begins at *start*.

    The backlog is that of the last bin which saw one.
    """
    counts: Counter[str] = Counter()
    for one in bins:
        counts.update(one.counts)
    seen = [one for one in bins if one.waiting is not None]
    return Bin(
        start,
        dict(counts),
        arrivals=sum(one.arrivals for one in bins),
        dwell=_added([one.dwell for one in bins]),
        handling=_added([one.handling for one in bins]),
        dwell_sum_s=sum(one.dwell_sum_s for one in bins),
        handling_sum_s=sum(one.handling_sum_s for one in bins),
        waiting=seen[-1].waiting if seen else None,
        oldest_age_s=seen[-1].oldest_age_s if seen else None,
    )


def observed(bins: Sequence[Bin], at: datetime) -> timedelta:
    """Return for how long, until *at*, those who filled these minutes watched."""
    length = Step.MINUTE.length
    return sum(
        (min(length, max(at - one.start, timedelta())) for one in bins), timedelta()
    )


def _added(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True))) if rows else (0,) * COUNT
