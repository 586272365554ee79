"""Health: how well the queues do, and what that was judged from."""

from typing import Any

from flask import Response

from airq_cron.domain.bottleneck import Bottleneck
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.domain.trend import read_length
from airq_cron.services.read_queue_health import QueueHealth
from airq_cron.services.read_trends import Trend
from airq_cron.services.recommend import Advice

from . import bottleneck_examples, trend_examples
from . import queue_health_examples as examples
from .area import Answer, Area, Takes
from .bottleneck_schema import AdviceSchema, BottleneckPageSchema
from .context import present, the_system
from .kept import keep
from .queue_health_schema import QueueHealthSchema, QueuesHealthSchema
from .trend_schema import TrendQuery, TrendSchema

area = Area("queue health", "How well the queues do, and why")


@area.endpoint(
    "GET",
    "/cron/health/queues",
    role=Role.VIEWER,
    answer=Answer(QueuesHealthSchema, example=examples.QUEUES),
)
def every() -> Response:
    """Tell how healthy each queue is; what cannot be read is null."""
    return keep(QueuesHealthSchema, the_system().health_desk.every)


@area.endpoint(
    "GET",
    "/cron/health/queues/<queue:queueName>",
    role=Role.VIEWER,
    answer=Answer(QueueHealthSchema, example=examples.QUEUE),
)
def show(queueName: str) -> QueueHealth:  # noqa: N803
    """Tell how healthy one queue is."""
    return the_system().health_desk.one(queueName)


@area.endpoint(
    "GET",
    "/cron/health/bottlenecks",
    role=Role.VIEWER,
    answer=Answer(BottleneckPageSchema, example=bottleneck_examples.BOTTLENECK_PAGE),
)
def bottlenecks() -> Page[Bottleneck]:
    """List what holds any queue up, the worst first; none when all is well."""
    return Page(the_system().health_desk.every().bottlenecks)


@area.endpoint(
    "GET",
    "/cron/health/recommendations/<queue:queueName>",
    role=Role.VIEWER,
    answer=Answer(AdviceSchema, example=bottleneck_examples.ADVICE),
    errors=(409,),
)
def recommendations(queueName: str) -> Advice:  # noqa: N803
    """Say what would help a queue, why, and which call does it."""
    return the_system().adviser.advise(queueName)


@area.endpoint(
    "GET",
    "/cron/health/trends/<queue:queueName>",
    role=Role.VIEWER,
    takes=Takes(query=TrendQuery),
    answer=Answer(TrendSchema, example=trend_examples.TREND),
    errors=(409, 503),
)
def trends(query: dict[str, Any], queueName: str) -> Response:  # noqa: N803
    """Show where a queue is heading, step by step; what nobody saw is null."""
    about = queueName, query["window"], query.get("step")
    return keep(TrendSchema, lambda: _trend(*about), *about)


def _trend(queue: str, window: str, step: str | None) -> Trend:
    return the_system().trend_desk.trend(
        queue,
        present(),
        window=read_length(window, "window"),
        step=None if step is None else read_length(step, "step"),
    )
