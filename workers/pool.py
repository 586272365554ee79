"""The pool of children, without three faults of Celery 5.7."""

from collections import deque
from typing import Any

from celery.concurrency.asynpool import AsynPool
from celery.concurrency.prefork import TaskPool

# A dying process closes its files at most this long before it has ended.
DYING_S = 0.1


class GuardedPool(AsynPool):
    """
    Celery's pool, which hears of a child's death at once, survives it, and knows
    what its children have.

    Celery 5.7.0 is woken when the child's files are closed, which is a moment
    before it can be waited for. It looks too early, and then not again before its
    next maintenance, up to 5 s later; here it looks twice.

    A child that died while the broker was away can still be listed, with its
    sentinel closed, when the worker reconnects. Celery then gives None to the
    event loop, and the worker exits with a ValueError. It needs no watching: the
    pool removes it and starts another at its next maintenance.

    A worker that stops or reconnects forgets each run of which a child has not said
    yet that it began, even when the child has it already. So nobody renews the
    lease of that run, and a worker that stops hears no more of the child, which
    waits 30 s for its result to be read. Here what a child has is known until its
    end.
    """

    outbound_buffer: deque[Any]
    _busy_workers: set[int]
    _cache: dict[int, Any]

    def _track_child_process(self, proc: Any, hub: Any) -> None:
        if getattr(proc, "_sentinel_poll", hub) is not None:
            super()._track_child_process(proc, hub)  # type: ignore[misc]

    def _event_process_exit(self, hub: Any, proc: Any) -> None:
        super()._event_process_exit(hub, proc)  # type: ignore[misc]
        hub.call_later(DYING_S, self.maintain_pool)

    def flush(self) -> None:
        """Forget what no living child has; called when the consumer closes."""
        unsent = set(self.outbound_buffer)
        sent = {number: job for number, job in self._cache.items() if job not in unsent}
        super().flush()
        for number, job in sent.items():
            if _is_held(job):
                self._cache[number] = job
                # Else the next run would wait behind this one.
                self._busy_workers.add(job._write_to.inqW_fd)  # noqa: SLF001


def _is_held(job: Any) -> bool:
    """Say whether a child that lives has the job, begun or not."""
    child = job._write_to  # noqa: SLF001 - nothing public tells
    return child is not None and child._is_alive() and not job.ready()  # noqa: SLF001


class GuardedTaskPool(TaskPool):
    """Prefork with the guarded pool."""

    Pool = GuardedPool
