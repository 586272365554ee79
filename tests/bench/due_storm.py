"""Many jobs due in the same second: how late they are queued, and started."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from pathlib import Path

import psutil
from sqlalchemy import Column, ColumnElement, func, select

from airq_cron.cli import processes
from airq_cron.config import child_environment
from airq_cron.domain.job import Job, Queue
from airq_cron.domain.run import ENDED, instant_text
from airq_cron.ports import Unit
from airq_cron.store.ledger_tables import runs
from airq_cron.system import System
from tests.conftest import WaitUntil
from tests.integration.nodes import BeatProcess, WorkerProcess

BATCH = 500
# So long the entering of 1,000 jobs may take before they are due.
LEAD_S_PER_1000 = 2.5


@dataclass(frozen=True)
class Lateness:
    """Seconds after the due time: median, 99th percentile, maximum."""

    p50: float
    p99: float
    max: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Lateness":
        """Return the figures of one storm; percentiles by nearest rank."""
        ordered = sorted(seconds)
        p50, p99 = (ordered[ceil(len(ordered) * share) - 1] for share in (0.5, 0.99))
        return cls(p50, p99, ordered[-1])


@dataclass(frozen=True)
class Storm:
    """
    One storm of *jobs* with *beats*.

    Attributes:
        started: None without a worker.
    """

    jobs: int
    beats: int
    queued: Lateness
    started: Lateness | None


class Fleet:
    """Some beats, and one worker of two children unless told otherwise."""

    def __init__(
        self, system: System, directory: Path, beats: int, *, works: bool = True
    ) -> None:
        environment = child_environment(system.settings)
        start = partial(BeatProcess, directory=directory, environment=environment)
        self.beats = [start(f"beat-{n}", processes.beat()) for n in range(beats)]
        self.workers = []
        if works:
            argv = processes.worker("worker-data")
            self.workers = [
                WorkerProcess(
                    "worker", argv, directory=directory, environment=environment
                )
            ]

    @property
    def nodes(self) -> list[BeatProcess | WorkerProcess]:
        """Every process."""
        return [*self.beats, *self.workers]

    def is_up(self) -> bool:
        """Say whether every process is ready."""
        return all(node.is_up() for node in self.nodes)

    def beat_cpu_s(self) -> list[float]:
        """Return the processor time that each beat has used."""
        times = [psutil.Process(beat.box.pid).cpu_times() for beat in self.beats]
        return [time.user + time.system for time in times]

    def stop(self) -> None:
        """End every process."""
        for node in self.nodes:
            node.teardown()


def raise_storm(
    system: System, count: int, number: int, fleet: Fleet, wait_until: WaitUntil
) -> Storm:
    """Enter *count* jobs that are due at one instant, and wait for their runs."""
    lead = timedelta(seconds=3 + count / 1000 * LEAD_S_PER_1000)
    due = (system.clock.now() + lead).replace(microsecond=0)
    names = [f"storm-{number}-{one}" for one in range(count)]
    for start in range(0, count, BATCH):
        system.store.write(
            partial(_add_jobs, names=names[start : start + BATCH], due=due)
        )
    assert system.clock.now() < due, "the jobs were entered too late"
    over = runs.c.queued_at.is_not(None)
    if fleet.workers:
        over = runs.c.state.in_(sorted(ENDED))
    wait_until(
        lambda: _count(system, due, over) == count, "the storm is over", timeout_s=600.0
    )
    queued = _lateness(system, due, runs.c.queued_at)
    started = _lateness(system, due, runs.c.started_at) if fleet.workers else None
    return Storm(count, len(fleet.beats), queued, started)


def _add_jobs(unit: Unit, names: Sequence[str], due: datetime) -> None:
    for name in names:
        unit.jobs.add(
            Job(
                name=name,
                kind="aggregate",
                schedule=f"at {instant_text(due)}",
                zone="UTC",
                queue=Queue.ANALYTICS,
                cursor=due - timedelta(hours=1),
                next_due_at=due,
                source="person",
            )
        )


def _count(system: System, due: datetime, over: ColumnElement[bool]) -> int:
    with system.store._current().connect() as connection:
        return connection.execute(
            select(func.count())
            .select_from(runs)
            .where(runs.c.scheduled_for == due, over)
        ).scalar_one()


def _lateness(system: System, due: datetime, at: Column[datetime]) -> Lateness:
    with system.store._current().connect() as connection:
        found = connection.execute(
            select(at).where(runs.c.scheduled_for == due)
        ).scalars()
        return Lateness.of([(one - due).total_seconds() for one in found])
