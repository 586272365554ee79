"""What a worker's main process is told of the runs that its children have."""

from typing import Any

from celery.exceptions import TimeLimitExceeded
from celery.worker.request import Request
from celery.worker.state import task_ready

from .children import ActiveRun
from .leases import Keeper


class RunRequest(Request):
    """
    A request that tells the lease keeper of attempts that ended without a word.

    Celery calls it in the main process when a child has died, when it is about
    to end one for its hard time limit, and when a task has raised, which means
    that the child could not reach the ledger.

    Of a dead child, Celery puts the message back into its queue at once. The copy
    may be claimed as soon as the keeper has recorded the crash. If it comes sooner
    it is dropped, and a sweeper sends the run again: the message is old.
    """

    def on_failure(
        self,
        exc_info: Any,
        send_failed_event: bool = True,  # noqa: FBT001, FBT002 - Celery's signature
        return_ok: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Tell the keeper, then do what Celery does."""
        keeper = Keeper.current
        if keeper is not None and self.worker_pid is not None:
            run = ActiveRun(str(self.id), int(self.worker_pid))
            if keeper.has_ended(run):
                # Nobody wants this run any more: neither an error nor a new copy.
                task_ready(self)
                self.acknowledge()
                return
            error = exc_info.exception
            error = getattr(error, "exc", error)
            is_limit = isinstance(error, TimeLimitExceeded)
            keeper.note_death(run, limit_s=error.args[0] if is_limit else None)
        super().on_failure(exc_info, send_failed_event, return_ok)
