"""What the first page takes of the server, with many jobs and a full ledger."""

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import psutil

from airq_cron.domain.job import Job, Queue
from airq_cron.domain.measurement import Location
from airq_cron.ports import Unit
from airq_cron.system import System
from tests.bench.api_ground import (
    fill_ledger,
    fill_telemetry,
    installation,
    percentile,
    times_ms,
)
from tests.bench.result import spread, write_result
from tests.conftest import WaitUntil
from tests.integration.api_server import Server
from tests.integration.nodes import ValkeyProcess

JOBS, RUNS, PLACES = 1_000, 100_000, 50
ROUNDS, CALLS = 5, 40
# On a machine that others use as well, only the time at work says something.
BAR = {"cpu_ms": 200.0, "p50_ms": 200.0, "kib": 100.0}
ACCEPT = "text/html"
LINKED = re.compile(r'"(/static/[\w.]+)"')


def fill(system: System) -> None:
    """Enter the jobs with their runs, places without data, and busy queues."""
    jobs = [
        Job(
            f"job-{number:04}",
            "health",
            f"{number % 60} 3 * * *",
            "Europe/Paris",
            Queue.MONITORING,
            source="person",
            description="Look whether all of it is as it was the day before",
        )
        for number in range(JOBS)
    ]

    def work(unit: Unit) -> None:
        for job in jobs:
            unit.jobs.add(job)
        for number in range(PLACES):
            name = f"place-{number:03}"
            place = Location(name, name, Decimal(number), Decimal(number), "UTC")
            unit.locations.add(place)

    system.store.write(work)
    fill_ledger(system, RUNS, jobs)
    fill_telemetry(system, timedelta(days=1))


def size_kib(server: Server) -> dict[str, float]:
    """Return how much the page is, and it with all that it links to."""
    _, _, page = server.ask("GET", "/", Accept=ACCEPT)
    linked = [server.ask("GET", path)[2] for path in set(LINKED.findall(page.decode()))]
    whole = len(page) + sum(map(len, linked))
    return {"page": round(len(page) / 1024, 1), "whole": round(whole / 1024, 1)}


def cpu_ms(server: Server) -> float:
    """Return how long the processes that answer have been at work."""
    children = psutil.Process(server.process.pid).children()
    return sum(1000 * sum(child.cpu_times()[:2]) for child in children)


def test_first_page(
    valkey: ValkeyProcess, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """One call at a time, from the request to the last byte; nothing is kept."""
    with installation(tmp_path, valkey, wait_until) as (system, server):
        ask = partial(times_ms, server, "/", CALLS, Accept=ACCEPT)
        ask()
        empty_ms = ask()
        fill(system)
        ask()
        began_ms = cpu_ms(server)
        rounds = [ask() for _ in range(ROUNDS)]
        worked_ms = (cpu_ms(server) - began_ms) / (ROUNDS * CALLS)
        kib = size_kib(server)
    p50_ms = spread([percentile(one, 0.5) for one in rounds])
    found = {"cpu_ms": worked_ms, "p50_ms": p50_ms["median"], "kib": kib["whole"]}
    met = {name: found[name] < most for name, most in BAR.items()}
    write_result(
        "first-page",
        {
            "jobs": JOBS,
            "runs": RUNS,
            "places": PLACES,
            "empty_p50_ms": round(percentile(empty_ms, 0.5), 1),
            "cpu_ms": round(worked_ms, 1),
            "p50_ms": p50_ms,
            "p99_ms": spread([percentile(one, 0.99) for one in rounds]),
            "kib": kib,
            "bar": BAR,
            "met": met,
        },
    )

    assert all(met.values()), found
