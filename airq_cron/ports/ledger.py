"""Jobs and the runs of the ledger, as the services see them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from airq_cron.domain.job import Job
from airq_cron.domain.run import Claim, NewRun, Outcome, Run, State
from airq_cron.ports.dead_letters import DeadLetters, Inquiry, Mark
from airq_cron.ports.job_watch import JobWatch
from airq_cron.ports.streaks import Streaks


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; None means any."""

    job: str | None = None
    state: State | None = None
    queue: str | None = None
    origin: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobFigures:
    """
    The figures of one job.

    Attributes:
        totals: ended runs over its life, by state; `failed` contains dead.
        success_rate: over 24 h, 0 to 1; None without runs.
        duration_ms: `avg p50 p95` over 24 h; None without runs.
        punctuality_ms: start minus scheduled_for, likewise.
    """

    totals: dict[str, int] = field(default_factory=dict)
    success_rate: float | None = None
    duration_ms: dict[str, float | None] = field(default_factory=dict)
    punctuality_ms: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """
    How far the fire times of a job are decided.

    Attributes:
        cursor: all up to here, included.
        next_due_at: the first after the cursor; None when there is none.
        last_fire_at: the last one decided.
    """

    cursor: datetime
    next_due_at: datetime | None
    last_fire_at: datetime | None


class Jobs(Protocol):
    """Job definitions."""

    def all(self) -> list[Job]:
        """Return all jobs by name."""

    def of_kind(self, kind: str) -> list[Job]:
        """Return the jobs of one kind by name."""

    def get(self, name: str) -> Job:
        """Return one job; raises NotFoundError."""

    def lock(self, name: str, *, wait: bool = True) -> Job:
        """
        Return one job that nobody else changes or plans before the transaction ends.

        Args:
            wait: whether to wait for who holds it; otherwise the transaction is
                given up and done again. Who holds the lock of a run must not wait,
                because a beat locks a job before the runs that it replaces.

        Raises:
            NotFoundError: no such job.
        """

    def add(self, job: Job) -> None:
        """Insert *job*; raises ConflictError when its name is taken."""

    def save(self, job: Job, *, code: Job | None = None) -> None:
        """
        Replace the definition of a known job and raise its version.

        Args:
            code: its definition from code; what is as it says is no override.
        """

    def remove(self, name: str) -> None:
        """Delete a definition; its runs and figures stay. Raises NotFoundError."""

    def sync_built_in(self, built_in: Iterable[Job], at: datetime) -> None:
        """
        Enter jobs that code defines, their cursor at *at*; repeatable.

        Of a known one, only what people have not changed is replaced.
        """

    def due(self, at: datetime, limit: int) -> list[Job]:
        """
        Lock and return enabled jobs whose next_due_at is not after *at*.

        Those that have been due longest come first, and rows that another beat holds
        are left out: nobody waits here, so the order need not be that of names.
        """

    def next_due_at(self) -> datetime | None:
        """Return the earliest next_due_at of an enabled job."""

    def move_cursors(self, moves: Mapping[str, Move]) -> None:
        """Move jobs that this transaction has locked; their version stays."""

    def names_with_ends(self) -> list[str]:
        """Return, in order, the jobs that ever had a run end, deleted ones too."""

    def figures(self, at: datetime) -> dict[str, JobFigures]:
        """Return the figures of every job, over its life and the 24 h to *at*."""

    def hour_figures(self, job: str, hour: datetime) -> JobFigures | None:
        """Return what *job* came to in the hour that begins then; None: no end."""

    def active_before(self, job: str, at: datetime) -> bool:
        """Say whether the roll-up knows an hour of *job* before that of *at*."""

    def purge_figures(self, before: datetime, limit: int) -> int:
        """
        Forget what jobs came to in hours before *before*; their totals stay.

        Returns:
            How many rows went, at most *limit*; fewer when no more are left.
        """


class Runs(DeadLetters, Inquiry, JobWatch, Streaks, Protocol):
    """The ledger. Its clock is the database's on PostgreSQL, else the host's."""

    def now(self) -> datetime:
        """Return the ledger's clock."""

    def insert(self, runs: Iterable[NewRun]) -> list[str]:
        """Insert runs; return the ids that were new (known keys are left alone)."""

    def get(self, run_id: str) -> Run:
        """Return one run with its attempts; raises NotFoundError."""

    def known(self, ids: Collection[str]) -> set[str]:
        """Return those of *ids* that the ledger has."""

    def unclaimed(self, job: str, age: timedelta, limit: int) -> list[str]:
        """
        Return runs of *job* that could start for longer than *age*, oldest first.

        Nobody has claimed them since they were entered or since their last attempt;
        what waits for its time is not among them.
        """

    def next_waiting_at(self) -> datetime | None:
        """Return the earliest not_before of a waiting run."""

    def end_overdue(self, limit: int) -> list[str]:
        """
        End runs that nobody may start any more; return their ids.

        `missed` are those whose start margin has passed, counted from when they
        were first queued.
        """

    def end_overdue_splits(self, limit: int) -> list[str]:
        """
        End runs that were split and are past their deadline; return their ids.

        They have `failed: deadline`, and their unfinished parts are cancelled.
        """

    def find_manual(self, job: str, origin: str) -> Run | None:
        """Return the run first made under a manual key."""

    def find(
        self, where: RunFilter, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[Run]:
        """Return runs, newest scheduled_for first, after the cursor (time, id)."""

    def unfinished(self, job: str, *, backfill: str | None = None) -> list[Run]:
        """
        Return unfinished part-0 runs of *job*, oldest first.

        Schedule and manual runs together, or those of one backfill alone.
        """

    def count_unfinished(self, jobs: Sequence[str]) -> dict[str, tuple[int, int]]:
        """
        Return, by job, how many `unfinished` has, and how many of them follow.

        Those follow that wait for their predecessor. Jobs without any are absent.
        """

    def mark_queued(self, ids: Sequence[str]) -> None:
        """Set `queued` where the state is still `scheduled`."""

    def claim(
        self, run_id: str, *, owner: str, lease: timedelta, kind: str | None = None
    ) -> Claim | None:
        """
        Take the run for one attempt, or return None when it cannot be taken.

        With *kind*, a run of another one cannot. Idempotent for the same owner, so
        that a lost commit may be repeated.
        """

    def check_fence(self, claim: Claim) -> None:
        """Lock the run and raise LeaseLostError unless *claim* still owns it."""

    def renew(self, ids: Sequence[str], *, worker: str, lease: timedelta) -> set[str]:
        """Extend the leases that *worker* still holds; return their ids."""

    def held(self, run_id: str, *, owner: str) -> Claim | None:
        """Lock the run and return the claim that *owner* has on it, if it has one."""

    def taken_away(self, active: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """
        Return those of (run id, owner) whose last attempt others have ended.

        It was cancelled, or its lease ran out. What an owner has not claimed yet,
        or has ended itself, is not among them.
        """

    def finish(
        self,
        claim: Claim,
        state: State,
        *,
        outcome: Outcome,
        reason: str | None = None,
        error: str | None = None,
        result: dict[str, Any] | None = None,
        not_before: datetime | None = None,
    ) -> bool:
        """
        End the claimed attempt and set the run's state.

        Returns whether a whole run is over: this one, or that whose last part it was;
        a repeated call says whether the claimed one is.
        `waiting` with *not_before* is a retry. Repeating the same call is
        harmless; raises LeaseLostError when another attempt owns the run.
        """

    def split(
        self,
        claim: Claim,
        parts: Sequence[Mapping[str, Any]],
        *,
        result: Mapping[str, Any] | None = None,
    ) -> list[str]:
        """
        End the claimed attempt and enter *parts*; return their ids, from part 1.

        The run stays `running`, with neither owner nor lease, until the last part
        has ended: `succeeded` when all have, else `failed`. Repeating the same
        call is harmless; raises LeaseLostError when another attempt owns the run.

        Args:
            parts: the parameters of each, at least one.
            result: what the run itself has done so far.
        """

    def hand_back(self, ids: Sequence[str] | None, *, worker: str) -> list[str]:
        """Give up running attempts of *worker* (all: None), counting neither way."""

    def crash(self, ids: Sequence[str], *, worker: str, limit: int) -> list[str]:
        """Record the death of a child: `scheduled` again, or `dead` at *limit*."""

    def bury(self, ids: Sequence[str]) -> None:
        """End `scheduled` or `queued` runs, whose message is gone, as `dead: lost`."""

    def cancel(self, ids: Sequence[str], *, reason: str) -> list[str]:
        """Cancel those that are unfinished, with their parts; return their ids."""

    def release_next(self, job: str, *, backfill: str | None) -> list[str]:
        """
        Make the oldest runs that wait for their predecessor ready; return their ids.

        Of this *backfill* (an origin), as many as its concurrency leaves room
        for; of the schedule and by hand when it is None, one, unless another
        is under way.
        """

    def release_stuck(self, limit: int) -> list[str]:
        """
        Release waiting runs whose predecessors have all ended, as a sweeper does.

        `release_next` does it at once; this finds what a crash in between left.
        """

    def has_unfinished(self) -> bool:
        """Say whether there is an unfinished run, or an open backfill."""

    def take_waiting(self, limit: int) -> list[Run]:
        """Claim waiting runs whose not_before has come; now `scheduled`."""

    def take_unsent(self, older_than: timedelta, limit: int) -> list[Run]:
        """Claim `scheduled` runs sent longer ago than that, to send again."""

    def take_lost(
        self,
        oldest: Mapping[tuple[str, str], datetime | None],
        grace: timedelta,
        limit: int,
    ) -> list[Run]:
        """
        Claim `queued` runs whose message is gone, to send it again.

        Gone is what was sent longer than *grace* ago, or twice that after each
        time it was sent again, when its list is empty or the list's oldest
        message was sent more than *grace* later.

        Args:
            oldest: what `Queues.oldest` answered.
        """

    def take_expired(self, crash_limit: int, limit: int) -> list[Run]:
        """Take back runs whose lease ran out; return those scheduled again."""

    def count_by_state(self) -> dict[tuple[str, str], int]:
        """Return counts of unfinished runs by (queue, state)."""

    def last_ended(self) -> dict[str, Mark]:
        """Return the last ended run of each job that has one."""

    def purge(
        self, job: str, *, states: Sequence[State], before: datetime, keep: int,
        limit: int,
    ) -> int:  # fmt: skip
        """
        Delete ended runs older than *before* or beyond the newest *keep*.

        Returns:
            How many went: with their parts at most *limit* rows, or one run; 0
            when no more are left.
        """

    def progress(self, job: str, origin: str) -> dict[str, int]:
        """Return counts by state of the runs of one origin."""
