"""How much the API answers, beside Flower and Bull Board, with a full ledger."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from airq_cron.system import System
from tests.bench.api_ground import fill_ledger, fill_telemetry, installation
from tests.bench.load import Load, ask, need_wrk
from tests.bench.peers import bull_board, flower
from tests.bench.result import spread, write_result
from tests.conftest import WaitUntil
from tests.integration.api_server import Server
from tests.integration.nodes import ValkeyProcess

RUNS = int(os.environ.get("AIRQ_BENCH_RUNS", "100000"))  # noqa: TID251
ROUNDS = int(os.environ.get("AIRQ_BENCH_PAIRS", "5"))  # noqa: TID251
LASTS_S = 4.0
REQUESTS = RUNS
LIST, DEPTHS = "/cron/runs?limit=100", "/cron/health/queues"
KEPT = ("/cron/status/overview", "/cron/jobs/stats", DEPTHS)
LEAST = {"list": 50.0, "depths": 1.0, "kept": 1.0}
LEAST_KEPT_PER_S = 1_000
MOST_P99_MS = {LIST: 150.0, **dict.fromkeys(KEPT, 50.0)}
# What an allocator holds back is no leak; Flower grows by eight times.
MOST_GROWTH = 1.15
# Two rounds of the same differ by so much.
NOT_LOWER = 0.9
MORE_CLIENTS = 32
BARS = {
    "ratio": LEAST,
    "kept_per_s": LEAST_KEPT_PER_S,
    "p99_ms": MOST_P99_MS,
    "growth": MOST_GROWTH,
}
Round = dict[str, Load]


@pytest.fixture
def server(
    valkey: ValkeyProcess, tmp_path: Path, wait_until: WaitUntil
) -> Iterator[tuple[System, Server]]:
    """Run the API's process over an empty ledger."""
    need_wrk()
    with installation(tmp_path, valkey, wait_until, log=tmp_path / "api.log") as (
        system,
        server,
    ):
        yield system, server


def rss_mib(server: Server) -> float:
    """Return what the processes that answer hold in memory."""
    children = psutil.Process(server.process.pid).children()
    return sum(child.memory_info().rss for child in children) / 2**20


def test_api_throughput(
    server: tuple[System, Server],
    valkey: ValkeyProcess,
    tmp_path: Path,
    wait_until: WaitUntil,
) -> None:
    """Each round asks ours and theirs in turn; peers have as many tasks as we runs."""
    system, api = server
    here = f"http://127.0.0.1:{api.port}"
    for path in (LIST, *KEPT):
        ask(here + path, 8, 2, api.secret)
    empty_mib = rss_mib(api)
    fill_ledger(system, RUNS)
    fill_telemetry(system)
    with ExitStack() as stack:
        peer = stack.enter_context(flower(valkey, tmp_path, wait_until, RUNS))
        board = stack.enter_context(bull_board(valkey, tmp_path, wait_until))
        urls = {"flower_list": f"{peer}/api/tasks?limit=100"}
        urls["flower_depths"] = f"{peer}/api/queues/length"
        if board is not None:
            urls["bull_board"] = board
        rounds = [
            _round(here, api.secret, urls, clients)
            for _ in range(ROUNDS)
            for clients in (8, MORE_CLIENTS)
        ]
    full_mib = rss_mib(api)
    done = 0.0
    while done < REQUESTS:
        done += LASTS_S * ask(here + DEPTHS, 8, LASTS_S, api.secret).per_s
    _tell(rounds, [empty_mib, full_mib, rss_mib(api)])


def _round(here: str, secret: str, peers: dict[str, str], clients: int) -> Round:
    found = {path: ask(here + path, clients, LASTS_S, secret) for path in (LIST, *KEPT)}
    # A peer is asked by as many as it was measured with.
    return found | {name: ask(url, 8, LASTS_S) for name, url in peers.items()}


def _tell(rounds: list[Round], memory_mib: list[float]) -> None:
    few = [one for one in rounds if one[LIST].clients == 8]
    many = [one for one in rounds if one[LIST].clients == MORE_CLIENTS]
    ratios = {"list": _ratios(few, LIST, "flower_list")}
    ratios["depths"] = _ratios(few, DEPTHS, "flower_depths")
    if "bull_board" in few[0]:
        ratios["kept"] = [
            ratio for path in KEPT for ratio in _ratios(few, path, "bull_board")
        ]
    medians = {
        path: {
            "8": spread([one[path].per_s for one in few]),
            "32": spread([one[path].per_s for one in many]),
            "p99_ms": spread([one[path].p99_ms for one in few]),
        }
        for path in few[0]
    }
    met = {
        **{
            name: spread(found)["median"] >= LEAST[name]
            for name, found in ratios.items()
        },
        "kept_per_s": all(
            medians[path]["8"]["median"] >= LEAST_KEPT_PER_S for path in KEPT
        ),
        "p99": all(
            medians[path]["p99_ms"]["median"] < most
            for path, most in MOST_P99_MS.items()
        ),
        "not_lower_at_32": all(
            medians[path]["32"]["median"] >= NOT_LOWER * medians[path]["8"]["median"]
            for path in MOST_P99_MS
        ),
        "errors": not any(one[path].errors for one in rounds for path in MOST_P99_MS),
        "memory": max(memory_mib) <= MOST_GROWTH * memory_mib[0],
    }
    document: dict[str, Any] = {
        "pairs": [{name: asdict(one) for name, one in found.items()}
                  for found in rounds],
        "ratio": {name: spread(found) for name, found in ratios.items()},
        "medians": medians,
        "memory_mib": [round(one, 1) for one in memory_mib],
        "runs": RUNS,
        "bull_board": "kept" in ratios or "npm could not install it",
        "bar": BARS,
        "met": met,
    }  # fmt: skip
    write_result("api-throughput", document)

    assert all(met.values()), (met, document["ratio"], medians)


def _ratios(rounds: list[Round], ours: str, theirs: str) -> list[float]:
    return [one[ours].per_s / one[theirs].per_s for one in rounds]
