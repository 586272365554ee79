"""Punctuality with 5, 1,000 and 10,000 jobs in one second, and a second beat's cost."""

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
from tests.bench.result import spread, write_result
from tests.conftest import WaitUntil
from tests.databases import Database
from tests.integration.nodes import ValkeyProcess

REPETITIONS = int(os.environ.get("AIRQ_BENCH_PAIRS", "5"))  # noqa: TID251
SIZES = tuple(
    int(size)
    for size in os.environ.get("AIRQ_BENCH_SIZES", "5,1000,10000").split(",")  # noqa: TID251
)
IDLE_S = 10.0
# Until the last is in its queue: 1,000 within 0.5 s, 10,000 within 2 s.
SHORTEST_BAR_S, BAR_S_PER_JOB = 0.5, 2.0 / 10_000
# A worker would need a minute for more.
MOST_WORKED = 1_000


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
    for size in SIZES:
        for beats in (1, 2) * REPETITIONS:
            fleet = Fleet(system, tmp_path, beats, works=size <= MOST_WORKED)
            try:
                wait_until(fleet.is_up, "the fleet is ready", timeout_s=60.0)
                if size == min(SIZES):
                    idle[beats].append(_idle_share(system, fleet))
                storms.append(raise_storm(system, size, len(storms), fleet, wait_until))
            finally:
                fleet.stop()
    _show(storms, idle, database.kind)
    slowest = {
        size: spread([one.queued.max for one in storms if one.jobs == size])
        for size in SIZES
    }
    bar = {size: max(SHORTEST_BAR_S, BAR_S_PER_JOB * size) for size in SIZES}
    met = all(found["median"] <= bar[size] for size, found in slowest.items())
    write_result(
        f"due-storm-{database.kind}",
        {
            "pairs": [asdict(storm) for storm in storms],
            "last_queued_s": slowest,
            "idle_cpu_share_of_all_beats": idle,
            "bar": {"last_queued_s": bar},
            "met": met,
        },
    )

    assert met, slowest


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
            by_what = ([one.queued for one in found], [one.started for one in found])
            cells = [
                _spread([getattr(one, figure) for one in some if one is not None])
                for some in by_what
                for figure in ("p50", "p99", "max")
            ]
            table.add_row(str(size), str(beats), *cells)
    console = Console(width=160)
    console.print(table)
    for beats, shares in idle.items():
        console.print(f"idle, {beats} beat(s): {_spread(shares)} of one core")


def _spread(values: list[float]) -> str:
    if not values:
        return ""
    return f"{median(values):.3f} ({min(values):.3f} to {max(values):.3f})"
