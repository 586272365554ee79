"""Runs: their states, their identity, and what a claim holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from airq_cron.domain.limits import USUAL, Limits

NAMESPACE = UUID("9f1c7a52-6f0e-5c1b-9d3c-3a8e4d6b7c10")


class State(StrEnum):
    """Where a run stands; the last six are ends."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    MISSED = "missed"
    CANCELLED = "cancelled"
    DEAD = "dead"


ENDED = frozenset(
    {
        State.SUCCEEDED,
        State.FAILED,
        State.SKIPPED,
        State.MISSED,
        State.CANCELLED,
        State.DEAD,
    }
)
UNFINISHED = frozenset(State) - ENDED
CLAIMABLE = frozenset({State.SCHEDULED, State.QUEUED})

TRANSITIONS: dict[State, frozenset[State]] = {
    State.SCHEDULED: frozenset(
        {
            State.QUEUED,
            State.RUNNING,
            State.CANCELLED,
            State.MISSED,
            State.SKIPPED,
            State.FAILED,
        }
    ),
    # Back to `scheduled` when the broker has lost its message.
    State.QUEUED: frozenset(
        {
            State.SCHEDULED,
            State.RUNNING,
            State.CANCELLED,
            State.MISSED,
            State.SKIPPED,
            State.FAILED,
        }
    ),
    State.WAITING: frozenset(
        {State.SCHEDULED, State.CANCELLED, State.MISSED, State.SKIPPED, State.FAILED}
    ),
    State.RUNNING: frozenset(
        {
            State.SUCCEEDED,
            State.FAILED,
            State.SKIPPED,
            State.CANCELLED,
            State.DEAD,
            State.WAITING,
            State.SCHEDULED,
        }
    ),
    # A dead letter that a person tries again; `running` when only its parts are.
    State.FAILED: frozenset({State.SCHEDULED, State.RUNNING}),
    State.DEAD: frozenset({State.SCHEDULED, State.RUNNING}),
    State.SUCCEEDED: frozenset(),
    State.SKIPPED: frozenset(),
    State.MISSED: frozenset(),
    State.CANCELLED: frozenset(),
}


def may_become(old: State, new: State) -> bool:
    """Say whether a run may go from *old* to *new* in one step."""
    return new in TRANSITIONS[old]


class Outcome(StrEnum):
    """How one attempt ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CRASHED = "crashed"
    TIME_LIMIT = "time_limit"
    CANCELLED = "cancelled"
    HANDED_BACK = "handed_back"


def instant_text(at: datetime) -> str:
    """Return *at* in UTC as `2026-10-25T00:30:00Z`, with a fraction if it has one."""
    text = at.astimezone(UTC).isoformat().removesuffix("+00:00")
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "Z"


def run_id(job: str, scheduled_for: datetime, origin: str, part: int = 0) -> str:
    """
    Return the id of the run with this key: the same key gives the same id.

    It is the Celery task id as well, so that a second copy of a message is
    recognised wherever it turns up.
    """
    key = "|".join((job, instant_text(scheduled_for), origin, str(part)))
    return str(uuid5(NAMESPACE, key))


@dataclass(frozen=True, slots=True)
class NewRun:
    """
    A run about to be entered in the ledger.

    Attributes:
        scheduled_for: the nominal fire time; aware, UTC.
        state: `scheduled`, `waiting`, `skipped` or `missed`.
        origin: `schedule`, `manual:<key>`, `backfill:<id>`, `flip:<id>:<channel>`.
        not_before: earliest start of a waiting run; None while it waits for
            its predecessor.
        missed_until: last fire time of a missed stretch, with *missed_count*.
        interval_start: the data interval is (interval_start, scheduled_for]: from
            the fire time before; None when there is none.
        decision: what the job's policies said, in words.
        entered_by: beat, token or user that entered it.
    """

    job: str
    kind: str
    queue: str
    priority: str
    scheduled_for: datetime
    state: State = State.SCHEDULED
    origin: str = "schedule"
    part: int = 0
    parent: str | None = None
    reason: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None
    missed_until: datetime | None = None
    missed_count: int | None = None
    limits: Limits = USUAL
    interval_start: datetime | None = None
    decision: str | None = None
    entered_by: str | None = None
    id: str = field(init=False)

    def __post_init__(self) -> None:
        """Work out the id, once: on its way into a queue it is asked for five times."""
        key = (self.job, self.scheduled_for, self.origin, self.part)
        object.__setattr__(self, "id", run_id(*key))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claim of a run; number 1 is the first."""

    number: int
    worker: str
    started_at: datetime
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Fan:
    """How far a run is that was split: its parts, and those left and failed."""

    total: int
    left: int
    failed: int


@dataclass(frozen=True, slots=True)
class Run:
    """
    One execution of a job for one fire time, as the ledger holds it.

    Attributes:
        sends: how often a message for it was published.
        discarded_at: when a person took it off the list of dead letters.
        parts: how many it was split into, with how many have not ended and how
            many of the ended ones did not succeed; None when it was not split.
    """

    id: str
    job: str
    kind: str
    queue: str
    priority: str
    scheduled_for: datetime
    state: State
    origin: str
    part: int
    parent: str | None
    reason: str | None
    params: dict[str, Any]
    attempt: int
    errors: int
    crashes: int
    created_at: datetime
    not_before: datetime | None
    sent_at: datetime | None
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    deadline_at: datetime | None
    owner: str | None
    lease_until: datetime | None
    error: str | None
    result: dict[str, Any] | None
    missed_until: datetime | None
    missed_count: int | None
    sends: int = 0
    time_limit_s: int | None = None
    soft_limit_s: int | None = None
    run_limit_s: int | None = None
    start_margin_s: int | None = None
    interval_start: datetime | None = None
    decision: str | None = None
    entered_by: str | None = None
    discarded_at: datetime | None = None
    parts: int | None = None
    parts_left: int | None = None
    parts_failed: int | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def fan(self) -> Fan | None:
        """How far its parts are; None when it was not split."""
        if self.parts is None:
            return None
        return Fan(self.parts, self.parts_left or 0, self.parts_failed or 0)

    @property
    def last_error(self) -> str | None:
        """The run's error, else that of its last attempt with one, else its reason."""
        errors = (one.error for one in reversed(self.attempts) if one.error)
        return self.error or next(errors, self.reason)


@dataclass(frozen=True, slots=True)
class Claim:
    """
    The right to run *run_id* once; `attempt` is its fencing number.

    Attributes:
        claimed_at: the ledger's clock at the claim, aware, UTC.
        interval_start: see `NewRun`.
    """

    run_id: str
    attempt: int
    job: str
    kind: str
    scheduled_for: datetime
    params: dict[str, Any]
    origin: str
    claimed_at: datetime
    deadline_at: datetime
    time_limit_s: int
    queue: str = ""
    part: int = 0
    parent: str | None = None
    interval_start: datetime | None = None
