"""Everything that may die dies, again and again; no due time is lost or doubled."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from pathlib import Path
from random import Random

from airq_cron.clock import SystemClock
from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import Job, Overlap, Queue
from airq_cron.domain.schedule import parse_schedule
from airq_cron.ports import FetchState, Unit
from airq_cron.sandbox import Fault, SandboxServer
from airq_cron.services.seed import PARIS
from airq_cron.services.toggle import toggle_job
from airq_cron.system import System
from tests.chaos.fleet import Fleet
from tests.chaos.verdict import Verdict, all_ended, judge
from tests.conftest import ROOT, WaitUntil
from tests.databases import Database
from tests.integration.nodes import ValkeyProcess

QUICK_JOBS, SLOW_JOBS = 6, 3
# So slow that a kill often finds one of them running.
UPSTREAM_MS = 500.0
EVERY_SECOND = "every 1s"
LONG = os.environ.get("AIRQ_CHAOS") == "long"  # noqa: TID251
LOAD_S = 180.0 if LONG else 36.0
FAULT_EVERY_S = 2.0
CLOSING_S = 60.0
REPORT = ROOT / "chaos" / "report.json"


@dataclass
class Drill:
    """The time of a drill: load from *since* to *until*, faults in between."""

    schedules: dict[str, str]
    since: datetime
    until: datetime
    last_fault: float


def add_jobs(system: System, at: datetime) -> dict[str, str]:
    """Enter jobs of every second whose only right end is to be completed once."""
    kinds = ["health"] * QUICK_JOBS + ["fetch"] * SLOW_JOBS
    jobs = [
        Job(
            name=f"drill-{number}",
            kind=kind,
            schedule=EVERY_SECOND,
            zone="UTC",
            queue=Queue.DATA_FETCH,
            overlap=Overlap.ALLOW,
            catchup=Catchup("all"),
            params={"location": PARIS.id} if kind == "fetch" else {},
            time_limit_s=60,
            run_limit_s=600,
            cursor=at,
            next_due_at=parse_schedule(EVERY_SECOND, "UTC").next_after(at),
        )
        for number, kind in enumerate(kinds)
    ]

    def work(unit: Unit) -> None:
        for job in jobs:
            unit.jobs.add(job)

    system.store.write(work)
    return {job.name: job.schedule for job in jobs}


def run_drill(system: System, fleet: Fleet, random: Random) -> Drill:
    """Keep the load up for its time, and let one fault after another happen."""
    clock = SystemClock()
    since = clock.now()
    schedules = add_jobs(system, since)
    began = last_fault = clock.monotonic()
    for kind in cycle(fleet.kinds()):
        if clock.monotonic() - began > LOAD_S:
            break
        pause = clock.monotonic() + FAULT_EVERY_S * random.uniform(0.7, 1.3)
        while clock.monotonic() < pause:
            ask_again(system)
            clock.wait(0.2)
        fleet.tend()
        fleet.suffer(kind, random)
        last_fault = clock.monotonic()
    return Drill(schedules, since, clock.now(), last_fault)


def ask_again(system: System) -> None:
    """Let every fetch ask the upstream, which has no new hour so soon."""
    at = system.clock.now()
    state = FetchState("sandbox", PARIS.id, at, "transient")
    system.store.write(lambda unit: unit.locations.note_fetch([state]))


def has_planned(system: System, names: list[str], until: datetime) -> bool:
    """Say whether every due time up to *until* is in the ledger."""
    with system.store.read() as unit:
        cursors = [unit.jobs.get(name).cursor for name in names]
    return all(cursor is not None and cursor >= until for cursor in cursors)


def close_down(
    system: System, names: list[str], until: datetime, wait_until: WaitUntil
) -> None:
    """Switch the jobs off once all is planned, and wait until every run has ended."""
    wait_until(
        lambda: has_planned(system, names, until),
        "all due times are planned",
        timeout_s=CLOSING_S,
    )
    for name in names:
        toggle_job(system.store, name, enabled=False)
    wait_until(
        lambda: all_ended(system.store, names),
        "every run has ended",
        timeout_s=CLOSING_S,
    )


def report(verdict: Verdict) -> None:
    """Put the verdict into the report, in the place of the last on that database."""
    REPORT.parent.mkdir(exist_ok=True)
    rows = json.loads(REPORT.read_text()) if REPORT.exists() else []
    rows = [row for row in rows if row["database"] != verdict.database]
    rows.append(verdict.as_json())
    REPORT.write_text(json.dumps(rows, indent=2) + "\n")


def test_nothing_is_lost_or_doubled(
    system: System,
    valkey: ValkeyProcess,
    upstream: SandboxServer,
    database: Database,
    tmp_path: Path,
    wait_until: WaitUntil,
) -> None:
    """Under kills, freezes and flushes every due time is completed exactly once."""
    clock = SystemClock()
    slow = Fault("latency", value=UPSTREAM_MS)
    upstream.sandbox.faults.add(slow, clock.monotonic())
    fleet = Fleet(system, valkey, tmp_path, clock)
    try:
        wait_until(fleet.is_up, "the fleet is ready", timeout_s=60.0)
        drill = run_drill(system, fleet, Random(20261025))
        names = list(drill.schedules)
        close_down(system, names, drill.until, wait_until)
        closed = clock.monotonic() - drill.last_fault
        fleet.tend()
    finally:
        fleet.stop()
    verdict = Verdict(
        database=database.kind,
        seconds=round((drill.until - drill.since).total_seconds(), 1),
        faults=dict(fleet.faults),
        closed_after_last_fault_s=round(closed, 1),
        self_exits=fleet.self_exits,
        refused_duplicates=fleet.refused_duplicates(),
    )
    judge(verdict, system.store, drill.schedules, drill.since, drill.until)
    report(verdict)

    assert verdict.due > 0
    assert set(fleet.kinds()) == set(verdict.faults)
    assert (0, 0, 0) == (
        verdict.missing,
        verdict.completed_twice,
        verdict.self_exits,
    ), verdict
    assert verdict.due == verdict.completed_once
