"""The parts of a drill that no fault may touch."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from airq_cron.cli.session import prepare
from airq_cron.clock import SystemClock
from airq_cron.config import Secret, Settings
from airq_cron.domain.job import BUILT_IN
from airq_cron.sandbox import Sandbox, SandboxServer, Synthetic
from airq_cron.services.toggle import toggle_job
from airq_cron.system import System, build
from tests.conftest import WaitUntil
from tests.databases import (  # noqa: F401
    Database,
    database,
    postgres_database,
    postgres_server,
    postgres_tables,
    sqlite_database,
    sqlite_template,
)
from tests.integration.nodes import ValkeyProcess


@pytest.fixture
def valkey(tmp_path: Path, wait_until: WaitUntil) -> Iterator[ValkeyProcess]:
    """Run one Valkey that keeps its data over a restart."""
    process = ValkeyProcess(tmp_path / "valkey")
    wait_until(process.is_up, "Valkey takes connections")
    yield process
    process.teardown()


@pytest.fixture
def upstream() -> Iterator[SandboxServer]:
    """Run an upstream that answers whatever happens to the rest."""
    with SandboxServer(Sandbox(Synthetic(), clock=SystemClock())) as server:
        yield server


@pytest.fixture
def system(
    database: Database,  # noqa: F811
    valkey: ValkeyProcess,
    upstream: SandboxServer,
    tmp_path: Path,
) -> Iterator[System]:
    """Give a system with Paris whose built-in jobs are switched off."""
    settings = Settings(
        var_dir=tmp_path,
        redis_url=Secret(valkey.url),
        database_url=Secret(database.url),
        provider="sandbox",
        open_meteo_url=upstream.url,
        log_format="json",
    )
    made = build(settings)
    prepare(made)
    for job in BUILT_IN:
        toggle_job(made.store, job.name, enabled=False)
    yield made
    made.celery.close()
    made.store.dispose()
