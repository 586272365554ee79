"""Jobs that are all due at one instant, for APScheduler; each leaves an entry."""

import os
from datetime import UTC, datetime

from apscheduler.schedulers.blocking import BlockingScheduler
from redis import Redis

client = Redis.from_url(os.environ["BENCH_BROKER"])  # noqa: TID251
due = datetime.fromtimestamp(float(os.environ["BENCH_DUE_S"]), UTC)  # noqa: TID251


def leave() -> None:
    """Say that a job was begun, where Celery would publish."""
    client.lpush("celery", "x")


if __name__ == "__main__":
    scheduler = BlockingScheduler(timezone="UTC")
    for _ in range(int(os.environ["BENCH_ENTRIES"])):  # noqa: TID251
        scheduler.add_job(leave, "date", run_date=due, misfire_grace_time=None)
    scheduler.start()
