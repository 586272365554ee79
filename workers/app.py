"""The Celery app of beat and workers."""

import sys

from airq_cron.config import load
from airq_cron.domain.kinds import KINDS
from airq_cron.errors import AirqError
from airq_cron.log import set_up_logging
from airq_cron.system import System, build


def _build() -> System:
    """Return the system, or end with exit code 2 and one line that says why."""
    try:
        system = build(load())
        set_up_logging(system.settings.log_format)
        system.celery.conf.imports = [
            *(f"{__package__}.{kind}" for kind in KINDS),
            f"{__package__}.signals",
        ]
        system.celery.conf.worker_consumer = f"{__package__}.receiving:GuardedConsumer"
        system.celery.conf.worker_pool = f"{__package__}.pool:GuardedTaskPool"
    except AirqError as error:
        print(f"airq: {error}", file=sys.stderr)  # noqa: T201 - there is no log yet
        raise SystemExit(2) from error
    return system


system = _build()
app = system.celery
