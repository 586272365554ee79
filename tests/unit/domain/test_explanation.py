"""Why there is no run: what can be known from what is left."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airq_cron.domain.explanation import (
    Change,
    FireTimes,
    Reason,
    Traces,
    definition_at,
    fire_times_around,
    judge,
)
from airq_cron.domain.job import Job, Queue

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
JOB = Job(
    name="fetch-lyon",
    kind="fetch",
    schedule="*/10 * * * *",
    zone="Europe/Paris",
    queue=Queue.DATA_FETCH,
    cursor=NOON + DAY,
    next_due_at=NOON + DAY + 10 * MINUTE,
)
NOW = NOON + DAY
NOTHING = Traces()
OLD = Traces(oldest=NOON - DAY)


def switched(at: datetime, *, on: bool, note: str | None = None) -> Change:
    """Return the change of a switch."""
    before, after = {"enabled": not on}, {"enabled": on}
    return Change(at, "cli:ann", "job.toggle", before, after, note)


def reason(due: datetime, traces: Traces = OLD, job: Job = JOB) -> Reason:
    """Return why there is no run."""
    return judge(job, due, traces, at=NOW)[0]


def sentence(due: datetime, traces: Traces = OLD, job: Job = JOB) -> str:
    """Return why there is no run, in words."""
    return judge(job, due, traces, at=NOW)[1]


def test_between_two_fire_times_nothing_is_due() -> None:
    """The answer names the one before and the next."""
    due = NOON + 3 * MINUTE

    assert Reason.NOT_A_FIRE_TIME is reason(due)
    assert (
        "`*/10 * * * *` (Europe/Paris) does not fire then: the one before is"
        " 2026-03-01T12:00:00Z; the next is 2026-03-01T12:10:00Z."
    ) == sentence(due)


def test_a_schedule_that_never_fires_has_none_beside() -> None:
    """One instant, long ago: there is no next one."""
    once = replace(JOB, schedule="at 2026-03-01T12:00:00Z")

    assert FireTimes(False, NOON, None) == fire_times_around(once, NOON + MINUTE)
    assert "the one before is" in sentence(NOON + MINUTE, job=once)


@pytest.mark.parametrize(("enabled", "words"), [(True, "10 min."), (False, "off.")])
def test_the_future_is_not_yet_due(*, enabled: bool, words: str) -> None:
    """Also when the job is off, which the sentence says."""
    job = replace(JOB, enabled=enabled)

    assert Reason.NOT_YET_DUE is reason(NOW + 10 * MINUTE, job=job)
    assert sentence(NOW + 10 * MINUTE, job=job).endswith(words)


def test_a_job_that_was_switched_off_did_not_fire() -> None:
    """Who, when and why stand in the sentence; later changes do not matter."""
    off = switched(NOON - 5 * MINUTE, on=False, note="sensor is moved")
    traces = Traces([off, switched(NOON + 5 * MINUTE, on=True)])

    assert Reason.JOB_OFF is reason(NOON, traces)
    assert (
        "The job was switched off then, by cli:ann at 2026-03-01T11:55:00Z:"
        " sensor is moved."
    ) == sentence(NOON, traces)


def test_a_job_that_is_off_since_nobody_knows_when_says_so() -> None:
    """Its note is all there is."""
    job = replace(JOB, enabled=False, note="spare", cursor=NOON - MINUTE)

    assert "The job was switched off then: spare." == sentence(NOON, NOTHING, job)


def test_a_job_that_was_on_before_it_was_switched_off_is_not_called_off() -> None:
    """The change after the instant says what was before."""
    job = replace(JOB, enabled=False)
    traces = replace(OLD, changes=[switched(NOON + MINUTE, on=False)])

    assert Reason.UNKNOWN is reason(NOON, traces, job)


def test_the_schedule_that_counts_is_that_of_the_time() -> None:
    """A later edit does not change the past; the API says timezone."""
    edit = Change(
        NOON + MINUTE,
        "cli:ann",
        "job.update",
        {"schedule": "7 * * * *", "timezone": "UTC"},
        {"schedule": "*/10 * * * *", "timezone": "Europe/Paris"},
    )
    then = definition_at(JOB, NOON, [edit])

    assert ("7 * * * *", "UTC") == (then.schedule, then.zone)
    assert JOB == definition_at(JOB, NOON + 2 * MINUTE, [edit])
    assert Reason.NOT_A_FIRE_TIME is reason(NOON, Traces([edit]))


def test_of_several_edits_the_first_after_the_instant_counts() -> None:
    """It holds what was before all of them."""
    edits = [
        Change(NOON + MINUTE, "a", "job.update", {"schedule": "1 * * * *"}, {}),
        Change(NOON + 2 * MINUTE, "a", "job.update", {"schedule": "2 * * * *"}, {}),
    ]

    assert "1 * * * *" == definition_at(JOB, NOON, edits).schedule
    assert "1 * * * *" == definition_at(JOB, NOON, edits[::-1]).schedule


def test_what_no_beat_has_planned_is_told_with_the_cursor() -> None:
    """The usual cause is that no beat runs."""
    job = replace(JOB, cursor=NOON - 10 * MINUTE)

    assert Reason.NOT_YET_DECIDED is reason(NOON, job=job)
    assert "planned up to 2026-03-01T11:50:00Z. Is a beat" in sentence(NOON, job=job)


def test_a_job_that_was_made_later_did_not_fire() -> None:
    """The audit trail knows who made it."""
    made = Change(NOON + MINUTE, "token:bob", "job.create", {}, {"enabled": True})

    assert Reason.BEFORE_THE_JOB is reason(NOON, Traces([made]))
    assert "token:bob made the job" in sentence(NOON, Traces([made]))


@pytest.mark.parametrize(
    ("traces", "expected"),
    [
        ({"ended": 12, "kept": 11}, Reason.REMOVED_BY_RETENTION),
        ({"ended": 12, "kept": 12}, Reason.UNKNOWN),
        ({"oldest": NOON + DAY}, Reason.BEFORE_THE_JOB),
        ({"oldest": None}, Reason.BEFORE_THE_JOB),
        ({"oldest": NOON + DAY, "active_before": True}, Reason.REMOVED_BY_RETENTION),
        ({"oldest": None, "active_before": True}, Reason.REMOVED_BY_RETENTION),
        ({"oldest": NOON + DAY, "since": NOON + MINUTE}, Reason.UNKNOWN),
        ({"oldest": NOON + DAY, "since": NOON - MINUTE}, Reason.BEFORE_THE_JOB),
    ],
)
def test_a_fire_time_without_a_trace_is_judged_by_what_is_around(
    traces: dict[str, Any], expected: Reason
) -> None:
    """More ends than rows: retention. Nothing before: the job is younger."""
    assert expected is reason(NOON, replace(OLD, **traces))
