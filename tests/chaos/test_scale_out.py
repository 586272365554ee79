"""Two hosts share the work of one database; one is cut off, one is lost for good."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from airq_cron.cli.session import prepare
from airq_cron.clock import SystemClock
from airq_cron.config import Secret, Settings
from airq_cron.domain.job import BUILT_IN
from airq_cron.services.toggle import toggle_job
from airq_cron.system import System, build
from tests.chaos.conftest import NO_UPSTREAM, START_S
from tests.chaos.drill import GLANCE_S, LONG, Span
from tests.chaos.effects import create_effects
from tests.chaos.hosts import Host, as_rows
from tests.chaos.ledger import DrillLedger
from tests.chaos.load import begin_load, end_load
from tests.chaos.netns import Network, why_not
from tests.chaos.servers import Servers
from tests.chaos.verdict import Verdict, effects_beside_ledger, judge
from tests.conftest import ROOT, WaitUntil
from tests.integration.postgres import find_binaries

JOBS = 10
CALM_S = 10.0
CUT_S = 60.0
PATIENCE_S = 120.0
REPORT = ROOT / "chaos" / "scale-out.json"

pytestmark = pytest.mark.skipif(
    not LONG, reason="two minutes and more: AIRQ_CHAOS=long, as `make chaos` sets it"
)


@dataclass
class Scene:
    """Three hosts: a and b with beat, worker and API, c with both servers."""

    network: Network
    servers: Servers
    system: System
    hosts: list[Host]
    ledger: DrillLedger

    def pass_time(
        self, seconds: float, until: Callable[[], bool] = lambda: False
    ) -> bool:
        """Watch everything for *seconds*, or until it is so; return whether it is."""
        clock = SystemClock()
        ends_at = clock.monotonic() + seconds
        look_at = clock.monotonic()
        while clock.monotonic() < ends_at:
            if clock.monotonic() >= look_at:
                look_at += 1.0
                self._look()
                if until():
                    return True
            clock.wait(GLANCE_S)
        return until()

    def _look(self) -> None:
        self.ledger.note_queued()
        for host in self.hosts:
            host.watch()
            host.answered[host.is_well()] += 1


@pytest.fixture
def scene(tmp_path: Path, wait_until: WaitUntil) -> Iterator[Scene]:
    """Give the three hosts with everything ready, and nothing to do yet."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    if (binaries := find_binaries()) is None:
        pytest.skip("no PostgreSQL server on this machine")
    with Network("a", "b", "c") as network:
        servers = Servers(binaries, network, "c", tmp_path)
        hosts: list[Host] = []
        try:
            wait_until(servers.is_broker_up, "Valkey takes connections")
            settings = Settings(
                var_dir=tmp_path,
                redis_url=Secret(servers.redis_url),
                database_url=Secret(servers.create("airq")),
                provider="sandbox",
                open_meteo_url=NO_UPSTREAM,
                log_format="json",
            )
            system = build(settings)
            system.store.migrate()
            prepare(system)
            for job in BUILT_IN:
                toggle_job(system.store, job.name, enabled=False)
            create_effects(system.store)
            for name in ("a", "b"):
                hosts.append(Host(name, network, settings))
                wait_until(hosts[-1].is_up, f"host {name} is up", timeout_s=START_S)
            ledger = DrillLedger(system.store)
            yield Scene(network, servers, system, list(hosts), ledger)
            system.celery.close()
            system.store.dispose()
        finally:
            for host in hosts:
                host.die()
            servers.stop()


def restart_one_by_one(scene: Scene) -> None:
    """Restart each process that is left, the servers last; the load goes on."""
    for host in scene.hosts:
        for box in host.boxes:
            box.restart()
            assert scene.pass_time(START_S, host.is_up), f"{box.name} does not return"
    scene.servers.valkey.restart()
    assert scene.pass_time(START_S, scene.servers.is_broker_up)
    scene.servers.restart_database()
    assert scene.pass_time(START_S, scene.hosts[0].is_up)


@pytest.mark.timeout(900)
def test_a_host_may_be_cut_off_lost_and_all_be_restarted(scene: Scene) -> None:
    """Every due time is completed once, whoever is there to do it."""
    clock, store = SystemClock(), scene.system.store
    (first, second), began = list(scene.hosts), clock.now()
    schedules = begin_load(store, began, JOBS)
    names = list(schedules)
    scene.pass_time(CALM_S)

    scene.network.cut("a")
    before = second.completed(store)
    scene.pass_time(CUT_S)
    assert second.completed(store) - before >= CUT_S, "b goes on without a"
    scene.network.mend("a")
    mended = first.completed(store)
    assert scene.pass_time(PATIENCE_S, lambda: first.completed(store) > mended), (
        "a works again"
    )
    scene.pass_time(CALM_S)

    second.die()
    scene.hosts.remove(second)
    scene.pass_time(2 * CALM_S)
    restart_one_by_one(scene)
    scene.pass_time(CALM_S)

    span = Span(began, clock.now())
    planned = scene.pass_time(
        PATIENCE_S, lambda: scene.ledger.has_planned(names, span.until)
    )
    end_load(store, names)
    ended = clock.monotonic()
    closed = scene.pass_time(PATIENCE_S, lambda: scene.ledger.count_unfinished() == 0)
    verdict = Verdict(
        database="postgresql",
        seconds=round(span.seconds, 1),
        faults={"cut": 1, "lost": 1, "restart": len(first.boxes) + 2},
        refused_duplicates=sum(
            host.fleet.count_in_logs(b'"run_dropped"') for host in (first, second)
        ),
        closed_after_last_fault_s=round(clock.monotonic() - ended, 1),
        self_exits=sum(len(host.fleet.self_exits) for host in (first, second)),
    )
    judge(verdict, store, schedules, span, first_queued=scene.ledger.first_queued)
    tell(verdict, as_rows((first, second), store))

    assert planned
    assert closed
    assert (0, 0) == (verdict.missing, verdict.completed_twice), verdict
    assert verdict.due == verdict.completed_once, verdict
    assert {} == effects_beside_ledger(store)


def tell(verdict: Verdict, hosts: list[dict[str, object]]) -> None:
    """Write the report, and show it as a table."""
    REPORT.parent.mkdir(exist_ok=True)
    document = verdict.as_json() | {"hosts": hosts}
    REPORT.write_text(json.dumps(document, indent=2) + "\n")
    table = Table("host", "completed", "API answered", "API silent", "ended by itself")
    for row in hosts:
        table.add_row(*map(str, row.values()))
    console = Console(width=100)
    console.print(table)
    console.print(
        f"{verdict.seconds:g} s: {verdict.due} due, {verdict.completed_once} once,"
        f" {verdict.completed_twice} twice, {verdict.missing} missing,"
        f" longest gap {verdict.longest_gap_s} s"
    )
