"""What counting costs: our base class with telemetry, against bare Celery."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
import redis

from airq_cron.broker import make_celery
from airq_cron.cli.session import prepare
from airq_cron.config import Secret, Settings, child_environment
from airq_cron.ports.broker import ENQUEUED_HEADER
from airq_cron.system import System, build
from airq_cron.telemetry import keys
from tests.bench.peers import listening_flower
from tests.bench.result import spread, write_result
from tests.conftest import WaitUntil
from tests.integration.nodes import ProcessBox, ValkeyProcess

PAIRS = int(os.environ.get("AIRQ_BENCH_PAIRS", "15"))  # noqa: TID251
TASKS = 2_000
COUNTED = 10_000
QUEUE = "analytics"
UNACKED = "unacked"
MOST_CPU, LEAST_THROUGHPUT = 1.03, 0.97


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
        waiting: Any = client.llen(keys.queue_list(QUEUE, 0))
        unacked: Any = client.hlen(UNACKED)
        client.close()
        return int(waiting + unacked)

    def cpu_s(self, *boxes: ProcessBox) -> float:
        """Return what these with their children and Valkey have used."""
        processes = [psutil.Process(box.pid) for box in boxes]
        processes += [child for box in boxes for child in box.children()]
        processes.append(psutil.Process(self.valkey.box.pid))
        times = [one.cpu_times() for one in processes]
        return sum(one.user + one.system for one in times)


@pytest.fixture
def ground(valkey: ValkeyProcess, tmp_path: Path, wait_until: WaitUntil) -> Ground:
    """Give an empty broker and a database of our own."""
    system = build(
        Settings(var_dir=tmp_path, redis_url=Secret(valkey.url), log_format="json")
    )
    system.store.migrate()
    prepare(system)
    return Ground(system, valkey, tmp_path, wait_until)


Boxes = tuple[ProcessBox, ...]
Start = Callable[[Ground], AbstractContextManager[Boxes]]


@contextmanager
def ours(ground: Ground, *, telemetry: bool = True) -> Iterator[Boxes]:
    """Run our worker."""
    settings = replace(ground.system.settings, metrics_collection=telemetry)
    with closing_box(ground.start("noop_ours", child_environment(settings))) as box:
        yield (box,)


@contextmanager
def bare(ground: Ground) -> Iterator[Boxes]:
    """Run Celery's."""
    with closing_box(
        ground.start("noop_bare", {"BENCH_BROKER": ground.valkey.url})
    ) as box:
        yield (box,)


@contextmanager
def watched(ground: Ground) -> Iterator[Boxes]:
    """Run Celery's, which sends events to a Flower."""
    address = {"BENCH_BROKER": ground.valkey.url}
    with (
        listening_flower(ground.valkey, ground.directory, ground.wait_until, TASKS) as (
            flower,
            _,
        ),
        closing_box(ground.start("noop_bare", address, "--task-events")) as box,
    ):
        yield box, flower


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


def test_telemetry(ground: Ground) -> None:
    """Alternate ours, theirs and theirs watched; then count over a clean shutdown."""
    without = partial(ours, telemetry=False)
    rounds: list[dict[str, Cost]] = []
    for number in range(PAIRS):
        starts: dict[str, Start] = {
            "ours": ours,
            "peer": bare,
            "uncounted": without,
            "events_and_flower": watched,
        }
        names = list(starts) if number % 2 else list(reversed(starts))
        rounds.append({name: measure(ground, starts[name]) for name in names})
    counts = _count_exactly(ground)
    cpu = [one["ours"].cpu_us / one["peer"].cpu_us for one in rounds]
    rate = [one["ours"].tasks_per_s / one["peer"].tasks_per_s for one in rounds]
    alone = [one["ours"].cpu_us / one["uncounted"].cpu_us for one in rounds]
    flower = [one["events_and_flower"].cpu_us / one["peer"].cpu_us for one in rounds]
    throughput = spread(rate)
    met = spread(cpu)["median"] <= MOST_CPU and throughput["median"] >= LEAST_THROUGHPUT
    write_result(
        "telemetry",
        {
            "pairs": [{k: asdict(v) for k, v in one.items()} for one in rounds],
            "ratio": spread(cpu),
            "throughput_ratio": throughput,
            "cpu_ratio_to_ours_without_telemetry": spread(alone),
            "cpu_ratio_of_events_and_flower": spread(flower),
            "bar": {"cpu": MOST_CPU, "throughput": LEAST_THROUGHPUT},
            "met": met,
            "counted": counts,
        },
    )

    assert {"succeeded": COUNTED} == counts
    assert met, (spread(cpu), throughput)


def _count_exactly(ground: Ground) -> dict[str, int]:
    ground.client.flushall()
    ground.fill(COUNTED)
    with ours(ground):
        ground.wait_until(lambda: ground.left() == 0, "all is done", timeout_s=300)
    found = ground.system.counters.totals()[QUEUE]
    assert COUNTED == sum(found.dwell) == sum(found.handling)
    return dict(found.counts)
