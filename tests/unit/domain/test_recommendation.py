"""What would help: only against a bottleneck, with the call that does it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.bottleneck import find_bottlenecks
from airq_cron.domain.capacity import Load, estimate
from airq_cron.domain.health import Facts, Limits
from airq_cron.domain.recommendation import (
    Action,
    FailingJob,
    Recommendation,
    Situation,
    SlowJob,
    Starved,
    recommend,
)

QUEUE = "data-fetch"
WELL = Facts(succeeded=100, handled=100, handling_s=200.0, taken=100, arrivals=100)
FAILING = FailingJob("fetch-lyon", 30, "the key was refused", "run-1")
SLOW = SlowJob("daily", mean_s=60.0, p95_s=80.0, time_limit_s=300)


def situation(facts: Facts, *, workers: int | None = 2, **more: object) -> Situation:
    """Return a queue with its capacity and bottlenecks; it was watched for 100 s."""
    load = Load(facts.arrivals, 100.0, facts.mean_handling_s, facts.waiting, workers)
    found = find_bottlenecks(QUEUE, facts, Limits(), workers=workers)
    return Situation(QUEUE, facts, estimate(load), found, **more)  # type: ignore[arg-type]


def only(found: Situation) -> Recommendation:
    """Return the one thing that would help."""
    (recommendation,) = recommend(found)
    return recommendation


def test_nothing_helps_a_queue_that_is_well():
    """Advice without a need is noise."""
    assert () == recommend(situation(WELL, failing=FAILING, slow=SLOW))


def test_a_growing_backlog_needs_so_many_workers():
    """(1 + 300/300) a second at 2 s each: four; no request can start one."""
    found = only(situation(replace(WELL, waiting=300)))

    assert (Action.ADD_WORKERS, None) == (found.action, found.request)
    assert "2 more processes for data-fetch: 4 in place of 2" in found.title
    assert "--concurrency 2 --queues data-fetch" in (found.command or "")
    assert "within 5 minutes; as it is, never" in found.effect
    assert (1.0, 1.0, 300) == tuple(
        found.evidence[name]
        for name in ("arrival_rate_per_s", "utilisation", "waiting")
    )


def test_without_a_worker_one_is_to_be_started():
    """However few messages wait."""
    found = only(situation(replace(WELL, waiting=1, arrivals=0), workers=0))

    assert (Action.START_WORKER, "high") == (found.action, found.severity)
    assert "worker --concurrency 1 --queues data-fetch" in (found.command or "")


def test_a_job_that_fails_is_to_be_paused():
    """With its last error, and the rate that is left without it."""
    facts = replace(WELL, succeeded=69, failed=31)
    found = only(situation(facts, failing=FAILING))

    assert Action.PAUSE_JOB == found.action
    assert found.request is not None
    assert ("POST", "/cron/jobs/fetch-lyon/pause") == (
        found.request.method,
        found.request.path,
    )
    assert "the key was refused" == found.evidence["last_error"]
    assert "falls to 1%" in found.effect


def test_a_slow_upstream_is_to_be_left_alone():
    """Its fetches give way, and are made up for when the breaker closes."""
    facts = replace(WELL, handling_s=6000.0)
    found = only(situation(facts, slow=replace(SLOW, provider="open-meteo")))

    assert Action.OPEN_BREAKER == found.action
    assert found.request is not None
    assert "/cron/breakers/open-meteo/open" == found.request.path
    assert 10 == found.request.body["minutes"]


@pytest.mark.parametrize(
    ("soft_limit_s", "body"),
    [
        (None, {"time_limit_s": 120}),
        (60, {"time_limit_s": 120}),
        (250, {"time_limit_s": 120, "soft_limit_s": 115}),
    ],
)
def test_a_slow_job_of_our_own_gets_a_shorter_limit(
    soft_limit_s: int | None, body: dict[str, int]
):
    """One and a half times what nineteen of twenty take; soft stays below hard."""
    facts = replace(WELL, handling_s=6000.0)
    slow = replace(SLOW, soft_limit_s=soft_limit_s)
    found = only(situation(facts, slow=slow))

    assert Action.LIMIT_TIME == found.action
    assert found.request is not None
    assert body == found.request.body
    assert {"If-Match": "*"} == found.request.headers


def test_a_limit_that_would_not_be_shorter_is_not_proposed():
    """Then only a person can tell."""
    slow = replace(SLOW, time_limit_s=100)

    assert (
        Action.LOOK
        == only(situation(replace(WELL, handling_s=6000.0), slow=slow)).action
    )


def test_what_starves_is_to_be_raised():
    """More workers would not help: those there are have time, but not for it."""
    facts = replace(WELL, arrivals=50, waiting=3, oldest_age_s=900.0)
    found = only(situation(facts, starved=Starved("low", 900.0, "weekly-cleanup")))

    assert Action.RAISE_PRIORITY == found.action
    assert found.request is not None
    assert ("PATCH", "/cron/jobs/weekly-cleanup", {"priority": "normal"}) == (
        found.request.method,
        found.request.path,
        found.request.body,
    )


@given(
    succeeded=st.integers(0, 200),
    failed=st.integers(0, 200),
    handling_s=st.floats(0, 1e5),
    waiting=st.integers(0, 2000),
    age_s=st.none() | st.floats(0, 1e5),
    workers=st.none() | st.integers(0, 9),
    known=st.booleans(),
)
def test_every_recommendation_can_be_carried_out(
    succeeded: int,
    failed: int,
    handling_s: float,
    waiting: int,
    age_s: float | None,
    workers: int | None,
    known: bool,
):
    """A request or a line; against a bottleneck there is, and each has one."""
    ended = succeeded + failed
    facts = Facts(
        succeeded=succeeded,
        failed=failed,
        handled=ended,
        handling_s=handling_s if ended else 0.0,
        arrivals=ended,
        waiting=waiting,
        oldest_age_s=age_s,
    )
    more = {"failing": FAILING, "slow": SLOW, "starved": Starved("low", 1.0, None)}
    found = situation(facts, workers=workers, **(more if known else {}))
    items = recommend(found)

    assert all(one.request or one.command for one in items)
    assert all(one.evidence and one.effect for one in items)
    assert {one.kind for one in found.bottlenecks} == {
        kind for one in items for kind in one.bottlenecks
    }
