"""What the children of this worker run, and how one of them is ended."""

import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import celery.worker.state as worker_state


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """A run that a child has begun, and the child's process id."""

    run_id: str
    pid: int


Active = Callable[[], Sequence[ActiveRun]]


def active_runs() -> list[ActiveRun]:
    """Return the runs that children of this worker have begun."""
    return [
        ActiveRun(str(request.id), int(request.worker_pid))
        for request in _begun()
        if request.worker_pid is not None
    ]


def _begun() -> tuple[Any, ...]:
    while True:
        # The main thread adds and removes while this one looks.
        with suppress(RuntimeError):
            return tuple(worker_state.active_requests)


def end_child(one: ActiveRun, active: Active) -> bool:
    """
    Kill the child if it still works on that run; say whether it did.

    It is halted first: else it could end that run and begin its next one between
    the look and the kill. A halted child begins nothing, and Celery gives it
    nothing before it has heard of the end.
    """
    verdict = signal.SIGCONT
    try:
        os.kill(one.pid, signal.SIGSTOP)
        try:
            if one in active():
                verdict = signal.SIGKILL
        finally:
            os.kill(one.pid, verdict)
    except ProcessLookupError:
        return False
    return verdict is signal.SIGKILL
