"""Workers with tasks that do nothing, ours and bare Celery's, and what they cost."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psutil
import redis

from airq_cron.broker import make_celery
from airq_cron.config import child_environment
from airq_cron.domain.job import PRIORITY_STEPS
from airq_cron.ports.broker import ENQUEUED_HEADER
from airq_cron.system import System
from airq_cron.telemetry import keys
from tests.bench.rounds import size
from tests.conftest import WaitUntil
from tests.integration.nodes import ProcessBox, ValkeyProcess

TASKS = size("TASKS", 2_000)
QUEUE = "analytics"
UNACKED = "unacked"
# What runs that do nothing do: `noop_run`.
KIND = "noop"


@dataclass(frozen=True)
class Cost:
    """What one task took: processor time of workers and Valkey, and the rate."""

    cpu_us: float
    tasks_per_s: float


@dataclass(frozen=True)
class Ground:
    """What the workers stand on."""

    system: System
    valkey: ValkeyProcess
    directory: Path
    wait_until: WaitUntil

    @property
    def client(self) -> redis.Redis:
        """A client of the broker."""
        return redis.Redis.from_url(self.valkey.url)

    def start(self, app: str, environment: Mapping[str, str], *more: str) -> ProcessBox:
        """Start a worker of two children."""
        argv = (
            *(sys.executable, "-m", "celery", "-A", f"tests.bench.{app}", "worker"),
            *("--concurrency", "2", "--queues", QUEUE, "--loglevel", "ERROR"),
            *("--without-mingle", "--without-gossip", *more),
        )
        log = self.directory / f"{app}.log"
        return ProcessBox(app, argv, log=log, environment=environment)

    def fill(self, count: int) -> None:
        """Publish so many messages with the header of their time."""
        app = make_celery(self.valkey.url)
        with app.producer_or_acquire() as producer:
            for _ in range(count):
                app.send_task(
                    "bench.noop",
                    args=(run_id := str(uuid4()),),
                    task_id=run_id,
                    queue=QUEUE,
                    priority=0,
                    headers={ENQUEUED_HEADER: self.system.clock.now().timestamp()},
                    producer=producer,
                )
        app.close()

    def left(self) -> int:
        """Return how many messages are not done with."""
        client = self.client
        with client.pipeline() as pipeline:
            for step in PRIORITY_STEPS.values():
                pipeline.llen(keys.queue_list(QUEUE, step))
            pipeline.hlen(UNACKED)
            found: list[int] = pipeline.execute()
        client.close()
        return sum(found)

    def cpu_s(self, *boxes: ProcessBox) -> float:
        """Return what these with their children and Valkey have used."""
        processes = [psutil.Process(box.pid) for box in boxes]
        processes += [child for box in boxes for child in box.children()]
        processes.append(psutil.Process(self.valkey.box.pid))
        # The last two are those of children that have been replaced.
        return sum(sum(one.cpu_times()[:4]) for one in processes)


Boxes = tuple[ProcessBox, ...]
Start = Callable[[Ground], AbstractContextManager[Boxes]]


@contextmanager
def ours(
    ground: Ground, *, telemetry: bool = True, **environment: str
) -> Iterator[Boxes]:
    """Run our worker."""
    settings = replace(ground.system.settings, metrics_collection=telemetry)
    environment |= child_environment(settings)
    with closing_box(ground.start("noop_ours", environment)) as box:
        yield (box,)


@contextmanager
def bare(ground: Ground, **environment: str) -> Iterator[Boxes]:
    """Run Celery's."""
    environment |= {"BENCH_BROKER": ground.valkey.url}
    with closing_box(ground.start("noop_bare", environment)) as box:
        yield (box,)


@contextmanager
def closing_box(box: ProcessBox) -> Iterator[ProcessBox]:
    """Stop *box* in the end, as an operator would; none of its tasks may fail."""
    try:
        yield box
    finally:
        box.stop()
    assert "Traceback" not in box.log.read_text()


def measure(ground: Ground, start: Start) -> Cost:
    """Let a worker empty the queue; its start is not counted."""
    ground.client.flushall()
    ground.fill(TASKS)
    clock = ground.system.clock
    with start(ground) as boxes:
        ground.wait_until(lambda: ground.left() < TASKS, "it has begun", timeout_s=60)
        before, began_s = ground.left(), clock.monotonic()
        cpu_s = ground.cpu_s(*boxes)
        ground.wait_until(lambda: ground.left() == 0, "all is done", timeout_s=120)
        took_s, used_s = clock.monotonic() - began_s, ground.cpu_s(*boxes) - cpu_s
    return Cost(used_s / before * 1e6, before / took_s)
