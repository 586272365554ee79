"""Execute one run: claim it, do its work, and enter how it ended."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.limits import USUAL
from airq_cron.domain.retry import retry_delay
from airq_cron.domain.run import ENDED, Claim, Outcome, Run, State
from airq_cron.errors import AirqError, DeliveryError, LeaseLostError, NotFoundError
from airq_cron.ports import Dispatcher, Message, Store, Unit
from airq_cron.services.pause import pause_failing
from airq_cron.services.publish import publish_runs

LEASE = timedelta(seconds=10)
LOG = logging.getLogger("airq.run")


def _nothing(unit: Unit) -> dict[str, Any]:
    """Write nothing more."""
    del unit
    return {}


@dataclass(frozen=True, slots=True)
class Ending:
    """
    How the body of a run wants it to end.

    Attributes:
        work: the run's last writes; they are committed together with its end
            and give the run's result. It may be repeated.
        reason: why, for `skipped` and `waiting`.
        parts: the parameters of parts into which the run splits instead of
            ending; each is a run of its own, and the last one ends this run.
    """

    work: Callable[[Unit], dict[str, Any]] = field(default=_nothing)
    state: State = State.SUCCEEDED
    reason: str | None = None
    not_before: datetime | None = None
    parts: Sequence[Mapping[str, Any]] = ()


Body = Callable[[Claim], Ending]


def execute_run(  # noqa: PLR0913 - what a message, its worker and its task give
    store: Store,
    dispatcher: Dispatcher,
    run_id: str,
    *,
    owner: str,
    body: Body,
    chance: Callable[[], float],
    lease: timedelta = LEASE,
    kind: str | None = None,
) -> State | None:
    """
    Claim the run, call *body* with the claim, and record the end.

    A second copy of a message, a run that has ended, one of another kind than the
    message named, and an unknown id are dropped: nothing happens, and None is
    returned. An error of the body is kept with its attempt, and the run waits for
    its next attempt or fails.

    Args:
        owner: `<worker>:<child pid>`.
        chance: draws a number in [0, 1) for the jitter of the next attempt.
        lease: how long the claim holds unless the worker's parent renews it.
        kind: what *body* does; None: whatever the run asks for.
    """

    def take(unit: Unit) -> Claim | None:
        taken = unit.runs.claim(run_id, owner=owner, lease=lease, kind=kind)
        # What comes too late to start has failed.
        pause_failing(unit)
        return taken

    claim = store.write(take)
    if claim is None:
        LOG.info("dropped", extra={"action": "run_dropped", "run_id": run_id})
        return None
    try:
        state, released = _carry_out(store, claim, body, chance)
    except LeaseLostError:
        LOG.warning("lease lost", extra={"action": "lease_lost", "run_id": run_id})
        return None
    publish_runs(store, dispatcher, released)
    return state


def _carry_out(
    store: Store, claim: Claim, body: Body, chance: Callable[[], float]
) -> tuple[State, list[Message]]:
    try:
        ending = body(claim)
        if ending.parts:
            return _split(store, claim, ending)
        return _end(store, claim, ending)
    except LeaseLostError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a body raises is an attempt's end
        return _fail(store, claim, error, chance)


def _end(store: Store, claim: Claim, ending: Ending) -> tuple[State, list[Message]]:
    ended = ending.state in ENDED

    def work(unit: Unit) -> list[Message]:
        result = ending.work(unit)
        is_over = unit.runs.finish(
            claim,
            ending.state,
            outcome=Outcome.SUCCEEDED if ended else Outcome.HANDED_BACK,
            reason=ending.reason,
            result=result,
            not_before=ending.not_before,
        )
        pause_failing(unit)
        # Nobody waits for a part, but for the run that the last one ends.
        return release_successor(unit, claim.job, claim.origin) if is_over else []

    released = store.write(work, claim=claim)
    _log(claim, ending.state, reason=ending.reason)
    return ending.state, released


def _split(store: Store, claim: Claim, ending: Ending) -> tuple[State, list[Message]]:
    def work(unit: Unit) -> list[Message]:
        ids = unit.runs.split(claim, ending.parts, result=ending.work(unit))
        like = message_for(unit.runs.get(claim.run_id))
        return [replace(like, run_id=part) for part in ids]

    messages = store.write(work, claim=claim)
    _log(claim, State.RUNNING, reason=f"split into {len(messages)} parts")
    return State.RUNNING, messages


def _fail(
    store: Store, claim: Claim, error: Exception, chance: Callable[[], float]
) -> tuple[State, list[Message]]:
    text = f"{type(error).__name__}: {error}"[:2000]
    outcome = Outcome.TIME_LIMIT if _is_time_limit(error) else Outcome.FAILED
    for_good = isinstance(error, AirqError) and not error.retryable
    draw = chance()
    retry_at = error.retry_at if isinstance(error, DeliveryError) else None

    def work(unit: Unit) -> tuple[State, list[Message]]:
        state = fail_attempt(
            unit, claim, outcome, text, draw=draw, for_good=for_good, retry_at=retry_at
        )
        if state is State.WAITING:
            return state, []
        return state, release_successor(unit, claim.job, claim.origin)

    state, released = store.write(work, claim=claim)
    _log(claim, state, error=text)
    return state, released


def fail_attempt(
    unit: Unit,
    claim: Claim,
    outcome: Outcome,
    error: str,
    *,
    draw: float,
    for_good: bool = False,
    retry_at: datetime | None = None,
) -> State:
    """
    End the attempt in an error; the run waits for its next one, or has failed.

    Args:
        outcome: `failed` or `time_limit`.
        draw: a number in [0, 1) for the jitter of the next attempt.
        for_good: whether no further attempt can help.
        retry_at: the next attempt comes no sooner.

    Raises:
        LeaseLostError: *claim* does not own its run any more.
    """
    not_before = None if for_good else _next_attempt(unit, claim, draw, retry_at)
    state = State.FAILED if not_before is None else State.WAITING
    unit.runs.finish(
        claim,
        state,
        outcome=outcome,
        reason=None if not_before is None else "retry",
        error=error,
        not_before=not_before,
    )
    pause_failing(unit)
    return state


def _next_attempt(
    unit: Unit, claim: Claim, draw: float, retry_at: datetime | None
) -> datetime | None:
    """Return when the run is tried again, or None when it has failed for good."""
    try:
        rule = unit.jobs.get(claim.job).retry
    except NotFoundError:
        return None
    failures = unit.runs.get(claim.run_id).errors + 1
    delay = retry_delay(rule, failures, draw)
    if delay is None:
        return None
    not_before = unit.runs.now() + delay
    if retry_at is not None:
        not_before = max(not_before, retry_at)
    return not_before if not_before < claim.deadline_at else None


def release_successor(unit: Unit, job: str, origin: str) -> list[Message]:
    """Make the next run that waits for this one's end ready to be published."""
    backfill = origin if origin.startswith("backfill:") else None
    ids = unit.runs.release_next(job, backfill=backfill)
    return [message_for(unit.runs.get(run_id)) for run_id in ids]


def message_for(run: Run) -> Message:
    """Return the message that makes a worker look at *run*."""
    return Message(
        run.id,
        run.kind,
        run.queue,
        run.priority,
        run.time_limit_s or USUAL.time_limit_s,
        run.soft_limit_s or USUAL.soft_limit_s,
    )


def _is_time_limit(error: Exception) -> bool:
    return type(error).__name__ == "SoftTimeLimitExceeded"


def _log(claim: Claim, state: State, **more: str | None) -> None:
    punctuality = (claim.claimed_at - claim.scheduled_for).total_seconds()
    LOG.info(
        "%s %s",
        claim.job,
        state.value,
        extra={
            "action": "run_ended",
            "job": claim.job,
            "run_id": claim.run_id,
            "attempt": claim.attempt,
            "scheduled_for": claim.scheduled_for.isoformat(),
            "punctuality_s": round(punctuality, 3),
            "outcome": state.value,
            **more,
        },
    )
