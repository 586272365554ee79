"""The five built-in jobs, exactly as the mission names them."""

from datetime import timedelta

import pytest

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import BUILT_IN, PRIORITY_STEPS, Job, Overlap, Priority, Queue
from airq_cron.domain.retry import Backoff
from airq_cron.domain.schedule import parse_schedule

JOBS = {job.name: job for job in BUILT_IN}
TABLE = [
    (
        "fetch-paris-data", "* * * * *", "Europe/Paris", "data-fetch", "normal", "skip",
        Backoff.EXPONENTIAL, 3, Catchup("latest"),
    ),
    (
        "hourly-aggregations", "0 * * * *", "UTC", "analytics", "normal", "queue_all",
        Backoff.FIXED, 2, Catchup("all", window=timedelta(hours=24), cap=24),
    ),
    (
        "daily-statistics", "59 23 * * *", "UTC", "analytics", "high", "queue_all",
        Backoff.FIXED, 2, Catchup("all", window=timedelta(days=7), cap=7),
    ),
    (
        "weekly-cleanup", "0 2 * * 0", "UTC", "maintenance", "low", "skip",
        Backoff.FIXED, 2, Catchup("latest"),
    ),
    (
        "health-check", "*/5 * * * *", "UTC", "monitoring", "high", "skip",
        Backoff.NONE, 1, Catchup("none"),
    ),
    (
        "notify", "never", "UTC", "notifications", "high", "allow",
        Backoff.EXPONENTIAL, 5, Catchup("none"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row[0]))
def test_a_built_in_job_is_what_the_mission_says(row: tuple[object, ...]) -> None:
    """Name, schedule, zone, queue and policies are relied on by outsiders."""
    job = JOBS[str(row[0])]

    assert row == (
        job.name,
        job.schedule,
        job.zone,
        job.queue,
        job.priority,
        job.overlap,
        job.retry.backoff,
        job.retry.attempts,
        job.catchup,
    )


def test_there_are_six_of_them() -> None:
    """No more, no fewer, and no name twice."""
    assert {str(row[0]) for row in TABLE} == set(JOBS)
    assert 6 == len(BUILT_IN)


@pytest.mark.parametrize("job", BUILT_IN, ids=lambda job: str(job.name))
def test_a_built_in_job_explains_itself(job: Job) -> None:
    """Each has a description and a category, and comes from code."""
    assert job.description
    assert job.category
    assert ("code", True) == (job.source, job.enabled)


@pytest.mark.parametrize("job", BUILT_IN, ids=lambda job: str(job.name))
def test_a_built_in_schedule_can_be_read(job: Job) -> None:
    """And its text is the one that is shown."""
    assert job.schedule == parse_schedule(job.schedule, job.zone).text


def test_every_queue_is_named() -> None:
    """The Procfile consumes these five."""
    assert [
        "data-fetch", "analytics", "maintenance", "monitoring", "notifications"
    ] == [queue.value for queue in Queue]  # fmt: skip


def test_redis_serves_the_highest_priority_first() -> None:
    """Its lists are asked in the order of their steps, 0 first."""
    assert {Priority.HIGH: 0, Priority.NORMAL: 3, Priority.LOW: 6} == PRIORITY_STEPS


def test_a_job_that_says_nothing_skips_overlaps_and_retries_nothing() -> None:
    """The defaults do the least."""
    job = Job("plain", "fetch", "@daily", "UTC", Queue.DATA_FETCH)

    assert (Overlap.SKIP, 1, "none", None) == (
        job.overlap, job.retry.attempts, job.catchup.mode, job.run_limit_s
    )  # fmt: skip
