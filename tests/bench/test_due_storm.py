"""Punctuality with 5, 1,000 and 10,000 jobs in one second, and a second beat's cost."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median

import pytest
from rich.console import Console
from rich.table import Table

from airq_cron.cli.session import prepare
from airq_cron.config import Secret, Settings
from airq_cron.domain.job import BUILT_IN
from airq_cron.services.toggle import toggle_job
from airq_cron.system import System, build
from tests.bench.due_storm import Fleet, Storm, raise_storm
from tests.conftest import ROOT, WaitUntil
from tests.databases import Database
from tests.integration.nodes import ValkeyProcess

REPETITIONS = 5
SIZES = tuple(
    int(size)
    for size in os.environ.get("AIRQ_BENCH_SIZES", "5,1000,10000").split(",")  # noqa: TID251
)
IDLE_S = 10.0
RESULTS = ROOT / "bench" / "results"


@pytest.fixture
def system(
    database: Database, valkey: ValkeyProcess, tmp_path: Path
) -> Iterator[System]:
    """Give a system without any other job."""
    made = build(
        Settings(
            var_dir=tmp_path,
            redis_url=Secret(valkey.url),
            database_url=Secret(database.url),
            log_format="json",
        )
    )
    prepare(made)
    for job in BUILT_IN:
        toggle_job(made.store, job.name, enabled=False)
    yield made
    made.celery.close()
    made.store.dispose()


def test_due_storm(
    system: System, database: Database, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """Alternate one beat and two; show median, minimum and maximum of the figures."""
    storms: list[Storm] = []
    idle: dict[int, list[float]] = {1: [], 2: []}
    number = 0
    for size in SIZES:
        for _ in range(REPETITIONS):
            for beats in (1, 2):
                number += 1
                fleet = Fleet(system, tmp_path, beats)
                try:
                    wait_until(fleet.is_up, "the fleet is ready", timeout_s=60.0)
                    if size == min(SIZES):
                        idle[beats].append(_idle_share(system, fleet))
                    storms.append(raise_storm(system, size, number, beats, wait_until))
                finally:
                    fleet.stop()
    _show(storms, idle, database.kind)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"due-storm-{database.kind}.json").write_text(
        json.dumps(
            {
                "bench": "due-storm",
                "database": database.kind,
                "storms": [asdict(storm) for storm in storms],
                "idle_cpu_share_of_all_beats": idle,
            },
            indent=2,
        )
    )
    assert len(storms) == 2 * REPETITIONS * len(SIZES)


def _idle_share(system: System, fleet: Fleet) -> float:
    """Return the share of one core that the beats take while nothing is due."""
    before = sum(fleet.beat_cpu_s())
    system.clock.wait(IDLE_S)
    return (sum(fleet.beat_cpu_s()) - before) / IDLE_S


def _show(storms: list[Storm], idle: dict[int, list[float]], kind: str) -> None:
    table = Table(title=f"Seconds after the due time, {kind}: median (min to max)")
    heads = ("jobs", "beats", "queued p50", "queued p99", "queued max")
    for head in (*heads, "started p50", "started p99", "started max"):
        table.add_column(head, justify="right")
    for size in SIZES:
        for beats in (1, 2):
            found = [one for one in storms if (one.jobs, one.beats) == (size, beats)]
            cells = [
                _spread([getattr(getattr(one, what), figure) for one in found])
                for what in ("queued", "started")
                for figure in ("p50", "p99", "max")
            ]
            table.add_row(str(size), str(beats), *cells)
    console = Console(width=160)
    console.print(table)
    for beats, shares in idle.items():
        console.print(f"idle, {beats} beat(s): {_spread(shares)} of one core")


def _spread(values: list[float]) -> str:
    return f"{median(values):.3f} ({min(values):.3f} to {max(values):.3f})"
