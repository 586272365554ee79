"""
What a run, a message, a row and an idle process cost: growth is reckoned from them.

There is neither peer nor bar.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from airq_cron.cli import processes
from airq_cron.cli.addresses import free_port
from airq_cron.config import child_environment
from airq_cron.domain.pollutant import Pollutant
from airq_cron.services.finalise import finalise_days
from airq_cron.services.tick import tick
from tests import entries
from tests.bench.api_ground import fill_ledger, fill_telemetry
from tests.bench.late_runs import count_done, enter_late_jobs, ledger_worker
from tests.bench.noop_ground import TASKS, Ground
from tests.bench.result import write_result
from tests.bench.rounds import size
from tests.bench.tables import (
    PROVIDER,
    add_places,
    fill,
    fill_hours,
    fill_series,
)
from tests.databases import Database
from tests.entries import switch_off_jobs
from tests.integration.api_server import install, running
from tests.integration.nodes import BeatProcess

ROWS = 10 * TASKS
PLACES, DAYS = 100, 10
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
IDLE_S = size("QUIET_S", 60)
# A beat looks at everything when it has started.
SETTLE_S = 10.0
# PostgreSQL tells what its sessions did so long after it.
TOLD_S = 11.0
# More at once than the API has threads.
ASKERS, ASKED = 32, 320
OVERVIEW = "/cron/status/overview"
Costs = dict[str, float]
READ = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
DONE = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
LOGGED = "SELECT pg_current_wal_insert_lsn() - '0/0'"


def test_unit_costs(ledger_ground: Ground, database: Database) -> None:
    """Each is counted by the server that bears it."""
    ground, kind = ledger_ground, database.kind
    costs = {
        "run": _cost_of_runs(ground, kind),
        "idle_beat": _cost_of_rest(ground, kind, _beat(ground)),
        "idle_worker": _cost_of_rest(ground, kind, ledger_worker(ground)),
        "busy_api": _lines_of_api(ground, kind),
        "at_rest": _bytes_at_rest(ground, kind) | _bytes_of_air(ground, kind),
    }
    write_result(
        f"unit-costs-{kind}",
        {"pairs": [costs], "ratio": None, "bar": None, "met": True},
    )

    assert all(value > 0 for value in costs["at_rest"].values()), costs


def _cost_of_runs(ground: Ground, kind: str) -> Costs:
    system = ground.system
    with ledger_worker(ground):
        enter_late_jobs(ground, TASKS)
        done, before = count_done(ground), _counts(ground, kind)
        tick(system.store, system.dispatcher)
        switch_off_jobs(system.store)
        # Seldom, because asking is counted too.
        ground.wait_until(
            lambda: ground.left() == 0, "all is done", timeout_s=120, interval_s=1
        )
        after = _counts(ground, kind)
        lines = _lines(ground, kind)
    return _each(before, after, count_done(ground) - done) | lines


def _cost_of_rest(
    ground: Ground, kind: str, process: AbstractContextManager[object]
) -> Costs:
    """Return what a process takes in a second, and holds, when nothing is due."""
    with process:
        ground.system.clock.wait(SETTLE_S)
        before = _counts(ground, kind)
        ground.system.clock.wait(IDLE_S)
        found = _each(before, _counts(ground, kind), IDLE_S)
        return found | _lines(ground, kind)


def _lines_of_api(ground: Ground, kind: str) -> Costs:
    """Return what an API process holds once all of its threads have worked."""
    settings = replace(ground.system.settings, port=free_port())
    secret = install(settings)
    with (
        running(settings, secret, ground.wait_until) as server,
        ThreadPoolExecutor(ASKERS) as askers,
    ):
        for answer in askers.map(lambda _: server.ask("GET", OVERVIEW), range(ASKED)):
            assert answer[0] == 200
        return _lines(ground, kind)


def _lines(ground: Ground, kind: str) -> Costs:
    """Return how many connections others than this process hold."""
    found: Costs = {"redis_connections": len(ground.client.client_list()) - 1}
    if kind == "postgresql":
        found["database_connections"] = _ask(ground, SESSIONS) - 1
    return found


def _bytes_at_rest(ground: Ground, kind: str) -> Costs:
    before = _ask(ground, READ[kind])
    fill_ledger(ground.system, ROWS)
    run = (_ask(ground, READ[kind]) - before) / ROWS
    ground.client.flushall()
    empty = _redis(ground, "memory")["used_memory"]
    ground.fill(TASKS)
    message = (_redis(ground, "memory")["used_memory"] - empty) / TASKS
    ground.client.flushall()
    fill_telemetry(ground.system)
    telemetry = _redis(ground, "memory")["used_memory"] - empty
    return {
        "ended_run_bytes": round(run),
        "waiting_message_bytes": round(message),
        "telemetry_of_90_days_bytes": telemetry,
    }


def _bytes_of_air(ground: Ground, kind: str) -> Costs:
    """Return what a value takes as it came, as an hour's figures, and as a day's."""
    store, until = ground.system.store, FIRST + DAYS * DAY
    add_places(store, PLACES)
    sizes = [_ask(ground, READ[kind])]
    fill(store, FIRST, HOUR, DAYS * 24)
    sizes.append(_ask(ground, READ[kind]))
    fill_hours(store, FIRST, until)
    sizes.append(_ask(ground, READ[kind]))
    fill_series(store, FIRST, until)
    scheduled = (until - entries.DAWN) // timedelta(minutes=1)
    claim = entries.begin(store, scheduled, of="daily-statistics", kind="finalise")
    sizes.append(_ask(ground, READ[kind]))
    closed = finalise_days(store, claim, since=FIRST, live=[PROVIDER])
    sizes.append(_ask(ground, READ[kind]))
    rows = PLACES * DAYS * 24 * len(Pollutant)
    values, hours, _, days = (b - a for a, b in pairwise(sizes))
    return {
        "measurement_bytes": round(values / rows),
        "hour_bytes": round(hours / rows),
        "day_bytes": round(days / closed["changed"]),
    }


def _counts(ground: Ground, kind: str) -> Costs:
    stats = _redis(ground, "stats")
    found = {
        "redis_commands": stats["total_commands_processed"],
        "redis_bytes": stats["total_net_input_bytes"] + stats["total_net_output_bytes"],
    }
    if kind == "postgresql":
        ground.system.clock.wait(TOLD_S)
        found["transactions"] = _ask(ground, DONE)
        found["wal_bytes"] = _ask(ground, LOGGED)
    return found


def _each(before: Costs, after: Costs, count: float) -> Costs:
    return {name: round((after[name] - before[name]) / count, 2) for name in before}


def _redis(ground: Ground, section: str) -> Any:
    with ground.client as client:
        return client.info(section)


def _ask(ground: Ground, question: str) -> float:
    with ground.system.store._current().connect() as connection:
        return float(connection.exec_driver_sql(question).scalar_one())


@contextmanager
def _beat(ground: Ground) -> Iterator[None]:
    beat = BeatProcess(
        "beat",
        processes.beat(),
        directory=ground.directory,
        environment=child_environment(ground.system.settings),
    )
    try:
        ground.wait_until(beat.is_up, "beat plans", timeout_s=60)
        yield
    finally:
        beat.teardown()
