"""Everything that may die dies, again and again; no due time is lost or doubled."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from airq_cron.clock import SystemClock
from airq_cron.domain.schedule import parse_schedule
from airq_cron.system import System
from tests.chaos.drill import ROUNDS, closed_after_s, let_happen
from tests.chaos.faketime import find_faketime
from tests.chaos.fleet import Fleet
from tests.chaos.ledger import DrillLedger
from tests.chaos.load import FAN_OUT, PARTS, begin_load, end_load
from tests.chaos.own_faults import OwnFaults
from tests.chaos.proxy import BrokerProxy
from tests.chaos.report import Report
from tests.chaos.verdict import Verdict, effects_beside_ledger, judge, parts_by_due
from tests.databases import Database
from tests.integration.nodes import ValkeyProcess
from tests.integration.postgres import PostgresServer

CLOSED_WITHIN_S = 30.0
PATIENCE_S = 60.0
LEAST_FAULTS = 25 if ROUNDS == 1 else 60
LEAST_DUE = ROUNDS * 2500


@pytest.fixture
def faults(
    fleet: Fleet,
    valkey: ValkeyProcess,
    proxy: BrokerProxy,
    system: System,
    database: Database,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> OwnFaults:
    """Give all faults there are on this database."""
    server: PostgresServer | None = None
    if database.kind == "postgresql":
        server = request.getfixturevalue("postgres_server")
    return OwnFaults(
        fleet,
        valkey,
        proxy,
        SystemClock(),
        ledger=DrillLedger(system.store),
        data=tmp_path,
        postgres=server,
    )


def close_down(
    system: System, faults: OwnFaults, names: list[str], until: datetime
) -> float | None:
    """Let all be planned and done; return the seconds from the last fault, or None."""
    clock, ledger = SystemClock(), DrillLedger(system.store)
    planned = closed_after_s(
        faults, clock, lambda: ledger.has_planned(names, until), PATIENCE_S
    )
    end_load(system.store, names)
    if planned is None:
        return None
    return closed_after_s(
        faults, clock, lambda: ledger.count_unfinished() == 0, PATIENCE_S
    )


def test_nothing_is_lost_or_doubled(
    system: System, faults: OwnFaults, database: Database, report: Report
) -> None:
    """Under every kind of fault each due time is completed exactly once."""
    clock, store, fleet = SystemClock(), system.store, faults.fleet
    ledger, since = DrillLedger(store), clock.now()
    schedules = begin_load(store, since)
    span = let_happen(
        faults, clock, since, rounds=ROUNDS, each_second=ledger.note_queued
    )
    closed = close_down(system, faults, list(schedules), span.until)
    fleet.stop()
    if find_faketime() is not None:
        faults.counts["clock_ahead"] = 1
    verdict = Verdict(
        database=database.kind,
        seconds=round(span.seconds, 1),
        faults=dict(sorted(faults.counts.items())),
        refused_duplicates=fleet.count_in_logs(b'"run_dropped"'),
        closed_after_last_fault_s=closed,
        self_exits=len(fleet.self_exits),
    )
    judge(verdict, store, schedules, span, first_queued=ledger.first_queued)
    report.add(verdict)

    assert [] == fleet.self_exits
    assert (0, 0) == (verdict.missing, verdict.completed_twice), verdict
    assert verdict.due == verdict.completed_once, verdict
    assert {} == effects_beside_ledger(store)
    fan_outs = parse_schedule(schedules[FAN_OUT], "UTC").between(span.since, span.until)
    parts = parts_by_due(store)
    # What came due after the span, until the jobs were off, was split as well.
    assert set(fan_outs) == {due for due in parts if due <= span.until}
    assert {due: {"succeeded": PARTS} for due in parts} == parts
    assert closed is not None
    assert closed <= CLOSED_WITHIN_S, f"the machine's load was {os.getloadavg()}"
    assert set(faults.kinds()) <= set(verdict.faults)
    assert sum(verdict.faults.values()) >= LEAST_FAULTS
    assert verdict.due >= LEAST_DUE
