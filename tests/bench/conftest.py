"""What benches stand on: a broker and a database of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airq_cron.cli.session import prepare
from airq_cron.config import Secret, Settings
from airq_cron.system import build
from tests.bench.noop_ground import Ground
from tests.conftest import WaitUntil
from tests.databases import (  # noqa: F401 - fixtures
    Database,
    database,
    postgres_database,
    postgres_server,
    postgres_tables,
    sqlite_database,
    sqlite_template,
)
from tests.entries import switch_off_jobs
from tests.integration.nodes import ValkeyProcess


@pytest.fixture
def valkey(tmp_path: Path, wait_until: WaitUntil) -> Iterator[ValkeyProcess]:
    """Run one Valkey."""
    process = ValkeyProcess(tmp_path / "valkey")
    wait_until(process.is_up, "Valkey takes connections")
    yield process
    process.teardown()


def make_ground(
    valkey: ValkeyProcess, directory: Path, wait_until: WaitUntil, **settings: Any
) -> Ground:
    """Return what workers stand on, with the built-in jobs entered."""
    system = build(
        Settings(
            var_dir=directory,
            redis_url=Secret(valkey.url),
            log_format="json",
            **settings,
        )
    )
    system.store.migrate()
    prepare(system)
    return Ground(system, valkey, directory, wait_until)


@pytest.fixture
def ground(valkey: ValkeyProcess, tmp_path: Path, wait_until: WaitUntil) -> Ground:
    """Give workers an empty broker and an empty database."""
    return make_ground(valkey, tmp_path, wait_until)


@pytest.fixture
def ledger_ground(
    database: Database,  # noqa: F811
    valkey: ValkeyProcess,
    tmp_path: Path,
    wait_until: WaitUntil,
) -> Iterator[Ground]:
    """Give workers an empty broker and a database in which no job fires."""
    address = Secret(database.url)
    made = make_ground(valkey, tmp_path, wait_until, database_url=address)
    switch_off_jobs(made.system.store)
    yield made
    made.system.celery.close()
    made.system.store.dispose()
