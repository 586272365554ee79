"""What is accepted as a job, and what is refused with its field."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.broker import VISIBILITY_TIMEOUT_S
from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import BUILT_IN, Job
from airq_cron.domain.job_rules import (
    LONGEST_ATTEMPT_S,
    check_job,
    check_name,
    check_timing,
)
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.errors import InvalidError, ScheduleError
from tests.entries import DAWN, job

TEN = timedelta(seconds=10)


@pytest.mark.parametrize("name", ["a", "0", "fetch-paris-data", "a--b", "x" * 63])
def test_a_good_name_is_accepted(name: str) -> None:
    """It fits in an address and needs no quotes in a shell."""
    check_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "-a", "A", "a_b", "a.b", "a b", "é", "x" * 64, "a\n", "stats", "preview"],
)
def test_a_bad_name_is_refused(name: str) -> None:
    """Also one that is an address already."""
    with pytest.raises(InvalidError) as refusal:
        check_name(name)
    assert "name" == refusal.value.field


@pytest.mark.parametrize("one", BUILT_IN, ids=lambda one: str(one.name))
def test_the_built_in_jobs_keep_to_the_rules(one: Job) -> None:
    """Else nobody could change anything of them."""
    check_name(one.name)
    check_timing(one, at=DAWN, shortest=TEN)

    assert one == check_job(one)


def test_a_job_is_kept_in_its_one_form() -> None:
    """Blanks and nulls are gone."""
    found = check_job(
        job(kind="fetch", schedule="  EVERY  120s ", params={"location": None})
    )

    assert ("every 2m", {}) == (found.schedule, found.params)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"schedule": "* * * *"}, "schedule"),
    ({"schedule": "0 0 31 2 *"}, "schedule"),
    ({"schedule": "every 0s"}, "schedule"),
    ({"zone": "Europe/Pari"}, "timezone"),
    ({"kind": "nope"}, "kind"),
    ({"params": {"x": 1}}, "params.x"),
    ({"description": "x" * 501}, "description"),
    ({"description": "two\nlines"}, "description"),
    ({"category": "x" * 61}, "category"),
    ({"time_limit_s": 0}, "time_limit_s"),
    ({"time_limit_s": 3001}, "time_limit_s"),
    ({"soft_limit_s": 0}, "soft_limit_s"),
    ({"soft_limit_s": 300, "time_limit_s": 300}, "soft_limit_s"),
    ({"run_limit_s": 0}, "run_limit_s"),
    ({"run_limit_s": 604_801}, "run_limit_s"),
    ({"start_margin_s": 0}, "start_margin_s"),
    ({"jitter_s": -1}, "jitter_s"),
    ({"jitter_s": 30}, "jitter_s"),
    ({"pause_after": 0}, "pause_after"),
    ({"pause_after": 101}, "pause_after"),
    ({"retry": RetryRule(Backoff.FIXED, 101)}, "retry.attempts"),
    ({"retry": RetryRule(Backoff.FIXED, 0)}, "retry.attempts"),
    ({"retry": RetryRule(Backoff.FIXED, 2, -1.0)}, "retry.delay_s"),
    ({"retry": RetryRule(Backoff.FIXED, 2, 1.0, float("nan"))}, "retry.cap_s"),
    ({"retry": RetryRule(Backoff.NONE, 2)}, "retry.backoff"),
    ({"catchup": Catchup("all", timedelta(days=367))}, "catchup.window_s"),
]


@pytest.mark.parametrize(("changes", "field"), BAD, ids=lambda one: str(one)[:40])
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    """As outsiders call it."""
    with pytest.raises(InvalidError) as refusal:
        check_job(job(**changes))
    assert field == refusal.value.field


@pytest.mark.parametrize(
    "changes",
    [
        {"time_limit_s": 1},
        {"time_limit_s": 3000, "soft_limit_s": 2999},
        {"run_limit_s": 604_800},
        {"jitter_s": 29},
        {"jitter_s": 86_400, "schedule": "at 2030-01-01T00:00:00Z"},
        {"pause_after": 100},
        {"retry": RetryRule(Backoff.FIXED, 1)},
        {"catchup": Catchup("all", timedelta(days=366))},
        {"description": "é" * 500},
    ],
    ids=lambda one: str(one)[:40],
)
def test_the_bounds_themselves_are_accepted(changes: dict[str, Any]) -> None:
    """On both sides."""
    given = job(**changes)

    assert given == check_job(given)


def test_no_attempt_may_outlast_half_the_brokers_patience() -> None:
    """Or the broker would deliver its message again while it runs."""
    assert LONGEST_ATTEMPT_S < VISIBILITY_TIMEOUT_S / 2


@pytest.mark.parametrize("schedule", ["every 9s", "every 1s"])
def test_a_schedule_that_fires_too_often_is_refused(schedule: str) -> None:
    """The bound itself is not."""
    with pytest.raises(ScheduleError, match="at most every 10 s") as refusal:
        check_timing(job(schedule=schedule), at=DAWN, shortest=TEN)
    assert "schedule" == refusal.value.field
    check_timing(job(schedule="every 10s"), at=DAWN, shortest=TEN)


def test_an_instant_that_has_passed_is_refused() -> None:
    """It would never fire."""
    once = job(schedule="at 2026-03-01T00:00:00Z")

    with pytest.raises(ScheduleError, match="has passed"):
        check_timing(once, at=DAWN, shortest=TEN)
    check_timing(once, at=DAWN - timedelta.resolution, shortest=TEN)
    check_timing(replace(once, schedule="@yearly"), at=DAWN, shortest=TEN)
