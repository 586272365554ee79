"""How tasks of bare Celery are published: by kombu's own transport."""

from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from tests.bench.noop_ground import QUEUE, Ground

# `make_celery` puts ours in the place of "redis".
TRANSPORT_ALIASES["stock"] = "kombu.transport.redis:Transport"


@contextmanager
def stock_celery(ground: Ground) -> Iterator[Celery]:
    """Give an app that publishes to the broker of *ground*."""
    url = ground.valkey.url.replace("redis://", "stock://")
    with Celery(broker=url, set_as_current=False) as app:
        yield app


def publish_tasks(app: Celery, count: int) -> None:
    """Publish so many tasks that do nothing, as one that knows Celery well does."""
    with app.producer_or_acquire() as producer:
        for number in range(count):
            app.send_task(
                "bench.noop", args=(str(number),), queue=QUEUE, producer=producer
            )


def publish_fan_out(app: Celery, count: int) -> None:
    """Publish the task that publishes so many."""
    app.send_task("bench.fan_out", args=(count,), queue=QUEUE)
