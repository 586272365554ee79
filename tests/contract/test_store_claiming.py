"""A run is claimed once, fenced by its attempt, and kept by its lease."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from airq_cron.domain.limits import limits_of
from airq_cron.domain.run import Claim, Outcome, State
from airq_cron.errors import LeaseLostError
from airq_cron.ports import Unit
from airq_cron.store.ledger_tables import runs
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import (
    DAWN,
    LEASE,
    OWNER,
    WORKER,
    begin,
    claim,
    enter,
    finish,
    get,
    job,
    run,
    try_claim,
)


def renew(store: SqlStore, ids: list[str], worker: str = WORKER) -> set[str]:
    """Renew leases."""
    return store.write(lambda unit: unit.runs.renew(ids, worker=worker, lease=LEASE))


def test_a_claim_takes_the_run(store: SqlStore) -> None:
    """The run is running, leased to its owner, with its first attempt open."""
    entered = run(1, params={"location": "paris"})
    enter(store, entered)

    claimed = claim(store, entered.id)

    found = get(store, entered.id)
    assert (
        Claim(
            run_id=entered.id,
            attempt=1,
            job="a-job",
            kind="health",
            scheduled_for=DAWN + timedelta(minutes=1),
            params={"location": "paris"},
            origin="schedule",
            claimed_at=claimed.claimed_at,
            deadline_at=claimed.claimed_at + timedelta(hours=1),
            time_limit_s=300,
            queue="monitoring",
        )
        == claimed
    )
    assert (State.RUNNING, 1, OWNER) == (found.state, found.attempt, found.owner)
    assert claimed.claimed_at + LEASE == found.lease_until
    assert claimed.claimed_at == found.started_at
    assert found.queued_at is not None
    assert [(1, OWNER, claimed.claimed_at, None, None)] == [
        (one.number, one.worker, one.started_at, one.finished_at, one.outcome)
        for one in found.attempts
    ]


@pytest.mark.parametrize(
    ("definition", "limit_s"),
    [
        ({"schedule": "* * * * *"}, 60),
        ({"schedule": "0 * * * *"}, 3600),
        ({"schedule": "0 3 * * *"}, 3600),
        ({"schedule": "at 2030-01-01T00:00:00Z"}, 3600),
        ({"schedule": "every 30s"}, 30),
        ({"schedule": "every 30s", "run_limit_s": 900}, 900),
    ],
)
def test_the_job_decides_the_limits(
    store: SqlStore, definition: dict[str, Any], limit_s: int
) -> None:
    """The deadline is the job's run limit, else its period, at most an hour."""
    limits = limits_of(job(time_limit_s=20, **definition))

    claimed = begin(store, limits=limits)

    assert 20 == claimed.time_limit_s
    assert timedelta(seconds=limit_s) == claimed.deadline_at - claimed.claimed_at


def test_only_what_is_ready_is_claimed(store: SqlStore) -> None:
    """Waiting, ended and unknown runs are dropped."""
    waiting = run(1, state=State.WAITING)
    skipped = run(2, state=State.SKIPPED)
    enter(store, waiting, skipped)

    found = [try_claim(store, one.id) for one in (waiting, skipped, run(3))]

    assert [None, None, None] == found


def test_a_running_run_is_nobody_elses(store: SqlStore) -> None:
    """A second copy of its message is dropped, even with the lease run out."""
    claimed = begin(store)
    store.write(
        lambda unit: unit.runs.renew([claimed.run_id], worker=WORKER, lease=-LEASE)
    )

    assert try_claim(store, claimed.run_id, owner="worker@host:8") is None
    assert 1 == get(store, claimed.run_id).attempt


def test_the_owner_may_claim_again(store: SqlStore) -> None:
    """The answer to the first claim may have been lost."""
    first = begin(store)

    again = claim(store, first.run_id, lease=2 * LEASE)

    found = get(store, first.run_id)
    assert first == again
    assert 1 == len(found.attempts)
    assert found.lease_until is not None
    assert found.lease_until > first.claimed_at + LEASE


def test_an_ended_run_is_not_claimed_again(store: SqlStore) -> None:
    """A late copy of a message finds its run ended, its owner included."""
    claimed = begin(store)
    finish(store, claimed)

    assert try_claim(store, claimed.run_id) is None


def test_the_deadline_stays_over_attempts(store: SqlStore) -> None:
    """It counts from the first claim; each claim raises the attempt."""
    first = begin(store)
    store.write(lambda unit: unit.runs.hand_back([first.run_id], worker=WORKER))

    second = claim(store, first.run_id, owner="other@host:1")

    found = get(store, first.run_id)
    assert (2, first.deadline_at) == (second.attempt, second.deadline_at)
    assert first.claimed_at == found.started_at
    assert [Outcome.HANDED_BACK, None] == [one.outcome for one in found.attempts]


def test_the_fence_lets_the_claim_through(store: SqlStore) -> None:
    """The attempt that runs may write."""
    claimed = begin(store)

    store.write(lambda unit: unit.jobs.add(job()), claim=claimed)

    with store.read() as unit:
        assert ["a-job"] == [one.name for one in unit.jobs.all()]


@pytest.mark.parametrize("how", ["taken over", "ended", "cancelled", "gone"])
def test_the_fence_stops_whoever_lost_the_run(store: SqlStore, how: str) -> None:
    """Nothing of a lost attempt is written, whatever it was lost to."""
    claimed = begin(store)
    _lose(store, claimed, how)

    def work(unit: Unit) -> None:
        unit.jobs.add(job())

    with pytest.raises(LeaseLostError):
        store.write(work, claim=claimed)
    with store.read() as unit:
        assert [] == unit.jobs.all()


def _lose(store: SqlStore, claimed: Claim, how: str) -> None:
    if how == "taken over":
        store.write(lambda unit: unit.runs.hand_back([claimed.run_id], worker=WORKER))
        claim(store, claimed.run_id, owner="other@host:1")
    elif how == "ended":
        finish(store, claimed)
    elif how == "cancelled":
        store.write(lambda unit: unit.runs.cancel([claimed.run_id], reason="asked"))
    else:
        finish(store, claimed)
        store.write(
            lambda unit: unit.runs.purge(
                "a-job", states=[State.SUCCEEDED], before=DAWN, keep=0, limit=9
            )
        )


def test_a_lease_is_renewed_for_its_worker(store: SqlStore) -> None:
    """Each child of a worker is renewed by the worker's one call."""
    ours = begin(store, 1)
    sibling = begin(store, 2, of="another")
    before = get(store, ours.run_id).lease_until

    held = renew(store, [ours.run_id, sibling.run_id])

    after = get(store, ours.run_id).lease_until
    assert {ours.run_id, sibling.run_id} == held
    assert before is not None
    assert after is not None
    assert before < after


def test_a_lost_lease_is_not_renewed(store: SqlStore) -> None:
    """What is missing in the answer tells the parent to end that child."""
    ended, cancelled, foreign = (begin(store, minute) for minute in (1, 2, 3))
    finish(store, ended)
    store.write(lambda unit: unit.runs.cancel([cancelled.run_id], reason="asked"))
    store.write(lambda unit: unit.runs.hand_back([foreign.run_id], worker=WORKER))
    claim(store, foreign.run_id, owner="worker@other:7")

    held = renew(store, [ended.run_id, cancelled.run_id, foreign.run_id, "unknown"])

    assert set() == held


@pytest.mark.parametrize(
    ("owner", "worker"),
    [
        ("a1b@host:7", "a_b@host"),
        ("axx@host:7", "a%@host"),
        ("A@host:7", "a@host"),
        ("a@host2:7", "a@host"),
        ("a@host:7", ""),
    ],
)
def test_a_workers_name_is_taken_literally(
    store: SqlStore, owner: str, worker: str
) -> None:
    """No sign in a name is a wildcard, and its case counts."""
    entered = run(1)
    enter(store, entered)
    claim(store, entered.id, owner=owner)

    assert set() == renew(store, [entered.id], worker)


def test_strange_names_renew_their_own(store: SqlStore) -> None:
    """Colons and wildcards in a worker's own name do no harm."""
    entered = run(1)
    enter(store, entered)
    claim(store, entered.id, owner="a:%_é@host:7")

    assert {entered.id} == renew(store, [entered.id], "a:%_é@host")


@pytest.mark.parametrize("claimers", [2, 8])
def test_of_many_claimers_one_wins(database: Database, claimers: int) -> None:
    """However many copies of a message arrive at the same moment."""
    store = database.open()
    entered = [run(minute) for minute in range(5)]
    enter(store, *entered)
    barrier = threading.Barrier(claimers)

    def take(number: int) -> list[Claim | None]:
        mine = database.open()
        found = []
        for one in entered:
            barrier.wait(timeout=20)
            found.append(try_claim(mine, one.id, owner=f"w{number}@host:1"))
        return found

    with ThreadPoolExecutor(claimers) as pool:
        taken = list(pool.map(take, range(claimers)))

    won = [sum(one is not None for one in of) for of in zip(*taken, strict=True)]
    assert [1] * 5 == won
    assert [1] * 5 == [len(get(store, one.id).attempts) for one in entered]


@pytest.mark.postgres
def test_a_run_that_is_writing_does_not_hold_up_the_others(
    postgres_database: Database, wait_until: Callable[..., None]
) -> None:
    """The renewal of all leases passes over a locked row and counts it as held."""
    store = postgres_database.open()
    busy, idle = begin(store, 1), begin(store, 2)
    before = get(store, idle.run_id).lease_until
    entered, leave = threading.Event(), threading.Event()

    def work(unit: Unit) -> None:
        entered.set()
        assert leave.wait(20)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(store.write, work, claim=busy)
        wait_until(entered.is_set, "the busy run writes")
        held = renew(store, [busy.run_id, idle.run_id])
        leave.set()
        writing.result(20)

    after = get(store, idle.run_id).lease_until
    assert {busy.run_id, idle.run_id} == held
    assert before is not None
    assert after is not None
    assert before < after


def test_the_owner_of_a_running_attempt_holds_its_claim(store: SqlStore) -> None:
    """Neither a sibling nor one that has ended it does."""
    claimed = begin(store, 1)
    ended = begin(store, 2)
    finish(store, ended)
    asked = [
        (claimed.run_id, OWNER),
        (claimed.run_id, f"{WORKER}:8"),
        (ended.run_id, OWNER),
        ("unknown", OWNER),
    ]

    found = store.write(
        lambda unit: [unit.runs.held(one, owner=owner) for one, owner in asked]
    )

    assert [claimed, None, None, None] == found


@pytest.mark.parametrize("how", ["cancelled", "crashed"])
def test_what_others_ended_was_taken_away(store: SqlStore, how: str) -> None:
    """The child that still works on it learns so, whoever runs it now."""
    claimed = begin(store)
    pair = (claimed.run_id, OWNER)
    before = _taken_away(store, pair)
    if how == "cancelled":
        store.write(lambda unit: unit.runs.cancel([claimed.run_id], reason="asked"))
    else:
        store.write(
            lambda unit: unit.runs.crash([claimed.run_id], worker=WORKER, limit=3)
        )
        claim(store, claimed.run_id, owner="other@host:1")

    assert set() == before
    assert {pair} == _taken_away(
        store, pair, (claimed.run_id, "other@host:1"), (claimed.run_id, f"{WORKER}:8")
    )


def test_only_the_last_attempt_of_an_owner_counts(store: SqlStore) -> None:
    """A child that has claimed the same run again holds it."""
    claimed = begin(store)
    store.write(lambda unit: unit.runs.crash([claimed.run_id], worker=WORKER, limit=3))
    claim(store, claimed.run_id)

    assert set() == _taken_away(store, (claimed.run_id, OWNER))


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (State.SUCCEEDED, Outcome.SUCCEEDED),
        (State.FAILED, Outcome.FAILED),
        (State.WAITING, Outcome.TIME_LIMIT),
        (State.SCHEDULED, Outcome.HANDED_BACK),
    ],
)
def test_what_a_child_ended_itself_was_not_taken_away(
    store: SqlStore, state: State, outcome: Outcome
) -> None:
    """Its parent has only not heard of it yet."""
    claimed = begin(store)
    finish(store, claimed, state, outcome)

    assert set() == _taken_away(store, (claimed.run_id, OWNER))


def _taken_away(store: SqlStore, *pairs: tuple[str, str]) -> set[tuple[str, str]]:
    with store.read() as unit:
        return unit.runs.taken_away(pairs)


def test_a_run_without_a_lease_cannot_be_renewed(store: SqlStore) -> None:
    """A run that has split into parts belongs to no worker."""
    claimed = begin(store)
    with store._engine.connect() as connection:
        connection.execution_options(writing=True)
        connection.execute(update(runs).values(lease_until=None))
        connection.commit()

    assert set() == renew(store, [claimed.run_id])
    assert try_claim(store, claimed.run_id) is None
    assert State.RUNNING is get(store, claimed.run_id).state
