"""The sweeper finds what something dropped on its way."""

from datetime import timedelta

import pytest

from airq_cron.domain.run import Outcome, State
from airq_cron.services.execute import LEASE
from airq_cron.services.retry_run import retry_run
from airq_cron.services.sweep import CRASH_LIMIT, LOST_AFTER, UNSENT_AFTER, sweep
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryQueues, RecordingDispatcher
from tests import entries

SECOND = timedelta(seconds=1)


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def queues() -> MemoryQueues:
    """Give the queues of that broker, all empty."""
    return MemoryQueues()


def stamped(store: SqlStore) -> str:
    """Enter a run whose message was about to be published, and return its id."""
    (run_id,) = entries.enter(store, entries.run())
    return run_id


def test_with_nothing_lost_nothing_is_sent(
    store: SqlStore, dispatcher: RecordingDispatcher, queues: MemoryQueues
) -> None:
    """Runs that are queued or running are left alone."""
    entries.begin(store)

    assert 0 == sweep(store, dispatcher, queues, take_back=True)
    assert [] == dispatcher.published


def test_what_was_never_published_is_sent_again(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """A beat died between its commit and the broker."""
    run_id = stamped(store)
    early = sweep(store, dispatcher, queues, take_back=True)
    clock.advance(UNSENT_AFTER + SECOND)

    late = sweep(store, dispatcher, queues, take_back=True)

    assert (0, 1) == (early, late)
    assert [run_id] == dispatcher.ids
    assert [State.QUEUED] == entries.states(store, [run_id])


def test_while_the_broker_is_gone_it_tries_again_and_again(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """Nothing is lost, however long it takes."""
    run_id = stamped(store)
    dispatcher.broken = True
    for _ in range(5):
        clock.advance(UNSENT_AFTER + SECOND)
        sweep(store, dispatcher, queues, take_back=True)
    dispatcher.broken = False
    clock.advance(UNSENT_AFTER + SECOND)

    sweep(store, dispatcher, queues, take_back=True)

    assert [run_id] == dispatcher.ids


def test_a_retry_is_sent_when_its_time_has_come(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """Not before, and once."""
    claim = entries.begin(store)
    entries.finish(store, claim, State.WAITING, not_before=clock.now() + 30 * SECOND)
    clock.advance(29 * SECOND)
    early = sweep(store, dispatcher, queues, take_back=True)
    clock.advance(SECOND)

    assert (0, 1) == (early, sweep(store, dispatcher, queues, take_back=True))
    assert 0 == sweep(store, dispatcher, queues, take_back=True)
    assert [claim.run_id] == dispatcher.ids


def test_a_run_whose_lease_ran_out_is_taken_back(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """Its worker died, and another one gets it with the next attempt."""
    claim = entries.begin(store)
    clock.advance(LEASE + SECOND)

    sweep(store, dispatcher, queues, take_back=True)

    found = entries.get(store, claim.run_id)
    assert (State.QUEUED, 1, 0) == (found.state, found.crashes, found.errors)
    assert [Outcome.CRASHED] == [one.outcome for one in found.attempts]
    assert [claim.run_id] == dispatcher.ids


def test_right_after_an_outage_nothing_is_taken_back(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """Nobody could renew a lease while the database was away."""
    claim = entries.begin(store)
    clock.advance(LEASE + SECOND)

    assert 0 == sweep(store, dispatcher, queues, take_back=False)
    assert [State.RUNNING] == entries.states(store, [claim.run_id])


def test_the_third_crash_makes_a_run_dead(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """What ends its worker each time is not tried for ever."""
    run_id = entries.begin(store).run_id
    for crash in range(CRASH_LIMIT):
        if crash:
            entries.claim(store, run_id)
        clock.advance(LEASE + SECOND)
        sweep(store, dispatcher, queues, take_back=True)

    assert [State.DEAD] == entries.states(store, [run_id])
    assert CRASH_LIMIT - 1 == len(dispatcher.published)


def test_a_successor_that_a_crash_left_behind_is_released(
    store: SqlStore, dispatcher: RecordingDispatcher, queues: MemoryQueues
) -> None:
    """Its predecessor ended, and nobody was there to send it."""
    waiting = entries.run(1, state=State.WAITING, reason="predecessor")
    entries.end(store, 0, State.SUCCEEDED)
    entries.enter(store, waiting)

    sweep(store, dispatcher, queues, take_back=True)

    assert [waiting.id] == dispatcher.ids
    assert [State.QUEUED] == entries.states(store, [waiting.id])


def test_a_message_that_the_broker_lost_is_sent_again(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """The run is queued, its queue is empty, and no worker has it."""
    run_id = stamped(store)
    store.write(lambda unit: unit.runs.mark_queued([run_id]))
    clock.advance(LOST_AFTER)
    early = sweep(store, dispatcher, queues, take_back=True)
    clock.advance(SECOND)

    assert (0, 1) == (early, sweep(store, dispatcher, queues, take_back=True))
    assert [run_id] == dispatcher.ids
    assert [State.QUEUED] == entries.states(store, [run_id])


def test_what_waits_for_its_turn_is_not_lost(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """The oldest message of its list was sent when it was."""
    run_id = stamped(store)
    store.write(lambda unit: unit.runs.mark_queued([run_id]))
    queues.heads = {("monitoring", "normal"): clock.now()}
    clock.advance(60 * SECOND)

    assert 0 == sweep(store, dispatcher, queues, take_back=True)


def test_a_broker_that_is_away_has_lost_nothing_yet(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """Nobody can look; the rest of the sweep goes on."""
    run_id = stamped(store)
    store.write(lambda unit: unit.runs.mark_queued([run_id]))
    queues.broken = True
    clock.advance(60 * SECOND)

    assert 0 == sweep(store, dispatcher, queues, take_back=True)
    assert [State.QUEUED] == entries.states(store, [run_id])


def test_without_recovery_what_was_lost_waits_for_a_person(
    store: SqlStore,
    dispatcher: RecordingDispatcher,
    queues: MemoryQueues,
    clock: FakeClock,
) -> None:
    """A retry that is due, a predecessor's end, what was never sent: all go on."""
    retry = entries.run(1, state=State.WAITING, not_before=clock.now())
    follower = entries.run(2, of="other", state=State.WAITING, reason="predecessor")
    entries.enter(store, retry, follower)
    unsent = stamped(store)
    lost = entries.run(7)
    entries.enter(store, lost)
    store.write(lambda unit: unit.runs.mark_queued([lost.id]))
    crashed = entries.begin(store, 3).run_id
    clock.advance(LEASE + SECOND)

    for _ in range(2):
        sweep(store, dispatcher, queues, take_back=True, recover=False)

    assert {retry.id, follower.id, unsent} == set(dispatcher.ids)
    ended = [entries.get(store, one) for one in (lost.id, crashed)]
    assert [(State.DEAD, "lost"), (State.DEAD, "recovery_off")] == [
        (run.state, run.reason) for run in ended
    ]
    for run in ended:
        assert "CRON_ENABLE_AUTOMATIC_RECOVERY is false" in (run.error or "")


def test_what_recovery_did_not_bring_back_can_be_retried(
    store: SqlStore, dispatcher: RecordingDispatcher, queues: MemoryQueues
) -> None:
    """It is a dead letter like any other."""
    run_id = stamped(store)
    store.write(lambda unit: unit.runs.mark_queued([run_id]))
    store.write(lambda unit: unit.runs.bury([run_id]))

    retry_run(store, dispatcher, run_id, by="cli:ann")

    assert [run_id] == dispatcher.ids
    assert State.DEAD is not entries.get(store, run_id).state
