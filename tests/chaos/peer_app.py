"""
Plain Celery with the same load, as a careful user of it would set it up.

It is imported by processes of another environment, which has Celery and RedBeat but
not what airq-cron needs. Settings: `docs/explanation/drill.md`.
"""

import math
import os
import sqlite3
from typing import Any

from celery import Celery, signals
from celery.schedules import schedule

from airq_cron.clock import SystemClock

JOBS, SLOW_JOBS, SLOW_S = 30, 3, 0.3
EFFECTS = os.environ["PEER_EFFECTS"]  # noqa: TID251
BROKER = os.environ["PEER_BROKER"]  # noqa: TID251
LOCK_S = int(os.environ["PEER_LOCK_S"])  # noqa: TID251
DUE = "due_s"
clock = SystemClock()

app = Celery("peer", broker=BROKER)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": 15,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": 10,
        "socket_timeout": 5,
        "health_check_interval": 5,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "retry_on_timeout": False,
    },
    redbeat_redis_url=BROKER,
    redbeat_lock_timeout=LOCK_S,
    beat_max_loop_interval=1,
)
app.conf.beat_schedule = {
    f"peer-{number:02}": {
        "task": "peer.work",
        # Relative: at the whole second, so that no lateness adds up.
        "schedule": schedule(1.0, relative=True, app=app),
        "args": (f"peer-{number:02}", SLOW_S if number < SLOW_JOBS else 0.0),
    }
    for number in range(JOBS)
}


@signals.before_task_publish.connect(weak=False)
def stamp(headers: dict[str, Any], **_: Any) -> None:
    """Say for which second the task is; a message alone does not."""
    headers.setdefault(DUE, math.floor(clock.now().timestamp()))


@app.task(name="peer.work", bind=True, soft_time_limit=8, time_limit=10)
def work(self: Any, job: str, seconds: float) -> None:
    """Take as long as the job says, then leave one row."""
    clock.wait(seconds)
    with sqlite3.connect(EFFECTS, timeout=10) as connection:
        connection.execute(
            "INSERT INTO effects VALUES (?, ?, ?, ?)",
            (job, self.request.get(DUE), self.request.id, clock.now().timestamp()),
        )
    connection.close()
