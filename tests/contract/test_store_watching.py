"""What watchers of jobs learn from the ledger, of all jobs at once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from airq_cron.domain.flip import FlipKind
from airq_cron.domain.job_facts import Ends, MissedRuns
from airq_cron.domain.run import State
from airq_cron.ports import Unit
from airq_cron.services.alert_rules import raise_alert
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests import entries
from tests.databases import Database
from tests.entries import DAWN
from tests.flips import FLIP

MINUTE = timedelta(minutes=1)
LONG_AGO = DAWN - timedelta(days=9)


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that stands at dawn; PostgreSQL has its own."""
    return FakeClock(DAWN)


@pytest.fixture
def store(database: Database, clock: FakeClock) -> SqlStore:
    """Give a ledger with one job."""
    store = database.open(clock)
    store.write(lambda unit: unit.jobs.add(entries.job(cursor=DAWN)))
    return store


def now(store: SqlStore) -> datetime:
    with store.read() as unit:
        return unit.runs.now()


def at(store: SqlStore, minutes: float) -> datetime:
    """Return an instant so long after the ledger's clock."""
    return now(store) + minutes * MINUTE


def due(store: SqlStore, minutes: float, **more: Any) -> str:
    """Enter a run that was due so long after now; return its id."""
    entered = entries.run(scheduled_for=at(store, minutes), **more)
    entries.enter(store, entered)
    return entered.id


def ended(store: SqlStore, minutes: float, state: State, **more: Any) -> None:
    """Let a run due then have been carried out."""
    run_id = due(store, minutes, **more)
    entries.finish(store, entries.claim(store, run_id), state, error="no luck")


def ask(store: SqlStore, name: str, *args: Any) -> Any:
    """Return what one question answers about the job."""
    with store.read() as unit:
        return getattr(unit.runs, name)(*args).get("a-job")


def test_a_run_that_may_start_and_has_not_is_told(store: SqlStore) -> None:
    """Not one that waits for its time or its predecessor, has begun, or is old."""
    due(store, 5)
    due(store, -3, state=State.WAITING, not_before=at(store, 9))
    due(store, -4, state=State.WAITING, reason="predecessor")
    due(store, -5, origin="backfill:b")
    entries.claim(store, due(store, -0.9))
    assert ask(store, "unstarted") is None

    due(store, -0.5)
    due(store, -0.2)
    found = ask(store, "unstarted")

    assert 2 == found.count
    assert found.due == found.since < now(store)


def test_what_is_found_late_waits_from_when_it_was_found(store: SqlStore) -> None:
    """Nobody could have started it before."""
    before = now(store)
    due(store, -60)
    found = ask(store, "unstarted")

    assert found.due < before - 59 * MINUTE
    assert found.since >= before


def test_the_longest_running_run_is_told(store: SqlStore, database: Database) -> None:
    """By when its last attempt began, not its first."""
    entries.claim(store, due(store, 0))
    database.pass_time(30 * MINUTE)
    entries.claim(store, due(store, 0.1))
    database.pass_time(5 * MINUTE)
    found = ask(store, "running_for")

    assert 35 == round(found.length / MINUTE)
    assert not found.is_split


def test_what_was_missed_is_summed_up(store: SqlStore) -> None:
    """Dropped, late, by its margin; stretches count in full, the punctual not."""
    due(store, -10, state=State.MISSED)
    stretch = {"missed_until": at(store, -20), "missed_count": 120}
    due(store, -140, state=State.MISSED, **stretch)
    ended(store, -5, State.SUCCEEDED)
    ended(store, -4, State.FAILED)
    due(store, -3)
    due(store, -0.1)
    due(store, -99, origin="manual:x")
    found = ask(store, "missed_lately", LONG_AGO)

    assert (124, 1, 1) == (found.count, found.caught_up, found.pending)
    first, last = (
        round((one - now(store)) / MINUTE) for one in (found.first, found.last)
    )
    assert (-140, -3) == (first, last)
    assert ask(store, "missed_lately", at(store, 1)) is None


def test_what_a_backfill_did_again_was_caught_up(store: SqlStore) -> None:
    """Each fire time once, also those of a stretch; what failed was not."""
    stretch: dict[str, Any] = {"missed_until": DAWN - 70 * MINUTE, "missed_count": 3}
    entries.enter(store, entries.run(-90, state=State.MISSED, **stretch))
    entries.enter(store, *(entries.run(m, state=State.MISSED) for m in (-60, -50)))
    for minute, name in [(-99, "b"), (-90, "b"), (-80, "b"), (-80, "c"), (-60, "b")]:
        entries.end(store, minute, State.SUCCEEDED, origin=f"backfill:{name}")
    entries.end(store, -50, State.FAILED, origin="backfill:b")
    found = ask(store, "missed_lately", LONG_AGO)

    assert (5, 3) == (found.count, found.caught_up)
    assert isinstance(found.caught_up, int)


def test_a_run_past_its_start_margin_was_missed(
    store: SqlStore, database: Database
) -> None:
    """It is noted when it is given up."""
    limits = replace(entries.run().limits, start_margin_s=60)
    due(store, 0, limits=limits)
    database.pass_time(3 * MINUTE)
    store.write(lambda unit: unit.runs.end_overdue(9))

    assert 1 == ask(store, "missed_lately", LONG_AGO).count


def test_an_open_alert_remembers_all_that_was_missed(
    store: SqlStore, database: Database
) -> None:
    """What was noted before the look begins counts from the alert's begin on."""
    began_at = at(store, -30)
    due(store, -30, state=State.MISSED)
    database.pass_time(60 * MINUTE)
    lately = at(store, -10)
    assert ask(store, "missed_lately", lately) is None
    flip = replace(
        FLIP,
        kind=FlipKind.JOB_MISSED,
        condition="job_missed:job:a-job",
        began_at=began_at - 60 * MINUTE,
        location=None,
    )
    store.write(lambda unit: raise_alert(unit, flip))

    assert isinstance(ask(store, "missed_lately", lately), MissedRuns)


def test_what_was_due_before_a_job_was_switched_on_is_not_missed(
    store: SqlStore,
) -> None:
    """Nor did it fail."""
    due(store, -10, state=State.MISSED)
    ended(store, -9, State.FAILED)
    since = at(store, -8)

    def switch_on(unit: Unit) -> None:
        job = unit.jobs.lock("a-job")
        unit.jobs.save(replace(job, watched_since=since))

    store.write(switch_on)

    assert ask(store, "missed_lately", LONG_AGO) is None
    assert ask(store, "newest_carried_out", 3) is None


def test_failures_are_counted_from_the_newest_on(store: SqlStore) -> None:
    """Whatever was skipped between them, and whatever a backfill did."""
    for minutes, state in enumerate(
        [State.SUCCEEDED, State.FAILED, State.DEAD, State.FAILED]
    ):
        ended(store, minutes - 50, state)
    due(store, -3, state=State.SKIPPED)
    ended(store, -2, State.SUCCEEDED, origin="backfill:b")
    found = ask(store, "newest_carried_out", 3)

    assert (3, "no luck") == (found.failures, found.error)
    assert found.span is not None
    assert 3 == ask(store, "newest_carried_out", 4).failures
    assert 2 == ask(store, "newest_carried_out", 2).failures


def test_a_success_ends_a_row_of_failures(store: SqlStore) -> None:
    """By hand as well."""
    ended(store, -9, State.FAILED)
    ended(store, -8, State.SUCCEEDED, origin="manual:x")
    found = ask(store, "newest_carried_out", 3)

    assert (0, None) == (found.failures, found.error)


def test_runs_by_hand_are_counted(store: SqlStore) -> None:
    """Since an instant."""
    due(store, -90, origin="manual:a")
    due(store, -30, origin="manual:b")
    due(store, -20)

    assert 1 == ask(store, "asked_for_by_hand", at(store, -60))
    assert 2 == ask(store, "asked_for_by_hand", LONG_AGO)


def test_a_record_is_what_runs_came_to(store: SqlStore) -> None:
    """Over its life, in a day, and lately."""
    assert ask(store, "records") is None
    ended(store, -5, State.SUCCEEDED)
    ended(store, -4, State.FAILED)
    ended(store, -3, State.DEAD)
    due(store, -2, state=State.SKIPPED)
    due(store, -8, state=State.MISSED)
    record = ask(store, "records")

    assert (1, 3) == (record.succeeded, record.fruitless)
    assert Ends(1, 2) == record.day == record.lately
    assert record.mean is not None


def alert(store: SqlStore, subject: str, minutes: float) -> str:
    """Raise an alert about something, begun so long after now; return its id."""
    flip = replace(
        FLIP,
        kind=FlipKind.QUEUE_BACKLOG,
        key=subject,
        condition=subject,
        subject=subject,
        began_at=at(store, minutes),
        location=None,
    )
    store.write(lambda unit: raise_alert(unit, flip))
    return flip.id


def test_what_did_not_run_is_told_by_alert(store: SqlStore) -> None:
    """Of the job, the queue, or of everything; since the alert began."""
    subjects = ("job:a-job", "queue:monitoring", "broker:redis", "location:paris")
    ids = [alert(store, subject, -30) for subject in subjects]
    due(store, -31, state=State.SKIPPED)
    stretch = {"missed_until": at(store, -9), "missed_count": 7}
    due(store, -20, state=State.MISSED, **stretch)
    due(store, -8, state=State.SKIPPED)
    due(store, -7, state=State.SKIPPED, origin="backfill:b")
    due(store, -6, state=State.SKIPPED, of="other")
    due(store, -5, state=State.SKIPPED, of="third", queue="analytics")
    ended(store, -4, State.SUCCEEDED)
    with store.read() as unit:
        found = unit.runs.dropped_during(ids)

    counts = [
        (one.missed, one.skipped, one.jobs) for one in (found[id_] for id_ in ids[:3])
    ]
    assert [(7, 1, 1), (7, 2, 2), (7, 3, 3)] == counts
    assert ids[3] not in found
    ends = found[ids[0]].first, found[ids[0]].last
    assert [-20, -8] == [round((one - now(store)) / MINUTE) for one in ends]
