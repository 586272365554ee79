"""Celery as it comes, with the guarantees that we ask of it."""

import os
from typing import Any

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from tests.bench.hits import hit

# Another transport than kombu's own, where that is what is compared.
if transport := os.environ.get("BENCH_TRANSPORT"):  # noqa: TID251
    TRANSPORT_ALIASES["redis"] = transport
app = Celery("bare", broker=os.environ["BENCH_BROKER"])  # noqa: TID251
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 7200},
)


@app.task(name="bench.noop")
def noop(_: str) -> str:
    """Do nothing, whatever the run; ours is told of one as well."""
    hit()
    return "succeeded"


@app.task(name="bench.fan_out", bind=True)
def fan_out(self: Any, count: int) -> None:
    """Publish so many that do nothing, into the queue that this one came from."""
    queue = self.request.delivery_info["routing_key"]
    for number in range(count):
        noop.apply_async((str(number),), queue=queue)
