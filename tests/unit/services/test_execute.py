"""One run from its claim to its end."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.domain.run import Claim, NewRun, Outcome, State
from airq_cron.errors import InvalidError, TransientError
from airq_cron.ports import Unit
from airq_cron.services.execute import Body, Ending, execute_run, message_for
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests import entries

SECOND = timedelta(seconds=1)
RETRYING = RetryRule(Backoff.FIXED, attempts=2, delay_s=30.0)

Execute = Callable[..., State | None]


class SoftTimeLimitExceeded(Exception):  # noqa: N818 - Celery's name
    """What Celery raises in a body that takes too long."""


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def execute(store: SqlStore, dispatcher: RecordingDispatcher) -> Execute:
    """Give a function that executes a run as a worker's child does."""

    def once(run_id: str, body: Body = succeed) -> State | None:
        return execute_run(
            store,
            dispatcher,
            run_id,
            owner=entries.OWNER,
            body=body,
            chance=lambda: 0.5,
        )

    return once


def succeed(claim: Claim) -> Ending:
    """Do nothing, well."""
    del claim
    return Ending()


def failing(error: Exception) -> Body:
    """Return a body that raises *error*."""

    def body(claim: Claim) -> Ending:
        del claim
        raise error

    return body


def entered(store: SqlStore, job: Job | None = None, *runs: NewRun) -> list[str]:
    """Enter a job and runs of it; return their ids."""
    store.write(lambda unit: unit.jobs.add(job or entries.job(retry=RETRYING)))
    return entries.enter(store, *(runs or [entries.run()]))


def test_a_run_is_claimed_done_and_ended(store: SqlStore, execute: Execute) -> None:
    """What the body gave stands with the end."""
    (run_id,) = entered(store)

    state = execute(run_id, lambda _: Ending(lambda _: {"stored": 3}))

    run = entries.get(store, run_id)
    assert State.SUCCEEDED is state is run.state
    assert ({"stored": 3}, 1, None) == (run.result, run.attempt, run.error)
    assert [(1, entries.OWNER, Outcome.SUCCEEDED)] == [
        (one.number, one.worker, one.outcome) for one in run.attempts
    ]


def test_the_claim_tells_the_body_what_to_do(store: SqlStore, execute: Execute) -> None:
    """Parameters, fire time, and until when."""
    seen: list[Claim] = []
    (run_id,) = entered(store, None, entries.run(params={"location": "paris"}))

    def body(claim: Claim) -> Ending:
        seen.append(claim)
        return Ending()

    execute(run_id, body)

    (claim,) = seen
    assert (run_id, 1, {"location": "paris"}, entries.DAWN) == (
        claim.run_id, claim.attempt, claim.params, claim.scheduled_for
    )  # fmt: skip
    assert claim.claimed_at < claim.deadline_at


def test_a_message_that_names_another_task_is_dropped(
    store: SqlStore, dispatcher: RecordingDispatcher
) -> None:
    """The run is neither done as something else nor charged with an attempt."""
    (run_id,) = entered(store)

    def sent_as(kind: str) -> State | None:
        return execute_run(
            store,
            dispatcher,
            run_id,
            owner=entries.OWNER,
            body=succeed,
            chance=lambda: 0.5,
            kind=kind,
        )

    assert sent_as("cleanup") is None
    before = entries.get(store, run_id)
    assert (State.SCHEDULED, 0, ()) == (before.state, before.attempt, before.attempts)
    assert State.SUCCEEDED is sent_as(before.kind)


def test_a_second_copy_of_a_message_is_dropped(
    store: SqlStore, execute: Execute, dispatcher: RecordingDispatcher
) -> None:
    """The body runs once, whatever the broker repeats, and to whom."""
    (run_id,) = entered(store)
    meanwhile: list[State | None] = []

    def body(claim: Claim) -> Ending:
        found = execute_run(
            store,
            dispatcher,
            claim.run_id,
            owner="other:1",
            body=failing(AssertionError("ran twice")),
            chance=lambda: 0.5,
        )
        meanwhile.append(found)
        return Ending()

    assert [State.SUCCEEDED, None] == [execute(run_id, body) for _ in range(2)]
    assert [None] == meanwhile


def test_an_unknown_run_is_dropped(execute: Execute) -> None:
    """A flushed database or a strange message ends no worker."""
    assert execute("00000000-0000-5000-8000-000000000000") is None


def test_what_the_body_writes_last_is_committed_with_the_end(
    store: SqlStore, execute: Execute
) -> None:
    """Both or neither."""

    def work(unit: Unit) -> dict[str, Any]:
        unit.jobs.add(entries.job("made"))
        raise InvalidError("field", "is wrong")

    (run_id,) = entered(store)

    assert State.FAILED is execute(run_id, lambda _: Ending(work))
    with store.read() as unit:
        assert "made" not in {job.name for job in unit.jobs.all()}


def test_an_error_that_may_pass_waits_for_the_next_attempt(
    store: SqlStore, execute: Execute, clock: FakeClock
) -> None:
    """By the job's retry rule."""
    (run_id,) = entered(store)

    state = execute(run_id, failing(TransientError("503")))

    run = entries.get(store, run_id)
    assert State.WAITING is state is run.state
    assert ("retry", clock.now() + 30 * SECOND, 1) == (
        run.reason, run.not_before, run.errors
    )  # fmt: skip
    assert [(Outcome.FAILED, "TransientError: 503")] == [
        (one.outcome, one.error) for one in run.attempts
    ]


def test_exhausted_attempts_fail_the_run(
    store: SqlStore, execute: Execute, clock: FakeClock
) -> None:
    """It becomes a dead letter with its last error."""
    (run_id,) = entered(store)
    execute(run_id, failing(TransientError("503")))
    clock.advance(30 * SECOND)
    store.write(lambda unit: unit.runs.take_waiting(10))

    state = execute(run_id, failing(TransientError("504")))

    run = entries.get(store, run_id)
    assert State.FAILED is state is run.state
    assert (2, 2, "TransientError: 504") == (run.attempt, run.errors, run.error)


def test_an_error_that_stays_fails_at_once(store: SqlStore, execute: Execute) -> None:
    """Trying again cannot help."""
    (run_id,) = entered(store)

    assert State.FAILED is execute(run_id, failing(InvalidError("zone", "unknown")))


def test_an_unforeseen_error_is_an_attempt_like_others(
    store: SqlStore, execute: Execute
) -> None:
    """It is kept with its kind, and tried again."""
    (run_id,) = entered(store)

    state = execute(run_id, failing(ZeroDivisionError("division by zero")))

    assert State.WAITING is state
    assert "ZeroDivisionError: division by zero" == (
        entries.get(store, run_id).attempts[0].error
    )


def test_a_very_long_error_is_cut(store: SqlStore, execute: Execute) -> None:
    """A page of HTML is no message."""
    (run_id,) = entered(store)

    execute(run_id, failing(ValueError("x" * 100_000)))

    assert 2000 == len(entries.get(store, run_id).attempts[0].error or "")


def test_a_time_limit_is_told_from_other_errors(
    store: SqlStore, execute: Execute
) -> None:
    """It is an attempt that failed, with an outcome of its own."""
    (run_id,) = entered(store)

    execute(run_id, failing(SoftTimeLimitExceeded()))

    assert Outcome.TIME_LIMIT is entries.get(store, run_id).attempts[0].outcome


def test_no_retry_outlives_the_deadline(store: SqlStore, execute: Execute) -> None:
    """A run of a job of every minute does not come back an hour later."""
    job = entries.job(retry=replace(RETRYING, delay_s=7200.0, cap_s=7200.0))
    (run_id,) = entered(store, job)

    assert State.FAILED is execute(run_id, failing(TransientError("503")))


def test_a_run_whose_job_is_gone_is_not_retried(
    store: SqlStore, execute: Execute
) -> None:
    """Nobody can say by which rule."""
    (run_id,) = entries.enter(store, entries.run(of="gone"))

    assert State.FAILED is execute(run_id, failing(TransientError("503")))


def test_waiting_for_a_quota_counts_as_nothing(
    store: SqlStore, execute: Execute, clock: FakeClock
) -> None:
    """Neither an error nor a crash."""
    later = clock.now() + 30 * SECOND
    (run_id,) = entered(store)

    state = execute(
        run_id,
        lambda _: Ending(state=State.WAITING, reason="quota", not_before=later),
    )

    run = entries.get(store, run_id)
    assert State.WAITING is state
    assert ("quota", later, 0, 0) == (
        run.reason, run.not_before, run.errors, run.crashes
    )  # fmt: skip
    assert [Outcome.HANDED_BACK] == [one.outcome for one in run.attempts]


def test_an_attempt_that_was_taken_over_ends_nothing(
    store: SqlStore, execute: Execute, clock: FakeClock
) -> None:
    """A worker that was frozen finds its run in other hands."""
    (run_id,) = entered(store)

    def frozen(claim: Claim) -> Ending:
        clock.advance(60 * SECOND)
        store.write(lambda unit: unit.runs.take_expired(3, 10))
        entries.claim(store, claim.run_id, owner="other:1")
        return Ending()

    assert execute(run_id, frozen) is None
    run = entries.get(store, run_id)
    assert (State.RUNNING, "other:1", 2) == (run.state, run.owner, run.attempt)


@pytest.mark.parametrize(
    ("body", "end"),
    [(succeed, State.SUCCEEDED), (failing(InvalidError("x", "y")), State.FAILED)],
    ids=["success", "failure"],
)
def test_the_end_of_a_run_sends_its_successor(
    body: Body,
    end: State,
    store: SqlStore,
    execute: Execute,
    dispatcher: RecordingDispatcher,
) -> None:
    """However it ended, and one at a time."""
    first, second, third = entered(
        store,
        entries.job(overlap=Overlap.QUEUE_ALL),
        entries.run(0),
        entries.run(1, state=State.WAITING, reason="predecessor"),
        entries.run(2, state=State.WAITING, reason="predecessor"),
    )

    assert end is execute(first, body)
    assert [second] == dispatcher.ids
    assert [State.QUEUED, State.WAITING] == entries.states(store, [second, third])


def test_a_run_that_will_be_tried_again_holds_its_successor_back(
    store: SqlStore, execute: Execute, dispatcher: RecordingDispatcher
) -> None:
    """It has not ended."""
    first, second = entered(
        store,
        None,
        entries.run(0),
        entries.run(1, state=State.WAITING, reason="predecessor"),
    )

    execute(first, failing(TransientError("503")))

    assert ([], [State.WAITING]) == (dispatcher.ids, entries.states(store, [second]))


def test_the_end_is_one_line_in_the_log(
    store: SqlStore, execute: Execute, caplog: pytest.LogCaptureFixture
) -> None:
    """With what one searches for: job, run, attempt, outcome, lateness."""
    (run_id,) = entered(store)

    with caplog.at_level(logging.INFO, "airq.run"):
        execute(run_id)

    (record,) = caplog.records
    assert ("run_ended", "a-job", run_id, 1, "succeeded") == (
        record.action, record.job, record.run_id, record.attempt, record.outcome  # type: ignore[attr-defined]
    )  # fmt: skip


def test_a_message_carries_no_more_than_it_must(store: SqlStore) -> None:
    """Id, kind, queue and priority of the run."""
    (run_id,) = entered(store)
    run = entries.get(store, run_id)

    message = message_for(run)

    assert (run.id, run.kind, run.queue, run.priority) == (
        message.run_id, message.kind, message.queue, message.priority
    )  # fmt: skip
