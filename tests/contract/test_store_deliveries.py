"""What the planner of deliveries asks of both databases."""

from datetime import timedelta

from airq_cron.domain.run import Outcome, State
from airq_cron.store.store import SqlStore
from tests import air_rows
from tests.air_rows import DAWN, HOUR, add_place
from tests.databases import Database
from tests.entries import claim, enter, finish, run
from tests.flips import FLIP

JOB = "notify"
AGE = timedelta(seconds=30)


def unclaimed(store: SqlStore, *, limit: int = 9) -> list[str]:
    with store.read() as unit:
        return unit.runs.unclaimed(JOB, AGE, limit)


def test_the_ledger_says_which_ids_it_has(store: SqlStore) -> None:
    """And nothing of those it has not."""
    enter(store, run(1), run(2))

    with store.read() as unit:
        found = unit.runs.known([run(1).id, run(3).id])
        nothing = unit.runs.known([])

    assert {run(1).id} == found
    assert set() == nothing


def test_what_nobody_takes_is_found_when_it_is_old_enough(
    store: SqlStore, database: Database
) -> None:
    """Oldest due time first, of that job alone, however often it was sent since."""
    enter(store, run(2, of=JOB), run(1, of=JOB), run(1, of="another"))
    young = unclaimed(store)
    database.pass_time(timedelta(seconds=31))
    store.write(lambda unit: unit.runs.take_unsent(timedelta(seconds=30), 9))

    assert [] == young
    assert [run(1, of=JOB).id, run(2, of=JOB).id] == unclaimed(store)
    assert [run(1, of=JOB).id] == unclaimed(store, limit=1)


def test_what_runs_waits_or_has_ended_is_not_taken(
    store: SqlStore, database: Database
) -> None:
    """Only what a worker could have claimed."""
    waiting = run(3, of=JOB, state=State.WAITING, not_before=DAWN + 9000 * HOUR)
    enter(store, run(1, of=JOB), run(2, of=JOB), waiting)
    claim(store, run(1, of=JOB).id)
    finish(store, claim(store, run(2, of=JOB).id))
    database.pass_time(timedelta(seconds=31))

    assert [] == unclaimed(store)


def test_after_an_attempt_the_workers_have_the_first_go_again(
    store: SqlStore, database: Database
) -> None:
    """The age counts from its end."""
    enter(store, run(1, of=JOB))
    database.pass_time(timedelta(seconds=31))
    taken = claim(store, run(1, of=JOB).id)
    again = State.SCHEDULED
    store.write(
        lambda unit: unit.runs.finish(taken, again, outcome=Outcome.HANDED_BACK)
    )

    assert [] == unclaimed(store)
    database.pass_time(timedelta(seconds=31))
    assert [run(1, of=JOB).id] == unclaimed(store)


def test_open_alerts_and_those_just_cleared_are_news(store: SqlStore) -> None:
    """What was cleared longer ago is not."""
    add_place(store)
    store.write(lambda unit: unit.flips.put(FLIP))
    with store.read() as unit:
        at = unit.runs.now()
        opened = unit.flips.recent(at)
    store.write(
        lambda unit: unit.flips.clear(FLIP.id, ended_at=at, message="It is over.")
    )

    with store.read() as unit:
        assert [FLIP] == opened
        assert [FLIP.id] == [one.id for one in unit.flips.recent(at)]
        assert [] == unit.flips.recent(at + air_rows.HOUR)
