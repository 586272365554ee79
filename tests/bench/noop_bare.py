"""Celery as it comes, with the guarantees that we ask of it."""

import os

from celery import Celery

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
    return "succeeded"
