"""A run whose body splits it into parts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.limits import Limits
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.domain.run import Claim, NewRun, State
from airq_cron.errors import TransientError
from airq_cron.services.execute import Body, Ending, execute_run
from airq_cron.services.sweep import sweep
from airq_cron.services.tick import replace_unfinished
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryQueues, RecordingDispatcher
from tests import entries

RETRYING = RetryRule(Backoff.FIXED, attempts=2, delay_s=30.0)

Execute = Callable[..., State | None]


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def execute(store: SqlStore, dispatcher: RecordingDispatcher) -> Execute:
    """Give a function that executes a run as a worker's child does."""

    def once(run_id: str, body: Body = succeed) -> State | None:
        owner = entries.OWNER
        return execute_run(
            store, dispatcher, run_id, owner=owner, body=body, chance=lambda: 0.5
        )

    return once


def succeed(claim: Claim) -> Ending:
    """Do nothing, well."""
    del claim
    return Ending()


def fail(claim: Claim) -> Ending:
    """Find the upstream away."""
    raise TransientError(f"away for {claim.job}")


def entered(store: SqlStore, job: Job | None = None, *runs: NewRun) -> list[str]:
    """Enter a job and runs of it; return their ids."""
    store.write(lambda unit: unit.jobs.add(job or entries.job(retry=RETRYING)))
    return entries.enter(store, *(runs or [entries.run()]))


def test_a_run_is_done_in_parts(
    store: SqlStore, execute: Execute, dispatcher: RecordingDispatcher
) -> None:
    """They are published at once, with what the run's own message says."""
    (run_id,) = entered(store, None, entries.run(priority="high"))

    state = execute(run_id, lambda _: Ending(parts=[{"slice": 1}, {"slice": 2}]))

    parts = list(dispatcher.published)
    seen: list[dict[str, Any]] = []

    def body(claim: Claim) -> Ending:
        seen.append(claim.params)
        return Ending()

    for part in parts:
        execute(part.run_id, body)
    assert State.RUNNING is state
    assert [("monitoring", "high")] * 2 == [(one.queue, one.priority) for one in parts]
    assert [{"slice": 1}, {"slice": 2}] == seen
    assert State.SUCCEEDED is entries.get(store, run_id).state


def test_the_last_part_releases_what_follows(
    store: SqlStore, execute: Execute, dispatcher: RecordingDispatcher
) -> None:
    """A run that waits for its predecessor waits for all its parts."""
    run_id, follower = entered(store, None, entries.run(1), entries.waiting(2))
    execute(run_id, lambda _: Ending(parts=[{}, {}]))
    first, last = dispatcher.ids

    execute(first)
    early = list(dispatcher.ids)
    execute(last)

    assert [first, last] == early
    assert [first, last, follower] == dispatcher.ids


def test_an_error_of_a_part_is_tried_again(store: SqlStore, execute: Execute) -> None:
    """By its job's rule; until then its run goes on."""
    (run_id,) = entered(store)
    execute(run_id, lambda _: Ending(parts=[{}]))
    part = entries.part_ids(store, run_id)[0]

    state = execute(part, fail)

    assert State.WAITING is state
    assert State.RUNNING is entries.get(store, run_id).state


def test_a_part_that_splits_fails(store: SqlStore, execute: Execute) -> None:
    """One level of parts is enough."""
    (run_id,) = entered(store, entries.job())
    execute(run_id, lambda _: Ending(parts=[{}]))

    state = execute(entries.part_ids(store, run_id)[0], lambda _: Ending(parts=[{}]))

    assert State.FAILED is state is entries.get(store, run_id).state


def test_a_sweeper_ends_what_its_parts_do_not(
    store: SqlStore,
    execute: Execute,
    dispatcher: RecordingDispatcher,
    clock: FakeClock,
) -> None:
    """Past its deadline the run has failed, and what follows is released."""
    limits = Limits(run_limit_s=60)
    runs = (entries.run(1, limits=limits), entries.waiting(2))
    run_id, follower = entered(store, None, *runs)
    execute(run_id, lambda _: Ending(parts=[{}, {}]))
    execute(dispatcher.ids[0])
    last = dispatcher.ids[1]
    clock.advance(timedelta(seconds=60))

    sweep(store, dispatcher, MemoryQueues(), take_back=True)

    found = entries.get(store, run_id)
    assert (State.FAILED, "deadline") == (found.state, found.reason)
    assert State.CANCELLED is entries.get(store, last).state
    assert follower == dispatcher.ids[-1]


def test_a_run_in_parts_is_replaced_whole(
    store: SqlStore, execute: Execute, dispatcher: RecordingDispatcher
) -> None:
    """Its unfinished parts are cancelled with it, saying by what."""
    job = entries.job(overlap=Overlap.REPLACE)
    (run_id,) = entered(store, job)
    execute(run_id, lambda _: Ending(parts=[{}, {}]))
    first, second = dispatcher.ids
    execute(first)

    store.write(lambda unit: replace_unfinished(unit, job.name, by="a-newer-run"))

    states = entries.states(store, [run_id, first, second])
    assert [State.CANCELLED, State.SUCCEEDED, State.CANCELLED] == states
