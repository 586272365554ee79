"""Entries that are all due at one minute, for Celery's beat and for RedBeat."""

import os
from datetime import datetime, timedelta

from celery import Celery
from celery.schedules import crontab

BROKER = os.environ["BENCH_BROKER"]  # noqa: TID251
ENTRIES = int(os.environ["BENCH_ENTRIES"])  # noqa: TID251
# Crontabs know minutes only, and nobody waits for the next one.
SHIFT = timedelta(seconds=float(os.environ["BENCH_SHIFT_S"]))  # noqa: TID251


class ShiftedCelery(Celery):
    """Celery with a clock that a minute begins on when it is wanted."""

    def now(self) -> datetime:
        """Return the time, so much later."""
        return super().now() + SHIFT


app = ShiftedCelery("entries", broker=BROKER)
app.conf.update(
    task_ignore_result=True,
    redbeat_redis_url=BROKER,
    beat_schedule={
        f"entry-{number}": {"task": "noop", "schedule": crontab(app=app)}
        for number in range(ENTRIES)
    },
)
