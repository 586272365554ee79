"""The documents about queues, as the API gives them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from airq_cron.domain.bottleneck import Bottleneck
from airq_cron.domain.capacity import Capacity
from airq_cron.domain.health import Term
from airq_cron.domain.recommendation import Recommendation
from airq_cron.domain.run import instant_text
from airq_cron.domain.slope import Slope
from airq_cron.domain.trend import Point
from airq_cron.services.read_queue_health import (
    WINDOW,
    QueueHealth,
    QueuesHealth,
)
from airq_cron.services.read_trends import Trend
from airq_cron.services.recommend import Advice

Document = dict[str, Any]


def queues_document(found: QueuesHealth) -> Document:
    """Return how every queue does."""
    return {
        "queues": [queue_document(line) for line in found.queues],
        "as_of": instant_text(found.as_of),
    }


def queue_document(line: QueueHealth) -> Document:
    """Return how one queue does."""
    return {
        "name": line.name,
        "score": line.health.score,
        "confidence": line.health.confidence.value,
        "window_s": int(WINDOW.total_seconds()),
        "waiting": line.waiting,
        "in_flight": line.in_flight,
        "oldest_age_s": line.oldest_age_s,
        "failure_rate": line.failure_rate,
        "terms": [_term(term) for term in line.health.terms],
    }


def bottlenecks_document(found: Sequence[Bottleneck]) -> Document:
    """Return what holds queues up."""
    return {"items": [bottleneck_document(one) for one in found], "next_cursor": None}


def bottleneck_document(one: Bottleneck) -> Document:
    """Return one thing that holds a queue up."""
    return asdict(one) | {
        "kind": one.kind.value,
        "severity": one.severity.value,
        "value": float(one.value),
        "threshold": float(one.threshold),
        "confidence": one.confidence.value,
    }


def advice_document(found: Advice) -> Document:
    """Return what would help a queue."""
    health = found.health
    return {
        "queue": health.name,
        "score": health.health.score,
        "capacity": health.capacity and _capacity(health.capacity),
        "items": [_recommendation(one) for one in found.items],
        "next_cursor": None,
        "as_of": instant_text(found.as_of),
    }


def trend_document(found: Trend) -> Document:
    """Return where a queue is heading."""
    return {
        "queue": found.queue,
        "window_s": int(found.grid.period.length.total_seconds()),
        "step_s": int(found.grid.step.total_seconds()),
        "points": [_point(point) for point in found.points],
        "gaps": found.gaps,
        "slopes": {
            name: slope and _slope(slope) for name, slope in found.slopes.items()
        },
        "drain_s": found.drain_s,
        "as_of": instant_text(found.as_of),
    }


def _term(term: Term) -> Document:
    measured = None if term.input is None else float(term.input)
    return asdict(term) | {"input": measured, "confidence": term.confidence.value}


def _capacity(found: Capacity) -> Document:
    return asdict(found)


def _recommendation(one: Recommendation) -> Document:
    return {
        "action": one.action.value,
        "severity": one.severity.value,
        "bottlenecks": [kind.value for kind in one.bottlenecks],
        "title": one.title,
        "evidence": dict(one.evidence),
        "effect": one.effect,
        "request": one.request and _request(one),
        "command": one.command,
    }


def _request(one: Recommendation) -> Document:
    request = one.request
    assert request is not None
    return {
        "method": request.method,
        "path": request.path,
        "headers": dict(request.headers),
        "body": dict(request.body),
    }


def _point(point: Point) -> Document:
    return {
        "start": instant_text(point.start),
        "throughput": point.throughput,
        "arrivals": point.arrivals,
        "failure_rate": point.failure_rate,
        "dwell_s": dict(point.dwell_s),
        "handling_s": dict(point.handling_s),
        "waiting": point.waiting,
        "score": point.score,
    }


def _slope(slope: Slope) -> Document:
    return asdict(slope) | {
        "direction": slope.direction.value,
        "confidence": slope.confidence.value,
    }
