"""Backfills: stretches of past fire times that are run on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from airq_cron.domain.job import Overlap
from airq_cron.domain.run import ENDED, UNFINISHED

PREFIX = "backfill:"
MOST_AT_ONCE = 50


class Stage(StrEnum):
    """How far a backfill is."""

    ENTERING = "entering"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Backfill:
    """
    A run for each past fire time of one job on some days.

    Attributes:
        first, last: days in the job's zone, both included.
        overlap: judged among its own runs only.
        concurrency: how many are under way at once; None for no bound.
        runs: how many fire times there are.
        entered_by: who asked, as the audit trail names them.
        entered_at: when all its runs were in the ledger; none starts before.
        finished_at: when the last of them had ended.
        cancelled_at: when somebody called it off.
    """

    id: str
    job: str
    first: date
    last: date
    overlap: Overlap
    concurrency: int | None
    runs: int
    entered_by: str
    created_at: datetime
    entered_at: datetime | None = None
    finished_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def origin(self) -> str:
        """The origin that its runs carry."""
        return PREFIX + self.id

    @property
    def stage(self) -> Stage:
        """How far it is; a cancelled one may still be stopping what runs."""
        if self.cancelled_at is not None:
            return Stage.CANCELLED
        if self.finished_at is not None:
            return Stage.DONE
        return Stage.ENTERING if self.entered_at is None else Stage.RUNNING


@dataclass(frozen=True, slots=True)
class Progress:
    """
    A backfill and the states of those of its runs that are still kept.

    Attributes:
        counts: runs by state; what retention has removed is in none.
    """

    backfill: Backfill
    counts: Mapping[str, int]

    @property
    def ended(self) -> int:
        """How many of its runs have ended; one that was removed has ended."""
        if self.backfill.stage is Stage.ENTERING:
            return sum(self.counts.get(state, 0) for state in ENDED)
        left = sum(self.counts.get(state, 0) for state in UNFINISHED)
        return self.backfill.runs - left

    @property
    def share(self) -> float:
        """The share that has ended, 0 to 1."""
        return self.ended / self.backfill.runs if self.backfill.runs else 1.0
