"""
How gunicorn serves the API: `gunicorn --config python:api.server "..."`.

One place for all who start it: `airq up`, the Procfile, systemd, Docker.
"""

import gc
from typing import Any

from airq_cron.config import load

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
    """Keep the collector away from what a worker inherits: it would copy all pages."""
    del server, worker
    gc.collect()
    gc.freeze()
