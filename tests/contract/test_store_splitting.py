"""A run splits into parts, and the last part ends it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from airq_cron.domain.limits import Limits
from airq_cron.domain.run import Outcome, Run, State, run_id
from airq_cron.errors import LeaseLostError
from airq_cron.ports import RunFilter, Unit
from airq_cron.store.ledger_tables import attempts, job_totals, runs
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import (
    DAWN,
    LEASE,
    OWNER,
    WORKER,
    begin,
    claim,
    finish,
    get,
    job,
    split,
    states,
    try_claim,
)
from tests.lost_answer import LostAnswer

SECOND = timedelta(seconds=1)
OTHER = "other@host:1"

End = Callable[[SqlStore, Database, str], None]


def test_a_run_splits_into_parts(store: SqlStore) -> None:
    """It stays running, held by nobody, and its attempt has succeeded."""
    claimed, parts = split(store, 3)

    found = get(store, claimed.run_id)
    assert (State.RUNNING, None, None, (3, 3, 0)) == (
        found.state,
        found.owner,
        found.lease_until,
        (found.parts, found.parts_left, found.parts_failed),
    )
    assert [Outcome.SUCCEEDED] == [one.outcome for one in found.attempts]
    assert [State.SCHEDULED] * 3 == states(store, parts)


def test_a_part_inherits_what_its_run_has(store: SqlStore) -> None:
    """Key, queue, deadline and limits; its number and parameters are its own."""
    limits = Limits(20, 15, 60)
    more = {"limits": limits, "priority": "high", "entered_by": "beat-1"}
    claimed, parts = split(store, 2, **more)

    whole, part = get(store, claimed.run_id), get(store, parts[1])

    def shared(one: Run) -> tuple[object, ...]:
        return (
            (one.job, one.kind, one.queue, one.priority, one.scheduled_for),
            (one.origin, one.deadline_at, one.interval_start, one.entered_by),
            (one.time_limit_s, one.soft_limit_s, one.run_limit_s),
        )

    assert shared(whole) == shared(part)
    assert (2, claimed.run_id, {"slice": 2}) == (part.part, part.parent, part.params)
    assert run_id("a-job", DAWN, "schedule", 2) == part.id
    assert part.sent_at is not None


def test_the_start_margin_is_for_the_whole(store: SqlStore, database: Database) -> None:
    """The run has begun in time; how long its parts queue is no reason to drop them."""
    _, (part,) = split(store, 1, limits=Limits(start_margin_s=5))
    database.pass_time(60 * SECOND)

    assert [] == store.write(lambda unit: unit.runs.end_overdue(9))
    assert 1 == claim(store, part).part


def test_nobody_has_a_run_that_was_split(store: SqlStore, database: Database) -> None:
    """It is not claimed, renewed, handed back, crashed, expired or sent again."""
    claimed, _ = split(store, 1, origin="manual:x")
    one = [claimed.run_id]
    database.pass_time(600 * SECOND)

    def attempt(unit: Unit) -> list[object]:
        runs = unit.runs
        return [
            runs.claim(claimed.run_id, owner=OWNER, lease=LEASE),
            runs.renew(one, worker=WORKER, lease=LEASE),
            runs.hand_back(one, worker=WORKER),
            runs.crash(one, worker=WORKER, limit=3),
            [again for again in runs.take_expired(3, 9) if again.part == 0],
            [again for again in runs.take_lost({}, SECOND, 9) if again.part == 0],
        ]

    assert [None, set(), [], [], [], []] == store.write(attempt)
    assert State.RUNNING is get(store, claimed.run_id).state


def test_the_splitter_writes_nothing_any_more(store: SqlStore) -> None:
    """Its attempt has ended, though the run goes on."""
    claimed, _ = split(store, 1)

    with pytest.raises(LeaseLostError):
        store.write(lambda unit: unit.runs.now(), claim=claimed)
    with pytest.raises(LeaseLostError):
        finish(store, claimed, State.FAILED)
    assert State.RUNNING is get(store, claimed.run_id).state


def test_a_split_that_is_repeated_is_one_split(store: SqlStore) -> None:
    """The answer to the first commit may have been lost."""
    claimed = begin(store)
    slices = [{"slice": 1}, {"slice": 2}]
    LostAnswer(store)
    first = store.write(lambda unit: unit.runs.split(claimed, slices), claim=claimed)
    again = store.write(lambda unit: unit.runs.split(claimed, slices))

    found = get(store, claimed.run_id)
    assert first == again
    assert (2, 2) == (found.parts, found.parts_left)


def test_a_lost_attempt_splits_nothing(store: SqlStore) -> None:
    """Somebody else has the run by now."""
    lost = begin(store)
    store.write(lambda unit: unit.runs.hand_back([lost.run_id], worker=WORKER))
    claim(store, lost.run_id, owner=OTHER)

    with pytest.raises(LeaseLostError):
        store.write(lambda unit: unit.runs.split(lost, [{}]))
    assert get(store, lost.run_id).parts is None


def test_a_part_does_not_split(store: SqlStore) -> None:
    """Nor does a run split into nothing."""
    _, (part,) = split(store, 1)
    claimed, other = claim(store, part), begin(store, 5)

    with pytest.raises(ValueError, match="only a whole run"):
        store.write(lambda unit: unit.runs.split(claimed, [{}]))
    with pytest.raises(ValueError, match="one part or more"):
        store.write(lambda unit: unit.runs.split(other, []))


def test_the_last_part_ends_the_run(store: SqlStore) -> None:
    """Not before; all have succeeded, so it has."""
    claimed, parts = split(store, 3)
    seen = []
    for part in parts:
        finish(store, claim(store, part))
        found = get(store, claimed.run_id)
        seen.append((found.state, found.parts_left, found.finished_at is not None))

    assert [
        (State.RUNNING, 2, False),
        (State.RUNNING, 1, False),
        (State.SUCCEEDED, 0, True),
    ] == seen
    assert (0, None) == (found.parts_failed, found.error)


def test_a_run_fails_with_its_parts(store: SqlStore) -> None:
    """It says how many did, and counts once in the roll-up."""
    claimed, parts = split(store, 3)
    for part, state in zip(
        parts, (State.FAILED, State.SUCCEEDED, State.SKIPPED), strict=True
    ):
        finish(store, claim(store, part), state)

    found = get(store, claimed.run_id)
    assert (State.FAILED, "2 of 3 parts failed", 2) == (
        found.state,
        found.error,
        found.parts_failed,
    )
    with store.read() as unit:
        assert {"failed": 1} == unit.runs.progress("a-job", "schedule")


def crash(store: SqlStore, database: Database, part: str) -> None:
    """Let the children die that run it."""
    for _ in range(3):
        claim(store, part)
        store.write(lambda unit: unit.runs.crash([part], worker=WORKER, limit=3))


def expire(store: SqlStore, database: Database, part: str) -> None:
    """Let its leases run out."""
    for _ in range(3):
        claim(store, part)
        database.pass_time(11 * SECOND)
        store.write(lambda unit: unit.runs.take_expired(3, 9))


def fail(store: SqlStore, database: Database, part: str) -> None:
    """Let it fail for good, after a retry."""
    finish(store, claim(store, part), State.WAITING)
    store.write(lambda unit: unit.runs.take_waiting(9))
    finish(store, claim(store, part), State.FAILED)


def cancel(store: SqlStore, database: Database, part: str) -> None:
    """Cancel it alone."""
    store.write(lambda unit: unit.runs.cancel([part], reason="asked"))


def overrun(store: SqlStore, database: Database, part: str) -> None:
    """Claim it when its deadline has passed."""
    database.pass_time(7200 * SECOND)
    assert try_claim(store, part) is None


@pytest.mark.parametrize("end", [crash, expire, fail, cancel, overrun])
def test_every_end_of_a_part_counts(
    store: SqlStore, database: Database, end: End
) -> None:
    """However it ends, it ends once, and its run with it."""
    claimed, (part,) = split(store, 1)

    end(store, database, part)

    found = get(store, claimed.run_id)
    assert (State.FAILED, "1 of 1 parts failed", 0, 1) == (
        found.state,
        found.error,
        found.parts_left,
        found.parts_failed,
    )
    assert 1 == database.count(job_totals)


@pytest.mark.parametrize("end", [crash, expire, fail, cancel, overrun])
def test_no_end_of_a_part_counts_twice(
    store: SqlStore, database: Database, end: End
) -> None:
    """What comes after its end, a repetition too, finds it ended."""
    claimed, parts = split(store, 2)
    end(store, database, parts[0])

    for again in (cancel, overrun):
        again(store, database, parts[0])

    found = get(store, claimed.run_id)
    assert (1, 1, State.RUNNING) == (found.parts_left, found.parts_failed, found.state)


def test_the_end_of_a_part_may_be_repeated(store: SqlStore) -> None:
    """The answer to its commit was lost, or the call comes again."""
    claimed, parts = split(store, 2)
    part = claim(store, parts[0])
    LostAnswer(store)
    succeeded = State.SUCCEEDED, Outcome.SUCCEEDED
    store.write(
        lambda unit: unit.runs.finish(part, succeeded[0], outcome=succeeded[1]),
        claim=part,
    )
    finish(store, part)

    found = get(store, claimed.run_id)
    assert (1, 0) == (found.parts_left, found.parts_failed)


def test_a_part_that_waits_has_not_ended(store: SqlStore) -> None:
    """Its next attempt may still succeed."""
    claimed, (part,) = split(store, 1)
    finish(store, claim(store, part), State.WAITING)

    found = get(store, claimed.run_id)
    assert (State.RUNNING, 1) == (found.state, found.parts_left)


def test_parts_are_cancelled_with_their_run(store: SqlStore) -> None:
    """All that have not ended; the run is cancelled, not failed."""
    claimed, parts = split(store, 3)
    finish(store, claim(store, parts[0]))
    held = claim(store, parts[1])

    ids = store.write(lambda unit: unit.runs.cancel([claimed.run_id], reason="asked"))

    found = get(store, claimed.run_id)
    assert sorted([claimed.run_id, *parts[1:]]) == ids
    assert (State.CANCELLED, "asked", None, 0, 2) == (
        found.state,
        found.reason,
        found.error,
        found.parts_left,
        found.parts_failed,
    )
    assert [Outcome.SUCCEEDED] == [one.outcome for one in found.attempts]
    with pytest.raises(LeaseLostError):
        finish(store, held)


def test_past_its_deadline_a_split_run_has_failed(
    store: SqlStore, database: Database
) -> None:
    """Not before; what is unfinished of it is cancelled."""
    claimed, parts = split(store, 3, limits=Limits(run_limit_s=60))
    finish(store, claim(store, parts[0]))
    held = claim(store, parts[1])
    early = store.write(lambda unit: unit.runs.end_overdue_splits(9))
    database.pass_time(61 * SECOND)

    late = store.write(lambda unit: unit.runs.end_overdue_splits(9))
    again = store.write(lambda unit: unit.runs.end_overdue_splits(9))

    found = get(store, claimed.run_id)
    assert ([], [claimed.run_id], []) == (early, late, again)
    assert (State.FAILED, "deadline", "2 of 3 parts had not ended", 0, 2) == (
        found.state,
        found.reason,
        found.error,
        found.parts_left,
        found.parts_failed,
    )
    assert [State.SUCCEEDED, State.CANCELLED, State.CANCELLED] == states(store, parts)
    with pytest.raises(LeaseLostError):
        finish(store, held)


def test_a_sweeper_does_not_wait_for_a_part_that_writes(
    postgres_database: Database,
) -> None:
    """The run it belongs to is ended by the next one."""
    store = postgres_database.open()
    claimed, parts = split(store, 2, limits=Limits(run_limit_s=60))
    writing = claim(store, parts[0])
    postgres_database.pass_time(61 * SECOND)
    other = postgres_database.open(patience_s=0)

    def write(unit: Unit) -> list[str]:
        return other.write(lambda unit: unit.runs.end_overdue_splits(9))

    meanwhile = store.write(write, claim=writing)
    later = store.write(lambda unit: unit.runs.end_overdue_splits(9))

    assert ([], [claimed.run_id]) == (meanwhile, later)
    assert [State.CANCELLED] * 2 == states(store, parts)


def test_a_run_in_parts_counts_once(store: SqlStore) -> None:
    """Its length is from its first claim to the end of its last part."""
    store.write(lambda unit: unit.jobs.add(job()))
    _, parts = split(store, 2)
    for part in parts:
        finish(store, claim(store, part))

    with store.read() as unit:
        figures = unit.jobs.figures(unit.runs.now())["a-job"]
    assert (1, 1) == (figures.totals["total"], figures.totals["succeeded"])
    assert figures.duration_ms["avg"] is not None
    assert figures.punctuality_ms["avg"] is not None


def test_lists_and_retention_see_whole_runs(
    store: SqlStore, database: Database
) -> None:
    """Parts do not count as runs, and go with theirs."""
    _, parts = split(store, 3)
    for part in parts:
        finish(store, claim(store, part))

    def purge(unit: Unit) -> int:
        ended = [State.SUCCEEDED]
        at = unit.runs.now() + SECOND
        return unit.runs.purge("a-job", states=ended, before=at, keep=0, limit=9)

    with store.read() as unit:
        listed = unit.runs.find(RunFilter(), limit=9, after=None)
    gone = store.write(purge)

    assert ([0], 1) == ([one.part for one in listed], gone)
    assert (0, 0) == (database.count(runs), database.count(attempts))
