"""The health of queues over HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airq_cron.domain.job import Queue
from airq_cron.domain.role import Role
from airq_cron.domain.trend import Snapshot
from airq_cron.ports import Batch, QueueState
from airq_cron.system import System
from airq_cron.testing import MemoryCounters, MemoryQueues
from api.app import create_app
from tests.unit.api.caller import Caller, make_caller

WEEK = timedelta(days=7)
PATH = "/cron/health/queues"


@pytest.fixture(autouse=True)
def counters(system: System) -> MemoryCounters:
    """Give the system's counters, with a queue that worked."""
    counters, batch = MemoryCounters(), Batch()
    tally = batch.of("data-fetch", system.clock.now())
    tally.counts.update(succeeded=38, failed=2)
    tally.arrivals = 40
    for _ in range(40):
        tally.handled(timedelta(seconds=3))
    counters.flush(batch)
    states = [QueueState(one.value, 2, 5.5) for one in Queue]
    vars(system).update(counters=counters, queues=MemoryQueues(states))
    return counters


def test_a_queue_says_what_its_score_is_made_of(viewer: Caller):
    """Under the names that others rely on."""
    body = viewer.get(f"{PATH}/data-fetch").json

    assert {
        "name": "data-fetch",
        "confidence": "high",
        "window_s": 3600,
        "waiting": 2,
        "in_flight": 0,
        "oldest_age_s": 5.5,
        "failure_rate": 0.05,
    }.items() <= body.items()
    assert 0.5 < body["score"] <= 1
    assert body["score"] == pytest.approx(sum(t["contribution"] for t in body["terms"]))
    assert ["failure_rate", "processing_speed", "backlog", "throughput"] == [
        term["name"] for term in body["terms"]
    ]
    assert {"name", "input", "weight", "contribution", "samples", "confidence"} == set(
        body["terms"][0]
    )


def test_all_queues_are_told_at_one_moment(viewer: Caller):
    """What nobody collected is null, not zero."""
    body = viewer.get(PATH).json

    assert "2026-03-01T12:00:30Z" == body["as_of"]
    assert [queue.value for queue in Queue] == [one["name"] for one in body["queues"]]
    assert viewer.get(f"{PATH}/data-fetch").json == body["queues"][0]
    assert (None, "none", []) == tuple(
        body["queues"][1][name] for name in ("score", "confidence", "terms")
    )


def test_without_redis_it_still_answers(
    viewer: Caller, system: System, counters: MemoryCounters
):
    """Nothing is known then but what runs."""
    broken = MemoryQueues()
    counters.broken = broken.broken = True
    vars(system).update(queues=broken)
    vars(system).pop("health_desk", None)
    answer = viewer.get(f"{PATH}/data-fetch")

    assert 200 == answer.status_code
    assert (None, "none", None, 0) == tuple(
        answer.json[name] for name in ("score", "confidence", "waiting", "in_flight")
    )


def test_an_unknown_queue_is_not_there(viewer: Caller):
    """The answer tells those there are."""
    answer = viewer.get(f"{PATH}/celery")

    assert (404, "application/problem+json") == (
        answer.status_code,
        answer.content_type,
    )
    assert "data-fetch, analytics" in answer.json["detail"]


def test_what_holds_queues_up_is_listed(viewer: Caller, system: System):
    """The worst first; over all queues."""
    states = [QueueState(one.value, 500, None) for one in Queue][:1]
    states += [QueueState(one.value, 150, None) for one in Queue][1:2]
    vars(system).update(queues=MemoryQueues(states))
    body = viewer.get("/cron/health/bottlenecks").json

    # No worker is alive, so even the smaller backlog is high.
    assert [("data-fetch", "critical"), ("analytics", "high")] == [
        (one["queue"], one["severity"]) for one in body["items"]
    ]
    assert {
        "kind": "queue_backlog",
        "value": 500.0,
        "threshold": 100.0,
        "samples": 1,
        "confidence": "high",
    }.items() <= body["items"][0].items()
    assert body["next_cursor"] is None


def test_recommendations_name_evidence_effect_and_call(viewer: Caller):
    """Nobody takes the two messages that wait."""
    body = viewer.get("/cron/health/recommendations/data-fetch").json
    (item,) = body["items"]

    assert ("start_worker", "high", ["queue_backlog"]) == tuple(
        item[name] for name in ("action", "severity", "bottlenecks")
    )
    assert (2, 0) == (item["evidence"]["waiting"], item["evidence"]["workers"])
    assert item["request"] is None
    assert "--queues data-fetch" in item["command"]
    assert ("data-fetch", 0) == (body["queue"], body["capacity"]["workers"])


@pytest.mark.parametrize("flag", ["performance_monitoring", "metrics_collection"])
@pytest.mark.parametrize("what", ["recommendations", "trends"])
def test_without_histograms_there_are_no_recommendations_and_trends(
    system: System, counters: MemoryCounters, flag: str, what: str
):
    """409 with the flag's name; what waits is still told as a bottleneck."""
    switched: dict[str, Any] = {flag: False}
    off = replace(system, settings=replace(system.settings, **switched))
    parts = {
        "queues": system.queues,
        "counters": counters,
        "snapshots": system.snapshots,
    }
    vars(off).update(parts | {"heartbeats": system.heartbeats})
    viewer = make_caller(create_app(off), off, Role.VIEWER)
    answer = viewer.get(f"/cron/health/{what}/data-fetch")

    assert (409, f"CRON_ENABLE_{flag.upper()} is false") == (
        answer.status_code,
        answer.json["detail"].partition(",")[0],
    )
    assert 5 == len(viewer.get("/cron/health/bottlenecks").json["items"])


@pytest.mark.parametrize("what", ["recommendations", "trends"])
def test_an_unknown_queue_has_neither(viewer: Caller, what: str):
    """404, with those there are."""
    answer = viewer.get(f"/cron/health/{what}/celery")

    assert 404 == answer.status_code
    assert "data-fetch, analytics" in answer.json["detail"]


def test_a_trend_has_its_steps_with_gaps(viewer: Caller, system: System):
    """Null where nobody watched; the last step holds the present."""
    at = system.clock.now().replace(second=0)
    system.snapshots.keep({"data-fetch": Snapshot(at, 0.75, 9, None)}, WEEK)
    body = viewer.get("/cron/health/trends/data-fetch?window=10m&step=5m").json
    first, last = body["points"]

    assert (600, 300, 1) == (body["window_s"], body["step_s"], body["gaps"])
    assert ("2026-03-01T12:00:00Z", 9, 0.75, 0.05) == tuple(
        last[name] for name in ("start", "waiting", "score", "failure_rate")
    )
    assert 80 == last["throughput"]
    assert last["handling_s"]["p50"] <= last["handling_s"]["p99"]
    assert {None} == {first[name] for name in ("throughput", "waiting", "score")}
    assert {"p50": None, "p95": None, "p99": None} == first["dwell_s"]
    assert {None} == set(body["slopes"].values())


@pytest.mark.parametrize(
    ("query", "field", "bound"),
    [
        ("window=91d", "window", "between 1m and 90d"),
        ("window=1y", "window", "such as 15m, 6h or 7d"),
        ("window=1d&step=1m", "step", "more than 300 points"),
        ("window=7d&step=90m", "step", "whole hours when window is above 24h"),
        ("window=1h&step=2h", "step", "longer than window"),
    ],
)
def test_a_trend_out_of_bounds_names_field_and_bound(
    viewer: Caller, query: str, field: str, bound: str
):
    """422, so that the next call is right."""
    answer = viewer.get(f"/cron/health/trends/data-fetch?{query}")

    assert (422, field) == (answer.status_code, answer.json["errors"][0]["field"])
    assert bound in answer.json["detail"]
