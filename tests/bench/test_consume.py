"""
How many tasks that do nothing a worker does in a second, ours beside other queues.

There is no bar: others keep no ledger, and some acknowledge before they work. Each
is set up with two processes as its documentation advises, and fills its queue itself.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from typing import Any

from tests.bench.noop_ground import Boxes, Cost, Ground, bare, ours
from tests.bench.queue_peers import (
    HERE,
    Peer,
    cost_of,
    measure_peer,
    no_hits,
    of_node,
)
from tests.bench.result import curve, spread, write_result
from tests.bench.rounds import alternate, size
from tests.peers import PYTHON, find_peers, is_missing

# So many for who does some hundred a second, and for who does thousands.
SLOW, QUICK = size("TASKS", 2_000), 5 * size("TASKS", 2_000)


def _python(module: str, *work: str, **more: int) -> Peer:
    python = (str(PYTHON), "-m")
    options = {"tasks": QUICK} | more
    return Peer((*python, f"{HERE}.{module}"), (*python, *work), **options)


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
    "bullmq": of_node("bullmq", tasks=QUICK),
}  # fmt: skip


def test_consume(ground: Ground) -> None:
    """Alternate all of them; a peer that cannot be had is named."""
    peers = find_peers(PEERS)
    measures: dict[str, Callable[[], Cost]] = {
        "ours": partial(_measure_celery, ground, ours),
        "peer": partial(_measure_celery, ground, bare),
    }
    measures |= {
        name: partial(measure_peer, ground, PEERS[name])
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
    hits = no_hits(ground)
    with start(ground, BENCH_HITS=str(hits)) as boxes:
        return cost_of(ground, boxes, hits, SLOW)
