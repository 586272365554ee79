"""
How gunicorn serves the API: `gunicorn --config python:api.server "..."`.

One place for all who start it: `airq up`, the Procfile, systemd, Docker.
"""

from typing import Any

from airq_cron.config import load
from airq_cron.garbage import spare_what_is_there

from . import change_mark

# In memory before the workers are forked: they share it.
changes = change_mark.CHANGES
worker_class = f"{__package__}.serving.BoundedWorker"
workers = load().api_workers
threads = 8
# What is being answered when a worker is told to stop has so long, in s; a reload
# (SIGHUP) starts the new workers first.
graceful_timeout = 4
control_socket_disable = True


def pre_fork(server: Any, worker: Any) -> None:
    """Let a worker share what is there."""
    del server, worker
    spare_what_is_there()
