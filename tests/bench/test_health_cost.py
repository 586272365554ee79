"""What health, trends and overview cost with a backlog and a past, beside none."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import pytest
import redis

from airq_cron.system import System
from tests.bench.api_ground import (
    fill_telemetry,
    installation,
    percentile,
    set_waiting,
    times_ms,
)
from tests.bench.result import spread, write_result
from tests.conftest import WaitUntil
from tests.integration.api_server import Server
from tests.integration.nodes import ValkeyProcess

ROUNDS = int(os.environ.get("AIRQ_BENCH_PAIRS", "5"))  # noqa: TID251
WAITING = (0, 10_000, 100_000)
PATHS = (
    "/cron/health/queues",
    "/cron/health/trends/data-fetch",
    "/cron/status/overview",
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
def both(tmp_path: Path, wait_until: WaitUntil) -> Iterator[dict[str, Installation]]:
    """Run one installation without a past, and one with 90 days of telemetry."""
    with ExitStack() as stack:
        found = {}
        for name in ("empty", "full"):
            there = tmp_path / name
            valkey = ValkeyProcess(there / "valkey")
            stack.callback(valkey.teardown)
            wait_until(valkey.is_up, "Valkey takes connections")
            system, server = stack.enter_context(
                installation(there, valkey, wait_until)
            )
            client = stack.enter_context(redis.Redis.from_url(valkey.url))
            found[name] = Installation(system, server, client)
        fill_telemetry(found["full"].system)
        yield found


def test_health_cost(both: dict[str, Installation]) -> None:
    """Alternate both; the empty one has neither past nor backlog."""
    rounds = []
    for number in range(ROUNDS):
        for count in WAITING:
            full = both["full"]
            set_waiting(full.system, full.client, count)
            for path in PATHS:
                names = ("empty", "full") if number % 2 else ("full", "empty")
                costs = {name: both[name].cost(path) for name in names}
                rounds.append((path, count, costs))
    ratios = {
        f"{path} at {count:,}": {
            what: spread(
                [
                    getattr(costs["full"], what) / getattr(costs["empty"], what)
                    for where, waiting, costs in rounds
                    if (where, waiting) == (path, count)
                ]
            )
            for what in MOST
        }
        for path in PATHS
        for count in WAITING
    }
    met = all(
        found[what]["median"] <= most
        for found in ratios.values()
        for what, most in MOST.items()
    )
    write_result(
        "health-cost",
        {
            "pairs": [
                {"path": path, "waiting": count}
                | {name: asdict(cost) for name, cost in costs.items()}
                for path, count, costs in rounds
            ],
            "ratio": ratios,
            "bar": MOST,
            "met": met,
        },
    )

    assert met, ratios
