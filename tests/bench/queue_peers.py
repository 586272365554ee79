"""Queues of others: what fills and empties them, and how fast they are."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.noop_ground import Boxes, Cost, Ground, closing_box
from tests.conftest import ROOT
from tests.integration.nodes import ProcessBox
from tests.peers import NODE_ENVIRONMENT

HERE = "tests.bench.consumers"
# Where the count begins: all processes are at work.
WARM = 0.1


@dataclass(frozen=True)
class Peer:
    """
    One queue: what fills it, and what empties it.

    Attributes:
        workers: how many processes are begun of *work*.
    """

    fill: tuple[str, ...]
    work: tuple[str, ...]
    tasks: int
    workers: int = 1


def of_node(script: str, tasks: int) -> Peer:
    """Return a queue that a script of `consumers` fills, and two of it empty."""
    path = ROOT.joinpath(*HERE.split("."), f"{script}.js")
    argv = ("node", str(path))
    return Peer(argv, argv, tasks, workers=2)


def measure_peer(ground: Ground, peer: Peer, **more: str) -> Cost:
    """Let *peer* fill its queue and empty it; *more* is its environment."""
    ground.client.flushall()
    hits = no_hits(ground)
    environment = (
        NODE_ENVIRONMENT
        | more
        | {
            "BENCH_BROKER": ground.valkey.url,
            "BENCH_HITS": str(hits),
            "RQ_REDIS_URL": ground.valkey.url,
            "PYTHONPATH": str(ROOT),
        }
    )
    fill = [*peer.fill, str(peer.tasks)]
    path = {"PATH": os.defpath}
    subprocess.run(fill, cwd=ROOT, env=path | environment, check=True)
    with _workers(ground, peer, environment) as boxes:
        return cost_of(ground, boxes, hits, peer.tasks)


@contextmanager
def _workers(
    ground: Ground, peer: Peer, environment: Mapping[str, str]
) -> Iterator[Boxes]:
    with ExitStack() as stack:
        yield tuple(
            stack.enter_context(
                closing_box(
                    ProcessBox(
                        f"peer-{number}",
                        peer.work,
                        log=ground.directory / f"peer-{number}.log",
                        environment=environment,
                    )
                )
            )
            for number in range(peer.workers)
        )


def no_hits(ground: Ground) -> Path:
    """Return the file that every task writes a byte to, empty."""
    hits = ground.directory / "hits"
    hits.write_bytes(b"")
    return hits


def cost_of(ground: Ground, boxes: Boxes, hits: Path, tasks: int) -> Cost:
    """Follow the hits from the first tenth to the last one."""

    def count() -> int:
        return hits.stat().st_size

    clock = ground.system.clock
    wait = partial(ground.wait_until, timeout_s=120, interval_s=0.002)
    wait(lambda: count() >= WARM * tasks, "it is at work")
    before, began_s, cpu_s = count(), clock.monotonic(), ground.cpu_s(*boxes)
    wait(lambda: count() >= tasks, "all is done")
    took_s, used_s = clock.monotonic() - began_s, ground.cpu_s(*boxes) - cpu_s
    done = tasks - before
    return Cost(round(used_s / done * 1e6, 1), round(done / took_s, 1))
