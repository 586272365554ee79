"""Celery as it comes: a task asks for one place, and reads the answer."""

import os

import requests
from celery import Celery

app = Celery("bare", broker=os.environ["BENCH_BROKER"])  # noqa: TID251
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)
SESSION = requests.Session()


@app.task(name="bench.fetch")
def fetch(url: str) -> None:
    """Fetch six values; they are not stored."""
    answer = SESSION.get(url, timeout=10)
    answer.raise_for_status()
    hourly = answer.json()["hourly"]
    assert len(hourly) == 1 + 6
