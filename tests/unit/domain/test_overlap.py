"""What becomes of fire times while earlier runs are unfinished."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.catchup import Missed
from airq_cron.domain.job import Job, Overlap, Priority, Queue
from airq_cron.domain.overlap import Standing, missed_run, new_run, place_runs
from airq_cron.domain.run import State

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
JOB = Job(
    name="fetch-lyon",
    kind="fetch",
    schedule="* * * * *",
    zone="UTC",
    queue=Queue.DATA_FETCH,
    priority=Priority.HIGH,
    params={"location": "lyon"},
)
SCHEDULED, WAITING, SKIPPED = State.SCHEDULED, State.WAITING, State.SKIPPED
CANCELLED = State.CANCELLED


def fire_times(count: int) -> list[datetime]:
    return [NOON + number * MINUTE for number in range(count)]


def states(
    overlap: Overlap, count: int, *, unfinished: int = 0, waiting: int = 0
) -> list[State]:
    runs = place_runs(
        replace(JOB, overlap=overlap),
        fire_times(count),
        Standing(unfinished, waiting),
        at=NOON,
    )
    return [run.state for run in runs]


@pytest.mark.parametrize("overlap", list(Overlap))
def test_the_first_run_of_an_idle_job_starts_under_every_policy(
    overlap: Overlap,
) -> None:
    """There is nothing to overlap with."""
    assert [SCHEDULED] == states(overlap, 1)


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        (Overlap.SKIP, [SCHEDULED, SKIPPED, SKIPPED]),
        (Overlap.QUEUE_ONE, [SCHEDULED, WAITING, SKIPPED]),
        (Overlap.QUEUE_ALL, [SCHEDULED, WAITING, WAITING]),
        (Overlap.REPLACE, [CANCELLED, CANCELLED, SCHEDULED]),
        (Overlap.ALLOW, [SCHEDULED, SCHEDULED, SCHEDULED]),
    ],
)
def test_fire_times_found_together_overlap_each_other(
    overlap: Overlap, expected: list[State]
) -> None:
    """The run just placed counts as unfinished for the next one."""
    assert expected == states(overlap, 3)


@pytest.mark.parametrize(
    ("overlap", "waiting", "expected"),
    [
        (Overlap.SKIP, 0, SKIPPED),
        (Overlap.QUEUE_ONE, 0, WAITING),
        (Overlap.QUEUE_ONE, 1, SKIPPED),
        (Overlap.QUEUE_ALL, 5, WAITING),
        (Overlap.REPLACE, 5, SCHEDULED),
        (Overlap.ALLOW, 5, SCHEDULED),
    ],
)
def test_an_unfinished_run_is_judged_by_the_policy(
    overlap: Overlap, waiting: int, expected: State
) -> None:
    """Only `allow` starts beside it, and `replace` in its place."""
    assert [expected] == states(overlap, 1, unfinished=1 + waiting, waiting=waiting)


@given(
    overlap=st.sampled_from(Overlap),
    count=st.integers(0, 20),
    unfinished=st.integers(0, 3),
    waiting=st.integers(0, 3),
)
def test_no_fire_time_goes_without_a_run(
    overlap: Overlap, count: int, unfinished: int, waiting: int
) -> None:
    """Every one stands in the ledger, and at most one starts unless allowed."""
    waiting = min(waiting, unfinished)
    found = states(overlap, count, unfinished=unfinished, waiting=waiting)

    assert count == len(found)
    if overlap is Overlap.REPLACE:
        assert found.count(SCHEDULED) == min(count, 1)
    elif overlap is not Overlap.ALLOW:
        assert found.count(SCHEDULED) == (1 if count and not unfinished else 0)
    if overlap is Overlap.QUEUE_ONE:
        assert found.count(WAITING) + waiting <= max(1, waiting)


def test_a_skipped_run_says_why_and_so_does_a_waiting_one() -> None:
    """The reason is what `airq runs list` shows."""
    busy = Standing(unfinished=1)
    skipped = place_runs(JOB, fire_times(1), busy, at=NOON)
    queueing = replace(JOB, overlap=Overlap.QUEUE_ALL)
    queued = place_runs(queueing, fire_times(1), busy, at=NOON)

    assert ["overlap", "predecessor"] == [skipped[0].reason, queued[0].reason]


def test_a_new_run_inherits_what_its_job_says() -> None:
    """Kind, queue, priority and parameters are those at the time of planning."""
    run = new_run(JOB, NOON)

    assert (
        "fetch-lyon",
        "fetch",
        "data-fetch",
        "high",
        NOON,
        {"location": "lyon"},
        "schedule",
        SCHEDULED,
        None,
    ) == (
        run.job,
        run.kind,
        run.queue,
        run.priority,
        run.scheduled_for,
        run.params,
        run.origin,
        run.state,
        run.reason,
    )


def test_a_run_may_have_a_priority_of_its_own() -> None:
    """Backfills run with priority low, whatever their job has."""
    assert "low" == new_run(JOB, NOON, priority="low").priority


def test_one_missed_fire_time_is_a_plain_row() -> None:
    """It is not a stretch."""
    run = missed_run(JOB, Missed(NOON, NOON, 1))

    assert (State.MISSED, "catch-up", None, None) == (
        run.state, run.reason, run.missed_until, run.missed_count
    )  # fmt: skip


def test_a_missed_stretch_is_one_row() -> None:
    """A long outage does not fill the ledger."""
    run = missed_run(JOB, Missed(NOON, NOON + 600 * MINUTE, 601))

    assert (NOON, NOON + 600 * MINUTE, 601) == (
        run.scheduled_for, run.missed_until, run.missed_count
    )  # fmt: skip
