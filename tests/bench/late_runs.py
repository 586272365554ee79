"""Runs that do nothing and are due already, and the worker that does them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from airq_cron.cli import processes
from airq_cron.config import child_environment
from airq_cron.domain.job import Overlap, Queue
from airq_cron.domain.run import State, instant_text
from airq_cron.ports import Unit
from airq_cron.store.ledger_tables import runs
from tests.bench.noop_ground import KIND, Ground
from tests.entries import job
from tests.integration.nodes import ProcessBox, WorkerProcess

# A job of every second that is late by as many; later ones would be caught up.
OF_EACH_JOB = 40
HOUR = timedelta(hours=1)


@contextmanager
def ledger_worker(ground: Ground) -> Iterator[ProcessBox]:
    """Run the worker of `airq up`, of two children, that knows these runs."""
    worker = WorkerProcess(
        "worker",
        processes.worker("worker-data"),
        directory=ground.directory,
        environment=child_environment(ground.system.settings),
        options=("--include", "tests.bench.noop_run"),
    )
    try:
        ground.wait_until(worker.is_up, "the worker consumes", timeout_s=60)
        yield worker.box
    finally:
        worker.box.stop()


def enter_late_jobs(ground: Ground, count: int) -> None:
    """Enter jobs whose next tick plans about *count* runs, at most some 2,000."""

    def work(unit: Unit) -> None:
        since = unit.runs.now().replace(microsecond=0) - timedelta(seconds=OF_EACH_JOB)
        for _ in range(count // OF_EACH_JOB):
            _add(unit, "every 1s", cursor=since, next_due_at=since)

    ground.system.store.write(work)


def enter_fan_out(ground: Ground, parts: int) -> None:
    """Enter a job whose next tick plans one run of so many parts."""

    def work(unit: Unit) -> None:
        at = unit.runs.now().replace(microsecond=0)
        params = {"parts": parts}
        schedule = f"at {instant_text(at)}"
        _add(unit, schedule, cursor=at - HOUR, next_due_at=at, params=params)

    ground.system.store.write(work)


def _add(unit: Unit, schedule: str, **more: Any) -> None:
    unit.jobs.add(
        job(
            f"noop-{uuid4().hex}",
            kind=KIND,
            schedule=schedule,
            queue=Queue.ANALYTICS,
            overlap=Overlap.ALLOW,
            **more,
        )
    )


def count_done(ground: Ground) -> int:
    """Return how many runs have succeeded."""
    with ground.system.store._current().connect() as connection:
        return connection.execute(
            select(func.count())
            .select_from(runs)
            .where(runs.c.state == State.SUCCEEDED.value)
        ).scalar_one()
