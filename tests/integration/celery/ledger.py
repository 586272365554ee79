"""What tests of real workers do with the ledger, and with the workers."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import redis

from airq_cron.domain.job import Job, Overlap, Queue
from airq_cron.domain.measurement import Location
from airq_cron.domain.overlap import new_run
from airq_cron.domain.run import ENDED, Outcome, Run, State
from airq_cron.ports import Message, RunFilter, Unit
from airq_cron.sandbox import Fault, SandboxServer
from airq_cron.services.publish import publish_runs
from airq_cron.services.sweep import sweep
from airq_cron.services.tick import ready_messages
from airq_cron.services.trigger import trigger_job
from airq_cron.system import System
from tests.integration.nodes import WorkerProcess

FETCH = Job(
    name="fetch",
    kind="fetch",
    schedule="0 0 1 1 *",
    zone="UTC",
    queue=Queue.DATA_FETCH,
    overlap=Overlap.ALLOW,
    params={"location": "paris"},
    time_limit_s=50,
    run_limit_s=600,
)


# Values of the fixture `database_url`, for tests that run on either.
BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
# With nothing to aggregate it is the shortest run there is.
BRIEF = replace(FETCH, name="brief", kind="aggregate", params={})


class Ledger:
    """The ledger as a test sees and moves it."""

    def __init__(self, system: System) -> None:
        """Look at the ledger of *system*."""
        self.system = system

    def begin(self, job: Job = FETCH, *, key: str = "once") -> str:
        """Enter a manual run of *job*, publish it, and return its id."""
        store = self.system.store
        store.write(lambda unit: _ensure(unit, job))
        return trigger_job(store, self.system.dispatcher, job.name, key=key).id

    def run(self, run_id: str) -> Run:
        """Return a run with its attempts."""
        with self.system.store.read() as unit:
            return unit.runs.get(run_id)

    def is_in(self, run_id: str, state: State) -> bool:
        """Say whether a run is in *state*."""
        return self.run(run_id).state is state

    def outcomes(self, run_id: str) -> list[Outcome | None]:
        """Return how the run's attempts ended, in order."""
        return [attempt.outcome for attempt in self.run(run_id).attempts]

    def alone(self, act: Callable[[], None]) -> None:
        """Act while nobody else writes: SQLite waits for a writer that is stopped."""
        self.system.store.write(lambda _unit: act())

    def have_ended(self, job: Job, count: int) -> bool:
        """Say whether *count* runs of *job* have ended."""
        with self.system.store.read() as unit:
            found = unit.runs.find(RunFilter(job=job.name), limit=5000, after=None)
        return sum(run.state in ENDED for run in found) >= count

    def begin_many(self, job: Job, count: int) -> list[str]:
        """Enter *count* runs of *job* at once, publish them, and return their ids."""
        store = self.system.store
        first = self.system.clock.now()
        runs = [
            new_run(job, first + timedelta(seconds=number)) for number in range(count)
        ]

        def enter(unit: Unit) -> list[Message]:
            _ensure(unit, job)
            unit.runs.insert(runs)
            return ready_messages(runs)

        publish_runs(store, self.system.dispatcher, store.write(enter))
        return [run.id for run in runs]

    def everywhere(self, places: int) -> Job:
        """Return a fetch job for *places* locations of its own."""
        added = [
            Location(
                id=f"place-{number}",
                name=f"Place {number}",
                lat=Decimal(40 + number),
                lon=Decimal(5),
                zone="UTC",
                providers=("sandbox",),
            )
            for number in range(places)
        ]

        def work(unit: Unit) -> None:
            for place in added:
                unit.locations.add(place)

        self.system.store.write(work)
        return replace(FETCH, name="fetch-everywhere", params={})

    def duration(self, run_id: str) -> timedelta:
        """Return the time from the first claim to the end."""
        run = self.run(run_id)
        assert run.started_at is not None
        assert run.finished_at is not None
        return run.finished_at - run.started_at

    def pause_between(self, run_id: str) -> timedelta:
        """Return the time from the end of the first attempt to the second's start."""
        first, second = self.run(run_id).attempts[:2]
        assert first.finished_at is not None
        return second.started_at - first.finished_at

    def cancel(self, run_id: str) -> None:
        """Cancel a run as a person does."""
        self.system.store.write(lambda unit: unit.runs.cancel([run_id], reason="asked"))

    def flush_broker(self) -> None:
        """Let the broker forget everything."""
        with closing(
            redis.Redis.from_url(self.system.settings.redis_address)
        ) as client:
            client.flushall()

    def sweep(self) -> int:
        """Do what a beat does every half second, but for planning."""
        system = self.system
        return sweep(system.store, system.dispatcher, system.queues, take_back=True)

    def has_ended(self, run_id: str) -> bool:
        """Say whether the run has ended."""
        return self.run(run_id).state in ENDED

    def ends(self, run_id: str) -> bool:
        """Sweep once, and say whether the run has ended."""
        self.sweep()
        return self.has_ended(run_id)

    def all_end(self, ids: Sequence[str]) -> bool:
        """Sweep once, and say whether all runs have ended."""
        self.sweep()
        return all(self.has_ended(one) for one in ids)


def _ensure(unit: Unit, job: Job) -> None:
    if job.name not in {known.name for known in unit.jobs.all()}:
        unit.jobs.add(job)


class Workers:
    """The workers of a test, and which of them has a run."""

    def __init__(self, nodes: Sequence[WorkerProcess]) -> None:
        """Know *nodes*."""
        self.nodes = tuple(nodes)

    def holder(self, run: Run) -> WorkerProcess:
        """Return the worker whose child runs *run*."""
        pid = child_of(run)
        (found,) = (
            node
            for node in self.nodes
            if pid in {child.pid for child in node.children()}
        )
        return found

    def child_count(self) -> int:
        """Return how many children all workers have."""
        return sum(len(node.children()) for node in self.nodes)

    def drops(self, run_id: str) -> int:
        """Return how many messages of a run the workers say they have dropped."""
        return sum(
            line.get("action") == "run_dropped" and line.get("run_id") == run_id
            for node in self.nodes
            for line in node.lines()
        )

    def gave_up(self, worker: WorkerProcess, run_id: str, child: int | None) -> bool:
        """Say whether *child* of *worker* was ended for a run, or has let it be."""
        found = {
            (line["action"], line.get("pid", child))
            for line in worker.lines()
            if line.get("run_id") == run_id
        }
        return bool(found & {("child_ended", child), ("lease_lost", child)})

    def other(self, worker: WorkerProcess) -> WorkerProcess:
        """Return the worker that is not *worker*."""
        (found,) = (node for node in self.nodes if node is not worker)
        return found


def slow_down(
    upstream: SandboxServer, *, seconds: float = 9.0, calls: int | None = None
) -> None:
    """Let the upstream answer late: the next *calls*, or all."""
    spoil(upstream, Fault("latency", value=seconds * 1000, count=calls))


def is_asked(upstream: SandboxServer) -> bool:
    """Say whether somebody waits for the upstream's answer."""
    return bool(upstream.sandbox.stats()["in_flight"])


def spoil(upstream: SandboxServer, fault: Fault) -> None:
    """Let the upstream do *fault* from now on."""
    sandbox = upstream.sandbox
    sandbox.faults.add(fault, sandbox.clock.monotonic())


def child_of(run: Run) -> int | None:
    """Return the process id of the child that runs *run*, None when none does."""
    return None if run.owner is None else int(run.owner.rpartition(":")[2])
