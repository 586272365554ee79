"""Why did it (not) run? Asked of a real ledger."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.domain.job import Job
from airq_cron.domain.run import Claim, Outcome, State
from airq_cron.errors import InvalidError, NotFoundError
from airq_cron.ports import AuditEntry, Unit
from airq_cron.services.cancel_run import cancel_run
from airq_cron.services.discard_run import discard_run
from airq_cron.services.explain import Explanation, explain_run
from airq_cron.services.retry_run import retry_run
from airq_cron.services.tick import tick
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, RecordingDispatcher
from tests import entries

# The clock of these tests stands half a minute later.
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANN = "cli:ann"

Add = Callable[..., Job]


@pytest.fixture
def dispatcher() -> RecordingDispatcher:
    """Give a broker that keeps what is published."""
    return RecordingDispatcher()


@pytest.fixture
def add(store: SqlStore) -> Add:
    """Give a function that adds a job of every minute, planned up to 11:59."""

    def once(**more: object) -> Job:
        cursor = NOON - MINUTE
        made = entries.job(cursor=cursor, next_due_at=NOON)
        made = replace(made, **more)  # type: ignore[arg-type]
        store.write(lambda unit: unit.jobs.add(made))
        return made

    return once


def explain(store: SqlStore, when: str, job: str = "a-job") -> Explanation:
    """Ask why."""
    return explain_run(store, job, when)


def claim(store: SqlStore, minute: int = 0) -> Claim:
    """Claim the run that was due so many minutes after noon."""
    run = entries.run(scheduled_for=NOON + minute * MINUTE)
    return entries.claim(store, run.id)


def test_a_run_is_explained_from_due_to_done(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock, add: Add
) -> None:
    """By which beat, by which policy, when published, by whom, how it ended."""
    add()
    tick(store, dispatcher, by="beat@host")
    claimed = claim(store)
    clock.advance(timedelta(seconds=2))
    entries.finish(store, claimed)

    found = explain(store, "2026-03-01T12:00:00Z")

    assert ("succeeded", "2026-03-01T12:00:00+00:00") == (found.reason, found.local)
    assert "It began 30 s after it was due and succeeded." == found.verdict
    (story,) = found.runs
    assert (claimed.run_id, 1) == (story.run.id, len(story.run.attempts))
    assert [
        "due",
        "inserted",
        "decided",
        "published",
        "queued",
        "claimed",
        "attempt_ended",
        "succeeded",
    ] == [event.event for event in story.timeline]
    assert "beat@host" == story.timeline[1].by
    assert (NOON - MINUTE, NOON + MINUTE) == (
        found.previous_fire_at,
        found.next_fire_at,
    )
    assert found.hour is not None
    assert (NOON, 1) == (found.hour.hour, found.hour.figures.totals["succeeded"])


def test_what_people_did_stands_in_the_timeline(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock, add: Add
) -> None:
    """Discarded, started again, cancelled: by whom, and why."""
    add()
    tick(store, dispatcher)
    claimed = claim(store)
    entries.finish(store, claimed, State.FAILED, Outcome.FAILED, error="boom")
    for deed in (
        lambda: discard_run(store, claimed.run_id, by=ANN, reason="known"),
        lambda: retry_run(store, dispatcher, claimed.run_id, by=ANN),
        lambda: cancel_run(store, dispatcher, claimed.run_id, by=ANN),
    ):
        clock.advance(timedelta(seconds=5))
        deed()

    found = explain(store, "last")

    texts = [event.text for event in found.runs[0].timeline]
    assert [
        "discarded by cli:ann: known",
        "started again by cli:ann",
        "cancelled by cli:ann",
    ] == [text for text in texts if "by cli:ann" in text][:3]
    assert "cancelled" == found.reason


def test_every_origin_is_explained_the_newest_first(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock, add: Add
) -> None:
    """A backfill of the same fire time is its own story."""
    add()
    tick(store, dispatcher)
    clock.advance(MINUTE)
    entries.enter(store, entries.run(scheduled_for=NOON, origin="backfill:b1"))

    found = explain(store, "2026-03-01T12:00:00Z")

    assert ["backfill:b1", "schedule"] == [story.run.origin for story in found.runs]
    assert "scheduled" == found.reason


def test_a_missed_stretch_explains_its_fire_times(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock, add: Add
) -> None:
    """Each of them, and nothing between them."""
    add()
    clock.advance(200 * MINUTE)
    tick(store, dispatcher)

    inside = explain(store, "2026-03-01T13:00:00Z")
    between = explain(store, "2026-03-01T13:00:30Z")

    assert "missed" == inside.reason
    assert inside.runs[0].run.missed_count is not None
    assert "dropped: found late" in inside.verdict
    assert ("not_a_fire_time", ()) == (between.reason, between.runs)


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("2026-03-01T12:00:07Z", "not_a_fire_time"),
        ("2026-03-01T12:01:00Z", "not_yet_due"),
        ("2026-03-01T12:00:00Z", "not_yet_decided"),
        ("2026-03-01T11:00:00Z", "before_the_job"),
        ("2020-03-01T11:00:00Z", "unknown"),
    ],
)
def test_without_a_run_there_is_a_reason(
    store: SqlStore, add: Add, when: str, reason: str
) -> None:
    """And a sentence; no error."""
    add()

    found = explain(store, when)

    assert (reason, ()) == (found.reason, found.runs)
    assert found.verdict.endswith((".", "?"))


def test_a_job_that_was_off_names_who_did_it(
    store: SqlStore, clock: FakeClock, add: Add
) -> None:
    """From the audit trail of the job."""
    add(cursor=NOON + 90 * MINUTE, next_due_at=NOON + 91 * MINUTE)

    def record(*, on: bool) -> None:
        entry = AuditEntry(
            ANN,
            "job.toggle",
            "job:a-job",
            before={"enabled": not on},
            after={"enabled": on},
            note=None if on else "repairs",
        )
        store.write(lambda unit: unit.audit.record(entry))

    record(on=False)
    clock.advance(60 * MINUTE)
    record(on=True)
    clock.advance(60 * MINUTE)

    found = explain(store, "2026-03-01T12:30:00Z")

    assert "job_off" == found.reason
    assert "by cli:ann at 2026-03-01T12:00:30Z: repairs." in found.verdict


def test_a_run_that_retention_removed_leaves_its_hour(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock, add: Add
) -> None:
    """The roll-up says what came of that hour."""
    add()
    for minute in range(3):
        tick(store, dispatcher)
        entries.finish(store, claim(store, minute))
        clock.advance(MINUTE)

    def purge(unit: Unit) -> int:
        return unit.runs.purge(
            "a-job", states=[State.SUCCEEDED], before=NOON, keep=1, limit=9
        )

    assert 2 == store.write(purge)

    found = explain(store, "2026-03-01T12:01:00Z")

    assert ("removed_by_retention", ()) == (found.reason, found.runs)
    assert found.hour is not None
    assert 3 == found.hour.figures.totals["succeeded"]


def test_the_hour_may_be_the_next_one(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock, add: Add
) -> None:
    """A run that was due before the full hour ended after it."""
    add(schedule="0 12 * * *")
    tick(store, dispatcher)
    claimed = claim(store)
    clock.advance(70 * MINUTE)
    entries.finish(store, claimed)

    hour = explain(store, "2026-03-01T12:00:00Z").hour

    assert hour is not None
    assert NOON + 60 * MINUTE == hour.hour


def test_a_local_time_is_one_of_the_zone(store: SqlStore, add: Add) -> None:
    """Skipped ones mean the end of the gap."""
    add(zone="Europe/Paris")

    assert NOON == explain(store, "2026-03-01 13:00").scheduled_for
    gap = explain(store, "2026-03-29 02:30")
    assert "2026-03-29T03:00:00+02:00" == gap.local


def test_a_local_time_that_comes_twice_is_the_one_that_fires(
    store: SqlStore, add: Add
) -> None:
    """If both do, the answer asks which."""
    add(zone="Europe/Paris", schedule="30 2 * * *")
    other = entries.job("b-job", zone="Europe/Paris", schedule="*/30 * * * *")
    store.write(lambda unit: unit.jobs.add(other))

    once = explain(store, "2026-10-25 02:30")

    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == once.scheduled_for
    with pytest.raises(InvalidError, match=r"2026-10-25T00:30:00Z and 2026-10-25T01:3"):
        explain(store, "2026-10-25 02:30", "b-job")


def test_the_last_fire_time_can_be_asked_for(
    store: SqlStore, dispatcher: RecordingDispatcher, clock: FakeClock, add: Add
) -> None:
    """The newest run; before there is one, the schedule's own."""
    add()

    assert NOON == explain(store, "last").scheduled_for
    clock.advance(3 * MINUTE)
    tick(store, dispatcher)
    assert NOON + 3 * MINUTE == explain(store, "last").scheduled_for
    assert "queued" == explain(store, "last").reason


def test_a_job_that_is_never_due_has_no_last_time(store: SqlStore, add: Add) -> None:
    """It is said so, as a wrong question."""
    add(schedule="at 2030-01-01T00:00:00Z", next_due_at=None)

    with pytest.raises(InvalidError, match="never been due"):
        explain(store, "last")


def test_a_job_that_is_gone_is_explained_by_its_runs(store: SqlStore) -> None:
    """As long as the ledger keeps any; then it is unknown."""
    entries.end(store, 0, State.SUCCEEDED, of="gone")

    found = explain(store, "2026-03-01 00:00", "gone")
    other = explain(store, "2026-03-01 00:01", "gone")

    assert ("succeeded", None) == (found.reason, found.next_fire_at)
    assert "unknown" == other.reason
    with pytest.raises(NotFoundError):
        explain(store, "last", "never-was")
