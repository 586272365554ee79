"""What was dropped on its way is found again, and each find is claimed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from airq_cron.domain.limits import Limits
from airq_cron.domain.run import NewRun, Outcome, Run, State
from airq_cron.ports import Unit
from airq_cron.store.store import SqlStore
from tests.databases import Database
from tests.entries import (
    LEASE,
    WORKER,
    begin,
    claim,
    enter,
    finish,
    get,
    open_backfill,
    run,
    states,
    waiting,
)

SECOND = timedelta(seconds=1)


def ids_of(found: list[Run]) -> list[str]:
    """Return the ids of runs."""
    return [one.id for one in found]


def test_a_sweeper_sees_at_a_glance_whether_there_is_work(store: SqlStore) -> None:
    """An unfinished run, or an open backfill whose runs have all ended."""

    def look() -> bool:
        with store.read() as unit:
            return unit.runs.has_unfinished()

    before = look()
    begun = begin(store, 1)
    during = look()
    finish(store, begun)
    after = look()
    open_backfill(store)

    assert [False, True, False] == [before, during, after]
    assert look()


def test_an_unpublished_run_is_sent_again(store: SqlStore, database: Database) -> None:
    """After a second, once: taking it stamps it anew."""
    enter(store, run(1), run(2))

    def take(unit: Unit) -> list[Run]:
        return unit.runs.take_unsent(SECOND, 9)

    early = store.write(take)
    database.pass_time(2 * SECOND)
    taken = store.write(take)
    again = store.write(take)

    assert [] == early
    assert [run(1).id, run(2).id] == ids_of(taken)
    assert [State.SCHEDULED] * 2 == [one.state for one in taken]
    assert [] == again


def test_the_longest_unsent_go_first(store: SqlStore, database: Database) -> None:
    """A limit leaves the rest for the next tick."""
    enter(store, run(5))
    database.pass_time(2 * SECOND)
    enter(store, run(1))
    database.pass_time(2 * SECOND)

    taken = store.write(lambda unit: unit.runs.take_unsent(SECOND, 1))

    assert [run(5).id] == ids_of(taken)


def test_what_is_under_way_is_not_sent_again(
    store: SqlStore, database: Database
) -> None:
    """Queued, running, waiting and ended runs are none of it."""
    enter(store, run(1), run(2), waiting(3), run(4, state=State.SKIPPED))
    store.write(lambda unit: unit.runs.mark_queued([run(1).id]))
    claim(store, run(2).id)
    database.pass_time(60 * SECOND)

    assert [] == store.write(lambda unit: unit.runs.take_unsent(SECOND, 9))


def test_a_retry_comes_when_its_time_has_come(
    store: SqlStore, database: Database
) -> None:
    """Not before, and once."""
    claimed = begin(store)
    later = claimed.claimed_at + timedelta(minutes=1)
    finish(store, claimed, State.WAITING, not_before=later)

    early = store.write(lambda unit: unit.runs.take_waiting(9))
    database.pass_time(timedelta(seconds=61))
    taken = store.write(lambda unit: unit.runs.take_waiting(9))
    again = store.write(lambda unit: unit.runs.take_waiting(9))

    assert [] == early
    assert [claimed.run_id] == ids_of(taken)
    assert (State.SCHEDULED, None, None) == (
        taken[0].state,
        taken[0].not_before,
        taken[0].reason,
    )
    assert taken[0].sent_at is not None
    assert [] == again


def test_a_follower_is_not_taken_for_a_retry(
    store: SqlStore, database: Database
) -> None:
    """It waits for its predecessor, however long."""
    enter(store, waiting(1))
    database.pass_time(timedelta(days=1))

    assert [] == store.write(lambda unit: unit.runs.take_waiting(9))


def test_a_lapsed_lease_is_taken_back(store: SqlStore, database: Database) -> None:
    """The run is free again, counted as a crash, and stamped as sent."""
    claimed = begin(store)

    early = store.write(lambda unit: unit.runs.take_expired(3, 9))
    database.pass_time(LEASE + SECOND)
    taken = store.write(lambda unit: unit.runs.take_expired(3, 9))
    again = store.write(lambda unit: unit.runs.take_expired(3, 9))

    found = get(store, claimed.run_id)
    assert [] == early
    assert [claimed.run_id] == ids_of(taken)
    assert (State.SCHEDULED, 1, None, None) == (
        found.state,
        found.crashes,
        found.owner,
        found.lease_until,
    )
    assert found.sent_at is not None
    assert found.sent_at > claimed.claimed_at - LEASE
    assert [Outcome.CRASHED] == [one.outcome for one in found.attempts]
    assert [] == again


def test_a_lease_kept_beyond_the_time_limit_is_one(
    store: SqlStore, database: Database
) -> None:
    """The parent that would have ended the child is gone too."""
    claimed = begin(store, limits=Limits(time_limit_s=5))
    database.pass_time(LEASE + SECOND)

    store.write(lambda unit: unit.runs.take_expired(3, 9))

    found = get(store, claimed.run_id)
    assert [Outcome.TIME_LIMIT] == [one.outcome for one in found.attempts]
    assert 1 == found.crashes


def test_the_last_lapsed_lease_makes_a_dead_run(
    store: SqlStore, database: Database
) -> None:
    """It is not among those to send again."""
    claimed = begin(store)
    for _ in range(2):
        claim(store, claimed.run_id)
        database.pass_time(LEASE + SECOND)
        taken = store.write(lambda unit: unit.runs.take_expired(2, 9))

    assert [] == taken
    assert [State.DEAD] == states(store, [claimed.run_id])


def test_a_renewed_lease_is_left_alone(store: SqlStore, database: Database) -> None:
    """However long the run has been going on."""
    claimed = begin(store)
    database.pass_time(timedelta(minutes=5))
    store.write(
        lambda unit: unit.runs.renew([claimed.run_id], worker=WORKER, lease=LEASE)
    )

    assert [] == store.write(lambda unit: unit.runs.take_expired(3, 9))


@pytest.mark.parametrize("sweepers", [2, 4])
def test_sweepers_share_the_work(database: Database, sweepers: int) -> None:
    """Each lost run is found by one of them."""
    store = database.open()
    entered = [run(minute) for minute in range(60)]
    enter(store, *entered)
    for one in entered[:30]:
        claim(store, one.id)
    database.pass_time(timedelta(minutes=1))
    barrier = threading.Barrier(sweepers)

    def sweep(_: int) -> list[str]:
        mine = database.open()
        barrier.wait(timeout=20)
        found = []
        for _ in range(10):
            found += mine.write(lambda unit: unit.runs.take_unsent(30 * SECOND, 9))
            found += mine.write(lambda unit: unit.runs.take_expired(3, 9))
        return ids_of(found)

    with ThreadPoolExecutor(sweepers) as pool:
        shares = list(pool.map(sweep, range(sweepers)))

    taken = [run_id for share in shares for run_id in share]
    assert sorted(one.id for one in entered) == sorted(taken)


def queued(store: SqlStore, *entered: NewRun) -> list[str]:
    """Enter runs that were sent once and are queued; return their ids."""
    ids = enter(store, *entered)
    store.write(lambda unit: unit.runs.mark_queued(ids))
    return ids


def take_lost(
    store: SqlStore, oldest: dict[tuple[str, str], datetime | None] | None = None
) -> list[str]:
    """Take what is lost, with a grace of five seconds."""
    return ids_of(
        store.write(lambda unit: unit.runs.take_lost(oldest or {}, 5 * SECOND, 9))
    )


def test_what_is_buried_is_dead_and_what_runs_is_not(store: SqlStore) -> None:
    """A worker that has it after all is believed."""
    lost = queued(store, run(1))
    taken = begin(store, 2).run_id

    store.write(lambda unit: unit.runs.bury([*lost, taken]))

    assert [State.DEAD, State.RUNNING] == states(store, [*lost, taken])
    with store.read() as unit:
        assert "lost" == unit.runs.get(lost[0]).reason


def test_a_queued_run_whose_list_is_empty_is_lost(
    store: SqlStore, database: Database
) -> None:
    """After the grace, and from then on twice as long each time."""
    ids = queued(store, run(1))
    database.pass_time(4 * SECOND)
    early = take_lost(store)
    database.pass_time(2 * SECOND)

    assert ([], ids) == (early, take_lost(store))
    assert [State.SCHEDULED] == states(store, ids)

    store.write(lambda unit: unit.runs.mark_queued(ids))
    database.pass_time(9 * SECOND)
    early = take_lost(store)
    database.pass_time(2 * SECOND)
    assert ([], ids) == (early, take_lost(store))


def test_only_a_runs_own_list_says_that_it_is_lost(
    store: SqlStore, database: Database
) -> None:
    """Its queue and its priority; the others' messages are others' business."""
    own = run(1, queue="analytics", priority="low")
    other = run(2, queue="analytics", priority="high")
    ids = queued(store, own, other)
    with store.read() as unit:
        sent_at = unit.runs.now()
    database.pass_time(60 * SECOND)
    waits = {("analytics", "low"): sent_at - 60 * SECOND}

    assert ids[1:] == take_lost(store, {**waits})


def test_a_list_whose_oldest_message_came_much_later_has_lost_what_came_before(
    store: SqlStore, database: Database
) -> None:
    """First in, first out: what is older than the oldest is not there."""
    ids = queued(store, run(1))
    with store.read() as unit:
        sent_at = unit.runs.now()
    database.pass_time(60 * SECOND)
    key = ("monitoring", "normal")

    assert [] == take_lost(store, {key: sent_at - 56 * SECOND})
    assert ids == take_lost(store, {key: sent_at - 50 * SECOND})


def test_a_message_that_does_not_say_when_it_was_sent_proves_nothing(
    store: SqlStore, database: Database
) -> None:
    """It may be older than all of ours."""
    queued(store, run(1))
    database.pass_time(60 * SECOND)

    assert [] == take_lost(store, {("monitoring", "normal"): None})


def test_what_a_worker_has_is_not_lost(store: SqlStore, database: Database) -> None:
    """Its message is gone from the list because somebody took it."""
    claim(store, *queued(store, run(1)))
    database.pass_time(60 * SECOND)

    assert [] == take_lost(store)
