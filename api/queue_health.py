"""Health: how well the queues do, and what that was judged from."""

from airq_cron.domain.role import Role
from airq_cron.services.read_queue_health import QueueHealth, QueuesHealth

from . import queue_health_examples as examples
from .area import Answer, Area
from .context import the_system
from .queue_health_schema import QueueHealthSchema, QueuesHealthSchema

area = Area("queue health", "How well the queues do, and why")


@area.endpoint(
    "GET",
    "/cron/health/queues",
    role=Role.VIEWER,
    answer=Answer(QueuesHealthSchema, example=examples.QUEUES),
)
def every() -> QueuesHealth:
    """Tell how healthy each queue is; what cannot be read is null."""
    return the_system().health_desk.every()


@area.endpoint(
    "GET",
    "/cron/health/queues/<queue:queueName>",
    role=Role.VIEWER,
    answer=Answer(QueueHealthSchema, example=examples.QUEUE),
)
def show(queueName: str) -> QueueHealth:  # noqa: N803
    """Tell how healthy one queue is."""
    return the_system().health_desk.one(queueName)
