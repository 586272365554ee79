"""The due storm of other schedulers: how late their messages are in the queue."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import redis

from airq_cron.clock import SystemClock
from tests.conftest import ROOT, WaitUntil
from tests.integration.nodes import ProcessBox, ValkeyProcess
from tests.peers import NODE_ENVIRONMENT, PYTHON

HERE = "tests.bench.schedulers"
MINUTE_S = 60
# So long a scheduler may take to start and to read its entries.
LEAD_S, LEAD_S_PER_1000 = 6.0, 2.5
PATIENCE_S = 30.0
CLOCK = SystemClock()


@dataclass(frozen=True)
class Scheduler:
    """
    One of them.

    Attributes:
        most: with more entries it would take minutes.
        leaves_hits: its entries leave bytes in a file, not messages in a list.
    """

    argv: tuple[str, ...]
    most: int = 10_000
    leaves_hits: bool = False


@dataclass(frozen=True)
class PeerStorm:
    """How many were queued, and after how many seconds half of them, and all."""

    fired: int
    half_s: float | None
    all_s: float | None


def _celery(scheduler: str, most: int = 10_000) -> Scheduler:
    app = ("-A", f"{HERE}.celery_entries")
    beat = ("beat", "--scheduler", scheduler, "--schedule", "{directory}/schedule")
    return Scheduler((str(PYTHON), "-m", "celery", *app, *beat), most)


SCHEDULERS = {
    "celery": _celery("celery.beat:PersistentScheduler", most=1_000),
    "redbeat": _celery("redbeat.RedBeatScheduler"),
    "apscheduler": Scheduler((str(PYTHON), "-m", f"{HERE}.apscheduler_entries")),
    "bullmq": Scheduler(
        ("node", str(ROOT / "tests/bench/schedulers/bullmq_entries.js")),
        leaves_hits=True,
    ),
}


def raise_peer_storm(
    scheduler: Scheduler,
    valkey: ValkeyProcess,
    directory: Path,
    wait_until: WaitUntil,
    entries: int,
) -> PeerStorm:
    """Start it with so many entries, and follow what it queues when they are due."""
    client = redis.Redis.from_url(valkey.url)
    client.flushall()
    there = Path(mkdtemp(dir=directory))
    hits = there / "hits"
    hits.touch()
    due_s = math.ceil(
        CLOCK.now().timestamp() + LEAD_S + entries / 1000 * LEAD_S_PER_1000
    )
    environment = NODE_ENVIRONMENT | {
        "BENCH_BROKER": valkey.url,
        "BENCH_ENTRIES": str(entries),
        "BENCH_DUE_S": str(due_s),
        "BENCH_SHIFT_S": str(-due_s % MINUTE_S),
        "BENCH_HITS": str(hits),
    }

    def count() -> int:
        if scheduler.leaves_hits:
            return hits.stat().st_size
        return int(client.llen("celery"))

    with _running(scheduler, there, environment):
        wait_until(
            lambda: CLOCK.now().timestamp() >= due_s, "it is time", timeout_s=120
        )
        half = _follow(count, math.ceil(entries / 2), due_s)
        last = _follow(count, entries, due_s)
        return PeerStorm(count(), half, last)


def _follow(count: Callable[[], int], wanted: int, due_s: float) -> float | None:
    while count() < wanted:
        if CLOCK.now().timestamp() > due_s + PATIENCE_S:
            return None
        CLOCK.wait(0.002)
    return round(CLOCK.now().timestamp() - due_s, 3)


@contextmanager
def _running(
    scheduler: Scheduler, directory: Path, environment: dict[str, str]
) -> Iterator[None]:
    argv = [one.format(directory=directory) for one in scheduler.argv]
    log = directory / "scheduler.log"
    box = ProcessBox("scheduler", argv, log=log, environment=environment)
    try:
        yield
    finally:
        box.stop()
