"""What the ledger says of one job, to those who watch jobs."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from airq_cron.domain.catchup import LATE
from airq_cron.domain.job import Job
from airq_cron.domain.schedule import Schedule

# So many fire times that no beat has planned are counted at most.
MOST_UNPLANNED = 1000
MOMENT = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Unstarted:
    """
    Runs that could have started and have not.

    Attributes:
        due: the earliest of their fire times.
        since: since when one has been allowed to start: after its jitter, and
            after a beat has found it.
    """

    due: datetime
    since: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Span:
    """
    How long a run took, or has taken so far.

    Attributes:
        since: when its last attempt began; when it was split, the first.
        is_split: whether its parts do the work, which no time limit ends.
    """

    since: datetime
    length: timedelta
    is_split: bool = False


@dataclass(frozen=True, slots=True)
class MissedRuns:
    """
    Fire times that passed without a run that was planned in time.

    Attributes:
        first, last: the first and the last of them, both included.
        caught_up: how many of them were made up for, late.
        pending: how many are still being made up for.
        noted_at: when the last of them was noticed.
    """

    first: datetime
    last: datetime
    count: int
    noted_at: datetime
    caught_up: int = 0
    pending: int = 0

    def joined(self, other: "MissedRuns | None") -> "MissedRuns":
        """Return both as one."""
        if other is None:
            return self
        return MissedRuns(
            first=min(self.first, other.first),
            last=max(self.last, other.last),
            count=self.count + other.count,
            noted_at=max(self.noted_at, other.noted_at),
            caught_up=self.caught_up + other.caught_up,
            pending=self.pending + other.pending,
        )


@dataclass(frozen=True, slots=True)
class Newest:
    """
    The run that was carried out for the newest fire time, backfills left out.

    Attributes:
        failures: how many of the newest failed, of as many as were looked at; 0
            when this one succeeded.
        error: what is known of its failure; None when it succeeded.
    """

    scheduled_for: datetime
    failures: int = 0
    error: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Ends:
    """How many runs succeeded and how many did not; the others say nothing."""

    succeeded: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """How many were carried out."""
        return self.succeeded + self.failed

    @property
    def rate(self) -> float | None:
        """Which share failed; None when there were none."""
        return self.failed / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Record:
    """
    What the runs of a job came to, backfills and calls by hand as well.

    Attributes:
        succeeded, fruitless: over its life; fruitless are those that failed or
            were skipped. That some were missed is another trouble.
        day: of the last 24 h.
        lately: of this hour and the one before.
        mean: how long one took in the last 24 h; None when none was timed.
    """

    succeeded: int = 0
    fruitless: int = 0
    day: Ends = field(default_factory=Ends)
    lately: Ends = field(default_factory=Ends)
    mean: timedelta | None = None


@dataclass(frozen=True, slots=True)
class JobFacts:
    """
    What is known of a job at one moment; what is not there is None or nothing.

    Attributes:
        running: its run that has been running for longest.
        by_hand: how many runs people or programs asked for in the last hour.
    """

    job: Job
    unstarted: Unstarted | None = None
    running: Span | None = None
    missed: MissedRuns | None = None
    newest: Newest | None = None
    record: Record = field(default_factory=Record)
    by_hand: int = 0

    def with_unplanned(self, schedule: Schedule, at: datetime) -> "JobFacts":
        """Return the same with the fire times that no beat has planned in time."""
        found = unplanned(self.job, schedule, at)
        if found is None:
            return self
        return replace(self, missed=found.joined(self.missed))


def is_unplanned(job: Job, at: datetime) -> bool:
    """Say whether a fire time passed and no beat has planned it."""
    due = job.next_due_at
    return job.enabled and due is not None and at - due > LATE


def unplanned(job: Job, schedule: Schedule, at: datetime) -> MissedRuns | None:
    """
    Return the fire times in (cursor, *at*] that are more than a minute old.

    Beats plan within a second, so none is planning this job. Their count ends at
    1,000.
    """
    cursor = job.cursor
    if not is_unplanned(job, at) or cursor is None:
        return None
    until = at - LATE
    found = schedule.between(cursor, until, MOST_UNPLANNED)
    if not found:
        return None
    last = found[-1]
    if len(found) == MOST_UNPLANNED:
        last = schedule.previous(until + MOMENT) or last
    return MissedRuns(first=found[0], last=last, count=len(found), noted_at=at)
