"""
What overview, statistics, health and trends cost with runs, a past and a backlog.

Three installations: one with hardly any run and no past, and two with 90 days of
telemetry and as many runs as stand in RUNS; messages wait in their queues by turns.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

import pytest
import redis

from airq_cron.system import System
from tests.bench.api_ground import (
    fill_ledger,
    fill_telemetry,
    installation,
    percentile,
    set_waiting,
    times_ms,
)
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate, size
from tests.conftest import WaitUntil
from tests.integration.api_server import Server
from tests.integration.nodes import ValkeyProcess

WAITING = (0, 10_000, 100_000)
RUNS = (1_000, 100_000, size("RUNS", 1_000_000))
PATHS = (
    "/cron/health/queues",
    "/cron/health/trends/data-fetch",
    "/cron/status/overview",
    "/cron/jobs/stats",
)
CALLS = 200
MOST = {"p50": 1.2, "p99": 2.0}


@dataclass(frozen=True)
class Installation:
    """A running API with a Valkey of its own."""

    system: System
    server: Server
    client: redis.Redis

    def cost(self, path: str) -> "Cost":
        """Ask again and again over one connection, one call at a time."""
        took_ms = times_ms(self.server, path, CALLS)
        return Cost(median(took_ms), percentile(took_ms, 0.99))


@dataclass(frozen=True)
class Cost:
    """What a call took, in milliseconds."""

    p50: float
    p99: float


@pytest.fixture
def fleet(tmp_path: Path, wait_until: WaitUntil) -> Iterator[dict[int, Installation]]:
    """Run an installation for each number of runs; the smallest has no past."""
    with ExitStack() as stack:
        found = {}
        for runs in RUNS:
            there = tmp_path / str(runs)
            valkey = ValkeyProcess(there / "valkey")
            stack.callback(valkey.teardown)
            wait_until(valkey.is_up, "Valkey takes connections")
            system, server = stack.enter_context(
                installation(there, valkey, wait_until)
            )
            client = stack.enter_context(redis.Redis.from_url(valkey.url))
            found[runs] = Installation(system, server, client)
            fill_ledger(system, runs)
            if runs > RUNS[0]:
                fill_telemetry(system)
        yield found


def test_health_cost(fleet: dict[int, Installation]) -> None:
    """Alternate all of them; in the smallest no message waits."""
    rounds = []
    for waiting in WAITING:
        for runs in RUNS[1:]:
            set_waiting(fleet[runs].system, fleet[runs].client, waiting)
        for path in PATHS:
            costs = alternate({runs: partial(fleet[runs].cost, path) for runs in RUNS})
            rounds += [(path, waiting, one) for one in costs]
    _tell(rounds)


def _tell(rounds: list[tuple[str, int, dict[int, Cost]]]) -> None:
    ratios = {
        f"{path} at {runs:,} runs, {waiting:,} waiting": {
            what: spread(
                [
                    getattr(costs[runs], what) / getattr(costs[RUNS[0]], what)
                    for where, count, costs in rounds
                    if (where, count) == (path, waiting)
                ]
            )
            for what in MOST
        }
        for path in PATHS
        for runs in RUNS[1:]
        for waiting in WAITING
    }
    met = {
        what: all(found[what]["median"] <= most for found in ratios.values())
        for what, most in MOST.items()
    }
    write_result(
        "health-cost",
        {
            "pairs": [
                {"path": path, "waiting": waiting}
                | {f"{runs:,} runs": asdict(cost) for runs, cost in costs.items()}
                for path, waiting, costs in rounds
            ],
            "ratio": {
                f"{name}, {what}": found[what]
                for name, found in ratios.items()
                for what in MOST
            },
            "bar": MOST,
            "met": met,
        },
    )

    assert all(met.values()), ratios
