"""The parts of a drill that no fault may touch."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from airq_cron.cli import processes
from airq_cron.cli.session import prepare
from airq_cron.config import Secret, Settings, child_environment
from airq_cron.domain.job import BUILT_IN
from airq_cron.services.toggle import toggle_job
from airq_cron.system import System, build
from tests.chaos.effects import create_effects, drop_effects
from tests.chaos.faketime import bear_ahead, clock_ahead, find_faketime
from tests.chaos.fleet import Fleet
from tests.chaos.proxy import BrokerProxy
from tests.chaos.report import Report
from tests.conftest import ROOT, WaitUntil
from tests.databases import (  # noqa: F401
    Database,
    database,
    postgres_database,
    postgres_server,
    postgres_tables,
    sqlite_database,
    sqlite_template,
)
from tests.integration.nodes import BeatProcess, ValkeyProcess, WorkerProcess

REPORT = pytest.StashKey[Report]()
START_S = 60.0
# Nothing is asked: the address is one that nobody answers.
NO_UPSTREAM = "http://127.0.0.1:1"


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    """Give the report of this session."""
    made = Report(ROOT / "chaos" / "report.json")
    pytestconfig.stash[REPORT] = made
    return made


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show ours and theirs side by side."""
    report = config.stash.get(REPORT, None)
    if report is not None and (report.verdicts or report.peers):
        console = Console(width=120)
        with console.capture() as capture:
            console.print(report.table())
        terminalreporter.write("\n" + capture.get())


@pytest.fixture
def valkey(tmp_path: Path, wait_until: WaitUntil) -> Iterator[ValkeyProcess]:
    """Run one Valkey that keeps its data over a restart."""
    process = ValkeyProcess(tmp_path / "valkey")
    wait_until(process.is_up, "Valkey takes connections")
    yield process
    process.teardown()


@pytest.fixture
def proxy(valkey: ValkeyProcess) -> Iterator[BrokerProxy]:
    """Stand between Valkey and everybody else."""
    with BrokerProxy(valkey.port) as made:
        yield made


@pytest.fixture
def system(
    database: Database,  # noqa: F811
    proxy: BrokerProxy,
    tmp_path: Path,
) -> Iterator[System]:
    """Give a system whose built-in jobs are off, with the table of effects."""
    settings = Settings(
        var_dir=tmp_path,
        redis_url=Secret(proxy.url),
        database_url=Secret(database.url),
        provider="sandbox",
        open_meteo_url=NO_UPSTREAM,
        log_format="json",
    )
    made = build(settings)
    prepare(made)
    for job in BUILT_IN:
        toggle_job(made.store, job.name, enabled=False)
    create_effects(made.store)
    yield made
    drop_effects(made.store)
    made.celery.close()
    made.store.dispose()


@pytest.fixture
def fleet(system: System, tmp_path: Path, wait_until: WaitUntil) -> Iterator[Fleet]:
    """Run two beats, one of them with its clock 3 s ahead, and two workers."""
    environment = child_environment(system.settings)
    steady, ahead = processes.beat(), processes.beat()
    skew: dict[str, str] = {}
    if (library := find_faketime()) is not None:
        ahead, skew = bear_ahead(ahead), clock_ahead(library)
    beats = [
        BeatProcess(name, program, directory=tmp_path, environment=environment | more)
        for name, program, more in (("beat-1", steady, {}), ("beat-2", ahead, skew))
    ]
    workers = [
        WorkerProcess(
            name,
            processes.worker("worker-data"),
            directory=tmp_path,
            environment=environment,
            options=("--include", "tests.chaos.drill_task"),
        )
        for name in ("worker-1", "worker-2")
    ]
    made = Fleet(beats, workers)
    try:
        wait_until(made.is_up, "the fleet is ready", timeout_s=START_S)
        yield made
    finally:
        made.stop()
