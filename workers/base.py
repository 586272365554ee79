"""The class of all our tasks: a task is one run of the ledger."""

import os
import random
from typing import Any, ClassVar
from uuid import uuid4

from celery import Task

from airq_cron.broker import TASK_PREFIX
from airq_cron.domain.run import Claim
from airq_cron.services.execute import Ending, execute_run
from airq_cron.services.watch_parts import PartsWatch
from airq_cron.system import System, build
from airq_cron.watching import parts_watch

from .app import system as parent_system


class Place:
    """
    Where this process stands: its worker's name, and its own system.

    The name is drawn in the worker's main process and inherited by its
    children; the system is made anew in each child, because connections must
    not be carried across a fork.
    """

    worker: ClassVar[str] = f"worker-{uuid4().hex[:8]}"
    system: ClassVar[System] = parent_system
    _watch: ClassVar[tuple[System, PartsWatch] | None] = None

    @classmethod
    def renew(cls) -> None:
        """Make this process's own system; called in a child after the fork."""
        cls.system = build(parent_system.settings)

    @classmethod
    def watch(cls) -> PartsWatch:
        """Return this process's own watch, which remembers what it saw before."""
        if cls._watch is None or cls._watch[0] is not cls.system:
            cls._watch = (cls.system, parts_watch(cls.system, cls.system.store))
        return cls._watch[1]

    @classmethod
    def owner(cls) -> str:
        """Return the name under which this process claims runs."""
        return f"{cls.worker}:{os.getpid()}"


class RunTask(Task):  # type: ignore[type-arg]
    """Claims the run it is called with, and does the body as its attempt."""

    abstract = True
    # By name: only a worker's main process needs them.
    Strategy = f"{__package__}.receiving:strategy"
    Request = f"{__package__}.requests:RunRequest"

    def __call__(self, *args: Any, **kwargs: Any) -> str | None:
        """Execute the run whose id is the only argument."""
        del kwargs
        system = Place.system
        state = execute_run(
            system.store,
            system.dispatcher,
            str(args[0]),
            owner=Place.owner(),
            body=self._attempt,
            chance=random.random,
            lease=system.settings.lease,
            # A plain message may name any task over any run.
            kind=self.name.removeprefix(TASK_PREFIX),
        )
        return None if state is None else state.value

    def _attempt(self, claim: Claim) -> Ending:
        ending: Ending = self.run(claim)
        return ending
