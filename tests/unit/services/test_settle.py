"""Attempts whose process ended without saying how."""

import pytest

from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.domain.run import Outcome, State
from airq_cron.services.settle import Death, settle_deaths
from airq_cron.services.sweep import CRASH_LIMIT
from airq_cron.store.store import SqlStore
from tests import entries

RETRYING = RetryRule(Backoff.FIXED, attempts=2, delay_s=30.0)


def settle(store: SqlStore, *deaths: Death) -> list[str]:
    """Record the deaths."""
    return settle_deaths(store, deaths, chance=lambda: 0.5)


def test_a_death_is_a_crash(store: SqlStore) -> None:
    """The run may start again at once, and no error is counted."""
    claim = entries.begin(store)

    settled = settle(store, Death(claim.run_id, entries.OWNER))

    run = entries.get(store, claim.run_id)
    assert [claim.run_id] == settled
    assert (State.SCHEDULED, 1, 0) == (run.state, run.crashes, run.errors)
    assert [Outcome.CRASHED] == [one.outcome for one in run.attempts]


def test_the_last_crash_is_the_end(store: SqlStore) -> None:
    """A run that kills whatever runs it is given up."""
    claim = entries.begin(store)
    for crash in range(CRASH_LIMIT):
        if crash:
            entries.claim(store, claim.run_id)
        settle(store, Death(claim.run_id, entries.OWNER))

    assert State.DEAD is entries.get(store, claim.run_id).state


def test_without_recovery_the_first_crash_is_the_end(store: SqlStore) -> None:
    """CRON_ENABLE_AUTOMATIC_RECOVERY=false; it says so, and counts the crash."""
    claim = entries.begin(store)
    death = Death(claim.run_id, entries.OWNER)

    settle_deaths(store, [death], chance=lambda: 0.5, recover=False)

    run = entries.get(store, claim.run_id)
    assert (State.DEAD, "recovery_off", 1) == (run.state, run.reason, run.crashes)


def test_a_time_limit_is_an_error_and_tried_again(store: SqlStore) -> None:
    """It obeys the job's retry rule, and no crash is counted."""
    store.write(lambda unit: unit.jobs.add(entries.job(retry=RETRYING)))
    claim = entries.begin(store)

    settle(store, Death(claim.run_id, entries.OWNER, limit_s=300))

    run = entries.get(store, claim.run_id)
    assert (State.WAITING, 0, 1) == (run.state, run.crashes, run.errors)
    assert run.not_before is not None
    assert [(Outcome.TIME_LIMIT, "TimeLimitExceeded: ended after 300 s")] == [
        (one.outcome, one.error) for one in run.attempts
    ]


def test_a_time_limit_without_retries_is_a_failure(store: SqlStore) -> None:
    """The rule of the job allows one attempt."""
    store.write(lambda unit: unit.jobs.add(entries.job()))
    claim = entries.begin(store)

    settle(store, Death(claim.run_id, entries.OWNER, limit_s=300))

    run = entries.get(store, claim.run_id)
    assert (State.FAILED, 1) == (run.state, run.errors)
    assert "TimeLimitExceeded: ended after 300 s" == run.error


@pytest.mark.parametrize("limit_s", [None, 300.0])
def test_what_the_child_ended_itself_stays_as_it_is(
    store: SqlStore, limit_s: float | None
) -> None:
    """It died after its last word."""
    claim = entries.begin(store)
    entries.finish(store, claim)

    settled = settle(store, Death(claim.run_id, entries.OWNER, limit_s))

    assert [] == settled
    assert State.SUCCEEDED is entries.get(store, claim.run_id).state


@pytest.mark.parametrize("limit_s", [None, 300.0])
def test_another_childs_attempt_is_left_alone(
    store: SqlStore, limit_s: float | None
) -> None:
    """The run has begun again in a sibling of the child that died."""
    claim = entries.begin(store, 1)
    sibling = f"{entries.WORKER}:8"
    settle(store, Death(claim.run_id, entries.OWNER))
    entries.claim(store, claim.run_id, owner=sibling)

    settled = settle(store, Death(claim.run_id, entries.OWNER, limit_s))

    run = entries.get(store, claim.run_id)
    assert [] == settled
    assert (State.RUNNING, sibling, 1) == (run.state, run.owner, run.crashes)


def test_many_deaths_are_settled_together(store: SqlStore) -> None:
    """One of them being stale does not keep the others from it."""
    claims = [entries.begin(store, minute) for minute in range(3)]
    entries.finish(store, claims[1])

    settled = settle(store, *(Death(one.run_id, entries.OWNER) for one in claims))

    assert [claims[0].run_id, claims[2].run_id] == settled
