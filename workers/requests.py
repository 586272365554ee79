"""What a worker's main process is told of the runs that its children have."""

from collections.abc import Callable
from typing import Any

from celery.exceptions import TimeLimitExceeded
from celery.worker.request import Request
from celery.worker.state import task_ready

from airq_cron.domain.run import State
from airq_cron.domain.tally import CRASHED, TIME_LIMIT

from .app import system
from .children import ActiveRun
from .counting import Gatherer, outcome_of
from .leases import Keeper

OnSuccess = Callable[..., Any]


class RunRequest(Request):
    """
    A request that tells the lease keeper of attempts that ended without a word.

    Celery calls it in the main process when a child has died, when it is about
    to end one for its hard time limit, and when a task has raised, which means
    that the child could not reach the ledger.

    Of a dead child, Celery puts the message back into its queue at once. The copy
    may be claimed as soon as the keeper has recorded the crash. If it comes sooner
    it is dropped, and a sweeper sends the run again: the message is old.

    It also counts: here, because a signal handler in the child would cost a round
    trip a task, and an event stream a third of the throughput.
    """

    _is_counted = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Count in the class that Celery derives for each task: it has its own end."""
        super().__init_subclass__(**options)
        if "on_success" in vars(cls):
            cls.on_success = _counting(cls.on_success)  # type: ignore[method-assign]

    def on_accepted(self, pid: Any, time_accepted: float) -> None:
        """Do what Celery does, and count how long the message had waited."""
        super().on_accepted(pid, time_accepted)
        if Gatherer.current is not None:
            headers = self.request_dict
            Gatherer.current.took(self._queue, float(self.time_start or 0), headers)

    def on_failure(
        self,
        exc_info: Any,
        send_failed_event: bool = True,  # noqa: FBT001, FBT002 - Celery's signature
        return_ok: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Tell the keeper, then do what Celery does."""
        error = exc_info.exception
        error = getattr(error, "exc", error)
        is_limit = isinstance(error, TimeLimitExceeded)
        keeper = Keeper.current
        if keeper is not None and self.worker_pid is not None:
            run = ActiveRun(str(self.id), int(self.worker_pid))
            if keeper.has_ended(run):
                # Nobody wants this run any more: neither an error nor a new copy.
                self._count_failure(State.CANCELLED)
                task_ready(self)
                self.acknowledge()
                return
            keeper.note_death(run, limit_s=error.args[0] if is_limit else None)
        self._count_failure(TIME_LIMIT if is_limit else CRASHED)
        super().on_failure(exc_info, send_failed_event, return_ok)

    def _count_failure(self, outcome: str) -> None:
        now_s = system.clock.now().timestamp()
        began_s = self.time_start
        self._count(outcome, now_s, now_s - began_s if began_s else None)

    def _count(self, outcome: str, ended_s: float, runtime_s: float | None) -> None:
        """Count the end once: of a time limit Celery tells twice."""
        gatherer = Gatherer.current
        if gatherer is None or self._is_counted:
            return
        self._is_counted = True
        gatherer.done(self._queue, outcome, ended_s, runtime_s)

    @property
    def _queue(self) -> str:
        return str(self.delivery_info.get("routing_key"))


def _counting(inner: OnSuccess) -> OnSuccess:
    """Return Celery's handler of an end without error, with counting before it."""

    def on_success(self: RunRequest, result: Any, **options: Any) -> Any:
        has_failed, answer, runtime_s = result
        if not has_failed:
            ended_s = float(self.time_start or 0) + runtime_s
            self._count(outcome_of(answer), ended_s, runtime_s)
        return inner(self, result, **options)

    return on_success
