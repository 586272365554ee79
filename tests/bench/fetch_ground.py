"""What benches of fetching stand on: places, an upstream, and the data worker."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
from sqlalchemy import func, select

from airq_cron.cli import processes
from airq_cron.cli.addresses import free_port
from airq_cron.config import Secret, Settings, child_environment
from airq_cron.domain.job import Job, Queue
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.run import ENDED, Run, State
from airq_cron.services.trigger import trigger_job
from airq_cron.store.air_tables import (
    dirty_hours,
    fetch_states,
    measurements,
    series,
)
from airq_cron.store.ledger_tables import runs
from airq_cron.system import System, build
from tests.bench.tables import CLOCK, PROVIDER, add_places, empty
from tests.conftest import WaitUntil
from tests.databases import Database
from tests.integration.nodes import ProcessBox, ValkeyProcess, WorkerProcess

JOB = Job(
    name="bench-fetch",
    kind="fetch",
    schedule="0 0 1 1 *",
    zone="UTC",
    queue=Queue.DATA_FETCH,
    time_limit_s=900,
    source="person",
)


@dataclass(frozen=True)
class Fetch:
    """
    One run over all places.

    Attributes:
        worker_ms: processor time of the worker and its children, for each place.
        upstream_ms: that of the upstream.
        calls: how often the upstream was asked.
    """

    seconds: float
    worker_ms: float
    upstream_ms: float
    calls: int


@dataclass(frozen=True)
class Ground:
    """A system with places, an upstream that runs, and no worker yet."""

    system: System
    upstream: ProcessBox
    url: str
    directory: Path
    wait_until: WaitUntil

    @contextmanager
    def worker(self, app: str | None = None) -> Iterator[WorkerProcess]:
        """Run the data worker of two children; with *app* by Celery's command."""
        program = processes.worker("worker-data")
        if app is not None:
            begin = (sys.executable, "-m", "celery", "-A", f"tests.bench.{app}")
            options = program.argv[program.argv.index("worker") :]
            program = replace(program, argv=(*begin, *options))
        environment = child_environment(self.system.settings)
        worker = WorkerProcess(
            "worker", program, directory=self.directory, environment=environment
        )
        try:
            self.wait_until(worker.is_up, "the worker is ready", timeout_s=60.0)
            yield worker
        finally:
            worker.teardown()

    def fetch(self, places: int, worker: WorkerProcess) -> Fetch:
        """Let a run fetch every place anew; its time is that from its trigger."""
        store = self.system.store
        empty(store, measurements, series, dirty_hours, fetch_states)
        boxes = (worker.box, self.upstream)
        before, began_s = [cpu_s(box) for box in boxes], CLOCK.monotonic()
        run = trigger_job(store, self.system.dispatcher, JOB.name, key=str(uuid4()))
        ended = self.wait_until(
            partial(self._ended, run.id), "the run ends", timeout_s=900.0
        )
        seconds = CLOCK.monotonic() - began_s
        pairs = zip(boxes, before, strict=True)
        worker_ms, upstream_ms = (
            (cpu_s(box) - began) / places * 1000 for box, began in pairs
        )
        assert ended.state is State.SUCCEEDED, ended
        assert places * len(Pollutant) == self.stored()
        return Fetch(seconds, worker_ms, upstream_ms, self._calls(run.id))

    def _ended(self, run_id: str) -> Run | None:
        with self.system.store.read() as unit:
            run = unit.runs.get(run_id)
        return run if run.state in ENDED else None

    def _calls(self, run_id: str) -> int:
        """Return how many calls the parts of the run have made."""
        with self.system.store._current().connect() as connection:
            query = select(runs.c.result).where(runs.c.parent == run_id)
            return sum(found["asked"] for found in connection.execute(query).scalars())

    def stored(self) -> int:
        """Return how many measurements there are."""
        with self.system.store._current().connect() as connection:
            query = select(func.count()).select_from(measurements)
            return connection.execute(query).scalar_one()


def cpu_s(box: ProcessBox) -> float:
    """Return the processor time that a process and its children have used."""
    processes = [psutil.Process(box.pid), *box.children()]
    times = [one.cpu_times() for one in processes]
    return sum(one.user + one.system for one in times)


@contextmanager
def prepared(
    database: Database,
    valkey: ValkeyProcess,
    directory: Path,
    wait_until: WaitUntil,
    *,
    places: int,
    latency_ms: float,
    bytes_a_place: int,
    calls: int = 8,
) -> Iterator[Ground]:
    """Give a ground with so many places, such an upstream, and calls under way."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = Settings(
        var_dir=directory,
        redis_url=Secret(valkey.url),
        database_url=Secret(database.url),
        provider=PROVIDER,
        open_meteo_url=url,
        open_meteo_calls=calls,
        log_format="json",
    )
    system = build(settings)
    system.store.migrate()
    system.store.write(lambda unit: unit.jobs.add(JOB))
    add_places(system.store, places)
    argv: Sequence[Any] = (port, latency_ms, bytes_a_place)
    with ExitStack() as stack:
        box = ProcessBox(
            "upstream",
            (sys.executable, "-m", "tests.bench.upstream", *map(str, argv)),
            log=directory / "upstream.log",
        )
        stack.callback(box.stop)
        stack.callback(system.store.dispose)
        stack.callback(system.celery.close)
        wait_until(lambda: b"answering" in box.logs(), "the upstream answers")
        yield Ground(system, box, url, directory, wait_until)
