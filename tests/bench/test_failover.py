"""
A beat dies while another stands by: how long nothing is sent, and what is lost.

Thirty jobs fire each second. RedBeat stands beside it at its most tuned: its lock
ends after 3 s and is looked at each second. Of a peer's message nobody knows when it
was due, so its gap is in whole seconds in which nothing was sent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from airq_cron.cli import processes
from airq_cron.config import child_environment
from airq_cron.services.toggle import toggle_job
from tests.bench.noop_ground import Ground
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate
from tests.chaos.drill import Span
from tests.chaos.effects import create_effects, drop_effects
from tests.chaos.fleet import Fleet
from tests.chaos.ledger import DrillLedger
from tests.chaos.load import begin_load, end_load
from tests.chaos.peers import REDBEAT, judge_peer, start_peer, tally
from tests.chaos.verdict import Verdict, judge
from tests.databases import Database
from tests.entries import switch_off_jobs
from tests.integration.nodes import BeatProcess, WorkerProcess
from tests.peers import find_peers, is_missing

LONGEST_GAP_S = 1.5
BEFORE_S, AFTER_S = 3.0, 9.0
LOCK_S = 3
START_S = 60.0
HOLDS = b"Acquired lock"


@dataclass
class Ours:
    """Our jobs and what they leave behind; beats and workers come and go."""

    ground: Ground
    schedules: dict[str, str]

    @contextmanager
    def fleet(self) -> Iterator[Fleet]:
        """Run two beats and a worker, with all jobs on."""
        store = self.ground.system.store
        environment = child_environment(self.ground.system.settings)
        where: dict[str, Any] = {
            "directory": self.ground.directory,
            "environment": environment,
        }
        worker = WorkerProcess(
            "worker",
            processes.worker("worker-data"),
            options=("--include", "tests.chaos.drill_task"),
            **where,
        )
        beats = [BeatProcess(one, processes.beat(), **where) for one in ("one", "two")]
        fleet = Fleet(beats, [worker])
        try:
            self.ground.wait_until(fleet.is_up, "the fleet is ready", timeout_s=START_S)
            for name in self.schedules:
                toggle_job(store, name, enabled=True)
            yield fleet
        finally:
            fleet.stop()

    def fail_over(self) -> dict[str, float]:
        """Kill one of two beats, and look into the ledger."""
        ledger = DrillLedger(self.ground.system.store)
        with self.fleet() as fleet:
            span = _kill(self.ground, fleet.beats[0], ledger.note_queued)
            names = list(self.schedules)
            wait = partial(self.ground.wait_until, timeout_s=START_S)
            wait(lambda: ledger.has_planned(names, span.until), "all is planned")
            end_load(self.ground.system.store, names)
            wait(lambda: ledger.count_unfinished() == 0, "all is done")
        verdict = _verdict(span)
        judge(
            verdict,
            self.ground.system.store,
            self.schedules,
            span,
            first_queued=ledger.first_queued,
        )
        return _figures(verdict)


@pytest.fixture
def ours(ledger_ground: Ground) -> Iterator[Ours]:
    """Give thirty jobs of every second, switched off for now."""
    store = ledger_ground.system.store
    create_effects(store)
    schedules = begin_load(store, ledger_ground.system.clock.now())
    switch_off_jobs(store)
    yield Ours(ledger_ground, schedules)
    drop_effects(store)


def test_failover(ours: Ours, database: Database) -> None:
    """Each round kills one beat with `kill -9`; nobody starts it again."""
    peers = find_peers(["redbeat"])
    measures = {"ours": ours.fail_over}
    if not is_missing(peers["redbeat"]):
        measures["peer"] = partial(_fail_over_redbeat, ours.ground)
    rounds = alternate(measures)
    gaps = spread([one["ours"]["longest_gap_s"] for one in rounds])
    missing = sum(one["ours"]["missing"] for one in rounds)
    met = gaps["max"] <= LONGEST_GAP_S and missing == 0
    ratios = [
        one["ours"]["longest_gap_s"] / one["peer"]["longest_gap_s"]
        for one in rounds
        if one.get("peer", {}).get("longest_gap_s")
    ]
    write_result(
        f"failover-{database.kind}",
        {
            "database": database.kind,
            "peers": peers,
            "pairs": rounds,
            "ratio": spread(ratios) if ratios else None,
            "longest_gap_s": gaps,
            "missing": missing,
            "bar": {"longest_gap_s": LONGEST_GAP_S, "missing": 0},
            "met": met,
        },
    )

    assert met, rounds


def _fail_over_redbeat(ground: Ground) -> dict[str, float]:
    """Kill the RedBeat that holds the lock."""
    ground.client.flushall()
    directory = Path(mkdtemp(dir=ground.directory))
    fleet = Fleet(*start_peer(REDBEAT, directory, ground.valkey.url, lock_s=LOCK_S))

    def holder() -> BeatProcess | None:
        return next((one for one in fleet.beats if HOLDS in one.box.logs()), None)

    try:
        ground.wait_until(fleet.is_up, "its fleet is ready", timeout_s=START_S)
        held: Any = ground.wait_until(holder, "one holds the lock", timeout_s=START_S)
        span = _kill(ground, held, lambda: None)
        # What was sent last is done before it is counted.
        ground.system.clock.wait(BEFORE_S)
    finally:
        fleet.stop()
    verdict = _verdict(span)
    judge_peer(verdict, tally(directory), span)
    return _figures(verdict)


def _kill(ground: Ground, beat: BeatProcess, glance: Callable[[], None]) -> Span:
    """Kill a beat amid the load; return the span in which every due time counts."""
    clock = ground.system.clock
    clock.wait(BEFORE_S)
    since, ends_at = clock.now(), clock.monotonic() + BEFORE_S + AFTER_S
    clock.wait(BEFORE_S)
    beat.teardown()
    while clock.monotonic() < ends_at:
        glance()
        clock.wait(0.5)
    return Span(since, clock.now())


def _verdict(span: Span) -> Verdict:
    return Verdict("", round(span.seconds, 1), {"kill_beat": 1})


def _figures(verdict: Verdict) -> dict[str, float]:
    return {
        "due": verdict.due,
        "missing": verdict.missing,
        "longest_gap_s": verdict.longest_gap_s or 0.0,
    }
