"""The pool of children, without one fault of Celery 5.7."""

from typing import Any

from celery.concurrency.asynpool import AsynPool
from celery.concurrency.prefork import TaskPool


class GuardedPool(AsynPool):
    """
    Celery's pool, which survives a child that died while the broker was away.

    Such a child can still be listed, with its sentinel closed, when the worker
    reconnects; Celery 5.7.0 then gives None to the event loop, and the worker
    exits with a ValueError. It needs no watching: the pool removes it and starts
    another at its next maintenance, at the latest after 5 s.
    """

    def _track_child_process(self, proc: Any, hub: Any) -> None:
        if getattr(proc, "_sentinel_poll", hub) is not None:
            super()._track_child_process(proc, hub)  # type: ignore[misc]


class GuardedTaskPool(TaskPool):
    """Prefork with the guarded pool."""

    Pool = GuardedPool
