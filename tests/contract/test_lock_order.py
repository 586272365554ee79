"""Who ends a run on PostgreSQL waits for nobody who may wait for that run."""

from collections.abc import Iterator
from itertools import combinations

import pytest

from airq_cron.domain.job import Overlap
from airq_cron.domain.run import Claim, Outcome, State
from airq_cron.errors import StoreError
from airq_cron.ports import Unit
from airq_cron.services.pause import pause_failing
from airq_cron.services.tick import replace_unfinished
from tests.conftest import WaitUntil
from tests.databases import Database
from tests.entries import (
    DAWN,
    WORKER,
    begin,
    enter,
    get,
    job,
    open_backfill,
    run,
    states,
    waiting,
)
from tests.stage import Stage

pytestmark = pytest.mark.postgres


@pytest.fixture
def stage(postgres_database: Database, wait_until: WaitUntil) -> Iterator[Stage]:
    """Give a stage, closed when the test ends."""
    # Without patience, a deadlock is an error instead of a delay.
    made = Stage(postgres_database, wait_until, patience_s=0)
    made.first.write(
        lambda unit: unit.jobs.add(job(pause_after=1, overlap=Overlap.REPLACE))
    )
    yield made
    made.close()


def end(unit: Unit, claimed: Claim, state: State) -> None:
    """End the claimed attempt."""
    good = state is State.SUCCEEDED
    outcome = Outcome.SUCCEEDED if good else Outcome.FAILED
    unit.runs.finish(claimed, state, outcome=outcome)


def test_a_failure_that_pauses_its_job_gives_way_to_a_beat(stage: Stage) -> None:
    """The beat holds the job and waits for the run, which it replaces."""
    claimed = begin(stage.first)

    def fail(unit: Unit) -> None:
        end(unit, claimed, State.FAILED)
        pause_failing(unit)

    def plan(unit: Unit) -> list[str]:
        unit.jobs.lock("a-job")
        return replace_unfinished(unit, "a-job", by="newer")

    failing = stage.hold(lambda unit: unit.runs.check_fence(claimed), then=fail)
    planning = stage.meet(plan)
    stage.commit()

    with pytest.raises(StoreError, match="could not obtain lock"):
        failing.result()
    assert [claimed.run_id] == planning.result()


def test_a_failure_that_gave_way_is_entered_again(
    stage: Stage, postgres_database: Database
) -> None:
    """With the usual patience nothing of it is lost."""
    claimed = begin(stage.first)
    patient = postgres_database.open()
    tries: list[Unit] = []

    def fail(unit: Unit) -> list[str]:
        tries.append(unit)
        if len(tries) > 1:
            stage.commit()
        end(unit, claimed, State.FAILED)
        return pause_failing(unit)

    holding = stage.hold(lambda unit: unit.jobs.lock("a-job"))
    paused = patient.write(fail, claim=claimed)

    assert "a-job" == holding.result().name
    assert ["a-job"] == paused
    assert len(tries) > 1
    assert State.FAILED is get(patient, claimed.run_id).state


def test_a_sweeper_that_cancels_a_backfill_does_not_hold_it(stage: Stage) -> None:
    """The end of one of its runs looks into the backfill for the next."""
    called_off = open_backfill(stage.first)
    claimed = begin(stage.first, origin=called_off.origin)
    stage.first.write(lambda unit: unit.backfills.mark_cancelled(called_off.id, DAWN))

    def succeed(unit: Unit) -> None:
        end(unit, claimed, State.SUCCEEDED)
        assert [] == unit.runs.release_next("a-job", backfill=called_off.origin)

    ending = stage.hold(lambda unit: unit.runs.check_fence(claimed), then=succeed)
    sweeping = stage.meet(lambda unit: unit.runs.release_stuck(9))
    stage.commit()

    assert (None, []) == (ending.result(), sweeping.result())
    assert State.SUCCEEDED is get(stage.first, claimed.run_id).state


def test_a_follower_that_is_being_cancelled_is_not_waited_for(stage: Stage) -> None:
    """Who cancels both has locked it, and waits for its predecessor."""
    earlier, later = next(
        pair for pair in combinations(range(9), 2) if run(pair[1]).id < run(pair[0]).id
    )
    claimed = begin(stage.first, earlier)
    (follower,) = enter(stage.first, waiting(later))

    def succeed(unit: Unit) -> None:
        end(unit, claimed, State.SUCCEEDED)
        assert [] == unit.runs.release_next("a-job", backfill=None)

    ending = stage.hold(lambda unit: unit.runs.check_fence(claimed), then=succeed)
    cancelling = stage.meet(
        lambda unit: unit.runs.cancel([claimed.run_id, follower], reason="asked")
    )
    stage.commit()

    assert (None, [follower]) == (ending.result(), cancelling.result())
    ids = [claimed.run_id, follower]
    assert [State.SUCCEEDED, State.CANCELLED] == states(stage.first, ids)


def test_a_worker_that_hands_back_locks_in_the_order_of_who_cancels(
    stage: Stage,
) -> None:
    """Many runs of a backfill may be cancelled while their worker stops."""
    begun = [begin(stage.first, minute).run_id for minute in range(9)]
    # Begun in the other order, so that this is where they lie in the table.
    late, early = next(pair for pair in combinations(begun, 2) if pair[1] < pair[0])

    def cancel(unit: Unit, run_id: str) -> None:
        unit.runs.cancel([run_id], reason="asked")

    cancelling = stage.hold(
        lambda unit: cancel(unit, early), then=lambda unit: cancel(unit, late)
    )
    handing_back = stage.meet(
        lambda unit: unit.runs.hand_back([early, late], worker=WORKER)
    )
    stage.commit()

    assert (None, []) == (cancelling.result(), handing_back.result())
    assert [State.CANCELLED] * 2 == states(stage.first, [early, late])


def test_who_notes_what_is_queued_waits_for_nobody(stage: Stage) -> None:
    """A beat has hundreds to note, and one of them is being cancelled."""
    ids = enter(stage.first, run(1), run(2))
    cancelling = stage.hold(lambda unit: unit.runs.cancel(ids[:1], reason="asked"))

    stage.second.write(lambda unit: unit.runs.mark_queued(ids))
    stage.commit()

    assert ids[:1] == cancelling.result()
    assert [State.CANCELLED, State.QUEUED] == states(stage.first, ids)
