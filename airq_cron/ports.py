"""What the services need from the world: the store, the broker, the upstream."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from airq_cron.domain.daily import DailyStatistic
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.job import Job
from airq_cron.domain.measurement import (
    Location,
    Measurement,
    Origin,
    Reading,
    Series,
)
from airq_cron.domain.run import Claim, NewRun, Outcome, Run, State

T = TypeVar("T")


# --- the upstream -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LocationReadings:
    """What one upstream call gave for one location."""

    location: str
    readings: tuple[Reading, ...]


class Provider(Protocol):
    """
    One upstream source of concentrations.

    Attributes:
        id: stored with every measurement.
        min_interval: it has nothing new more often than that.
        keeps: how far back it can be asked.
        batch_size: how many locations fit into one call.
        attribution: the line its licence wants to be shown.
    """

    id: str
    origin: Origin
    min_interval: timedelta
    keeps: timedelta
    batch_size: int
    attribution: str

    def fetch(
        self, locations: Sequence[Location], *, since: datetime, until: datetime
    ) -> list[LocationReadings]:
        """
        Ask for the hours in [since, until) of each location, in one call.

        Returns:
            One element a location, in the order asked; hours may be missing.

        Raises:
            ProviderError: one of its classes, saying whose fault it is.
        """


# --- a file of readings -----------------------------------------------------


class FileRow(NamedTuple):
    """
    One value of a file that is being imported, or why there is none.

    With neither *reading* nor *reason*, the line belongs to another station than
    the one that was asked for. A named tuple, because there are very many.

    Attributes:
        line: its number in the file, from 1.
        reading: what the file says; its value is None where it says "missing".
        reason: a fixed phrase, why the line or the value is refused.
    """

    line: int
    reading: Reading | None = None
    reason: str | None = None


# --- the store --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UpsertCount:
    """How many of the measurements offered were new, changed, or known."""

    stored: int = 0
    revised: int = 0
    unchanged: int = 0

    def __add__(self, other: "UpsertCount") -> "UpsertCount":
        """Add two counts."""
        return UpsertCount(
            self.stored + other.stored,
            self.revised + other.revised,
            self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, slots=True)
class DirtyHour:
    """An hour whose measurements changed after it was last aggregated."""

    hour: datetime
    location: str
    provider: str


@dataclass(frozen=True, slots=True)
class DirtyDay:
    """A local day whose hours changed after it was last closed."""

    location: str
    provider: str
    day: date


@dataclass(frozen=True, slots=True)
class FetchState:
    """What the last question to a provider about a location came to."""

    provider: str
    location: str
    asked_at: datetime
    outcome: str
    detail: str = ""


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
class Token:
    """An API token; only its hash is stored."""

    id: str
    name: str
    role: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class Jobs(Protocol):
    """Job definitions."""

    def all(self) -> list[Job]:
        """Return all jobs by name."""

    def get(self, name: str) -> Job:
        """Return one job; raises NotFoundError."""

    def lock(self, name: str) -> Job:
        """
        Return one job that nobody else changes or plans before the transaction ends.

        Raises:
            NotFoundError: no such job.
        """

    def add(self, job: Job) -> None:
        """Insert *job*; raises ConflictError when its name is taken."""

    def save(self, job: Job) -> None:
        """Replace the definition of a known job and raise its version."""

    def sync_built_in(self, built_in: Iterable[Job], at: datetime) -> None:
        """
        Enter jobs that code defines, their cursor at *at*; repeatable.

        Of a known one, only what people have not changed is replaced.
        """

    def due(self, at: datetime, limit: int) -> list[Job]:
        """
        Lock and return enabled jobs whose next_due_at is not after *at*.

        Rows that another beat holds are left out; order is by name.
        """

    def next_due_at(self) -> datetime | None:
        """Return the earliest next_due_at of an enabled job."""

    def move_cursor(
        self, name: str, *, cursor: datetime, next_due_at: datetime | None
    ) -> None:
        """Set the cursor without raising the version."""

    def figures(self, at: datetime) -> dict[str, JobFigures]:
        """Return the figures of every job, over its life and the 24 h to *at*."""


class Runs(Protocol):
    """The ledger. Its clock is the database's on PostgreSQL, else the host's."""

    def now(self) -> datetime:
        """Return the ledger's clock."""

    def insert(self, runs: Iterable[NewRun]) -> list[str]:
        """Insert runs; return the ids that were new (known keys are left alone)."""

    def get(self, run_id: str) -> Run:
        """Return one run with its attempts; raises NotFoundError."""

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

    def stamp_sent(self, ids: Sequence[str]) -> None:
        """Note that a message for each of these is about to be published."""

    def mark_queued(self, ids: Sequence[str]) -> None:
        """Set `queued` where the state is still `scheduled`."""

    def claim(self, run_id: str, *, owner: str, lease: timedelta) -> Claim | None:
        """
        Take the run for one attempt, or return None when it cannot be taken.

        Idempotent for the same owner, so that a lost commit may be repeated.
        """

    def check_fence(self, claim: Claim) -> None:
        """Lock the run and raise LeaseLostError unless *claim* still owns it."""

    def renew(self, ids: Sequence[str], *, worker: str, lease: timedelta) -> set[str]:
        """Extend the leases that *worker* still holds; return their ids."""

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
    ) -> None:
        """
        End the claimed attempt and set the run's state.

        `waiting` with *not_before* is a retry. Repeating the same call is
        harmless; raises LeaseLostError when another attempt owns the run.
        """

    def hand_back(self, ids: Sequence[str] | None, *, worker: str) -> list[str]:
        """Give up running attempts of *worker* (all: None), counting neither way."""

    def crash(self, ids: Sequence[str], *, worker: str, limit: int) -> list[str]:
        """Record the death of a child: `scheduled` again, or `dead` at *limit*."""

    def cancel(self, ids: Sequence[str], *, reason: str) -> list[str]:
        """Cancel those that are unfinished, with their parts; return their ids."""

    def release_next(self, job: str, *, backfill: str | None) -> list[str]:
        """Make the oldest run that waits for its predecessor ready; return ids."""

    def release_stuck(self, limit: int) -> list[str]:
        """
        Release waiting runs whose predecessors have all ended, as a sweeper does.

        `release_next` does it at once; this finds what a crash in between left.
        """

    def take_waiting(self, limit: int) -> list[Run]:
        """Claim waiting runs whose not_before has come; now `scheduled`."""

    def take_unsent(self, older_than: timedelta, limit: int) -> list[Run]:
        """Claim `scheduled` runs sent longer ago than that, to send again."""

    def take_expired(self, crash_limit: int, limit: int) -> list[Run]:
        """Take back runs whose lease ran out; return those scheduled again."""

    def count_by_state(self) -> dict[tuple[str, str], int]:
        """Return counts of unfinished runs by (queue, state)."""

    def last_ended(self) -> dict[str, Run]:
        """Return the last ended run of each job that has one."""

    def purge(
        self, job: str, *, states: Sequence[State], before: datetime, keep: int,
        limit: int,
    ) -> int:  # fmt: skip
        """Delete ended runs older than *before* or beyond the newest *keep*."""

    def progress(self, job: str, origin: str) -> dict[str, int]:
        """Return counts by state of the runs of one origin."""


class Measurements(Protocol):
    """Concentrations as they were fetched or imported."""

    def upsert(self, rows: Sequence[Measurement]) -> UpsertCount:
        """
        Store rows of one provider and location; mark changed hours dirty.

        The same rows twice change nothing; an older fetched_at never wins. Of
        rows for the same hour and pollutant the last counts. An equal value
        learnt later is unchanged, but its fetched_at is kept.

        Raises:
            NotFoundError: the location is unknown.
        """

    def hours(
        self, location: str, provider: str, since: datetime, until: datetime
    ) -> list[Measurement]:
        """Return the measurements with valid_from in [since, until), in order."""

    def newest(self, location: str, provider: str) -> datetime | None:
        """Return the newest valid_from, or None."""

    def series(self, location: str | None = None) -> list[Series]:
        """Return every series, or those of one location."""


class Aggregates(Protocol):
    """Hourly aggregates, daily statistics, and what must be recomputed."""

    def take_dirty_hours(
        self,
        limit: int,
        *,
        location: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[DirtyHour]:
        """Remove and return dirty hours, oldest first; [since, until) of a place."""

    def put_hours(self, rows: Sequence[HourlyAggregate]) -> int:
        """Store aggregates; return how many differ from what was there."""

    def hours(
        self, location: str, since: datetime, until: datetime,
        provider: str | None = None,
    ) -> list[HourlyAggregate]:  # fmt: skip
        """Return aggregates with hour in [since, until), in order."""

    def mark_dirty_days(self, days: Iterable[DirtyDay]) -> None:
        """Note local days whose hours changed."""

    def take_dirty_days(
        self, location: str, *, before: date, limit: int
    ) -> list[DirtyDay]:
        """Remove and return dirty days of *location* before *before*, oldest first."""

    def clear_dirty_days(self, location: str, days: Sequence[date]) -> None:
        """Forget that these days are dirty: they are about to be closed."""

    def provisional_days(self, location: str, *, before: date) -> list[date]:
        """Return days that are provisional and earlier than *before*."""

    def put_days(self, rows: Sequence[DailyStatistic]) -> int:
        """Store statistics; return how many differ from what was there."""

    def days(self, location: str, since: date, until: date) -> list[DailyStatistic]:
        """Return statistics of local days in [since, until), all providers."""


class Locations(Protocol):
    """Places, and what the last fetch for each came to."""

    def all(self) -> list[Location]:
        """Return all locations by id."""

    def get(self, location_id: str) -> Location:
        """Return one location; raises NotFoundError."""

    def add(self, location: Location) -> None:
        """Insert; raises ConflictError when the id is taken."""

    def save(self, location: Location) -> None:
        """Replace; raises NotFoundError."""

    def clear(self, location_id: str, *, limit: int) -> bool:
        """
        Delete the oldest *limit* hours of the place; say whether any are left.

        To be called until it says no, before `remove`, so that no transaction
        lasts long.
        """

    def remove(self, location_id: str) -> None:
        """Delete the place and everything measured there; idempotent."""

    def fetch_state(self, provider: str) -> dict[str, FetchState]:
        """Return the last fetch of each location from *provider*."""

    def note_fetch(self, states: Sequence[FetchState]) -> None:
        """Remember what the last fetch came to."""


class Tokens(Protocol):
    """API tokens by the hash of their secret."""

    def all(self) -> list[Token]:
        """Return all tokens by name."""

    def add(self, token: Token, digest: str) -> None:
        """Insert; raises ConflictError when the name is taken."""

    def find(self, digest: str) -> Token | None:
        """Return the token with this digest, revoked and expired ones too."""

    def touch(self, token_id: str, at: datetime) -> None:
        """Note the last use."""

    def revoke(self, name: str, at: datetime) -> None:
        """Revoke by name; raises NotFoundError."""


class Unit(Protocol):
    """One transaction, with every table of the store behind a name."""

    jobs: Jobs
    runs: Runs
    measurements: Measurements
    aggregates: Aggregates
    locations: Locations
    tokens: Tokens


class Store(Protocol):
    """The SQL database."""

    def read(self) -> AbstractContextManager[Unit]:
        """Open a transaction that writes nothing."""

    def write(self, work: Callable[[Unit], T], *, claim: Claim | None = None) -> T:
        """
        Run *work* in a writing transaction and commit it.

        It is run again after a busy database, a lost connection or a
        serialisation error, for at most a minute, so it must be repeatable.
        With *claim*, the transaction first checks that the claim still owns its
        run: all that a run writes goes through here.

        Raises:
            LeaseLostError: the claim does not own its run any more.
            StoreError: the database did not come back in time.
        """


# --- the broker -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """What is published for a run: where it goes and how urgent it is."""

    run_id: str
    kind: str
    queue: str
    priority: str


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue without its messages: how many wait, and how old the oldest is."""

    name: str
    waiting: int
    oldest_age_s: float | None


class Dispatcher(Protocol):
    """Publishes messages; a second copy of one is harmless."""

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


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A process that said it is alive."""

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
