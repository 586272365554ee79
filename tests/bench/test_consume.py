"""
How many tasks that do nothing a worker does in a second, ours beside other queues.

There is no bar: others keep no ledger, and some acknowledge before they work. Each
is set up with two processes as its documentation advises, and fills its queue itself.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.noop_ground import Boxes, Cost, Ground, bare, closing_box, ours
from tests.bench.result import curve, spread, write_result
from tests.bench.rounds import alternate, size
from tests.conftest import ROOT
from tests.integration.nodes import ProcessBox
from tests.peers import NODE_ENVIRONMENT, PYTHON, find_peers, is_missing

# So many for who does some hundred a second, and for who does thousands.
SLOW, QUICK = size("TASKS", 2_000), 5 * size("TASKS", 2_000)
HERE = "tests.bench.consumers"
BULLMQ = ("node", str(ROOT / "tests" / "bench" / "consumers" / "bullmq.js"))
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
    tasks: int = QUICK
    workers: int = 1


def _python(module: str, *work: str, **more: int) -> Peer:
    python = (str(PYTHON), "-m")
    return Peer((*python, f"{HERE}.{module}"), (*python, *work), **more)


PEERS = {
    "rq": _python(
        "rq_tasks", "rq.cli", "worker", "--quiet", "--worker-class", "rq.SimpleWorker",
        "bench", tasks=SLOW, workers=2,
    ),
    "dramatiq": _python(
        "dramatiq_tasks", "dramatiq", f"{HERE}.dramatiq_tasks", "--processes", "2",
    ),
    "huey": _python(
        "huey_tasks", "huey.bin.huey_consumer", f"{HERE}.huey_tasks.huey", "--quiet",
        "--workers", "2", "--worker-type", "process",
    ),
    "taskiq": _python(
        "taskiq_tasks", "taskiq", "worker", f"{HERE}.taskiq_tasks:broker", "--workers",
        "2", "--log-level", "ERROR",
    ),
    "bullmq": Peer(BULLMQ, BULLMQ, workers=2),
}  # fmt: skip


def test_consume(ground: Ground) -> None:
    """Alternate all of them; a peer that cannot be had is named."""
    peers = find_peers(PEERS)
    measures: dict[str, Callable[[], Cost]] = {
        "ours": partial(_measure_celery, ground, ours),
        "peer": partial(_measure_celery, ground, bare),
    }
    measures |= {
        name: partial(_measure_peer, ground, PEERS[name])
        for name, found in peers.items()
        if not is_missing(found)
    }
    rounds = alternate(measures)
    write_result(
        "consume",
        {
            "peers": {"peer": "celery, bare"} | peers,
            "pairs": [{k: asdict(v) for k, v in one.items()} for one in rounds],
            "ratio": {
                name: spread(
                    [one["ours"].tasks_per_s / one[name].tasks_per_s for one in rounds]
                )
                for name in measures
                if name != "ours"
            },
            "bar": None,
            "met": True,
            "curves": [_bars(rounds)],
        },
    )

    assert all(one.tasks_per_s > 0 for found in rounds for one in found.values())


def _bars(rounds: Sequence[Mapping[str, Cost]]) -> dict[str, Any]:
    rates = {
        name: spread([one[name].tasks_per_s for one in rounds])["median"]
        for name in rounds[0]
    }
    return curve(
        "No-op tasks a second, two processes",
        list(rates),
        {"tasks a second": list(rates.values())},
        x_title="",
        y_title="",
    )


def _measure_celery(
    ground: Ground, start: Callable[..., AbstractContextManager[Boxes]]
) -> Cost:
    ground.client.flushall()
    ground.fill(SLOW)
    hits = _no_hits(ground)
    with start(ground, BENCH_HITS=str(hits)) as boxes:
        return _cost(ground, boxes, hits, SLOW)


def _measure_peer(ground: Ground, peer: Peer) -> Cost:
    ground.client.flushall()
    hits = _no_hits(ground)
    environment = NODE_ENVIRONMENT | {
        "BENCH_BROKER": ground.valkey.url,
        "BENCH_HITS": str(hits),
        "RQ_REDIS_URL": ground.valkey.url,
        "PYTHONPATH": str(ROOT),
    }
    fill = [*peer.fill, str(peer.tasks)]
    path = {"PATH": os.defpath}
    subprocess.run(fill, cwd=ROOT, env=path | environment, check=True)
    with _workers(ground, peer, environment) as boxes:
        return _cost(ground, boxes, hits, peer.tasks)


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


def _no_hits(ground: Ground) -> Path:
    hits = ground.directory / "hits"
    hits.write_bytes(b"")
    return hits


def _cost(ground: Ground, boxes: Boxes, hits: Path, tasks: int) -> Cost:
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
