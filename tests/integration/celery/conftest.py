"""A broker, workers and an upstream, all real, for each test."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from pytest_celery import (
    CeleryBrokerCluster,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerCluster,
    RedisTestBroker,
)

from airq_cron.cli import processes
from airq_cron.cli.session import prepare
from airq_cron.clock import SystemClock
from airq_cron.config import Secret, Settings, child_environment
from airq_cron.sandbox import Sandbox, SandboxServer, Synthetic
from airq_cron.system import System, build
from tests.conftest import WaitUntil
from tests.databases import postgres_server  # noqa: F401 - a fixture
from tests.integration.celery.ledger import Ledger, Workers
from tests.integration.nodes import (
    BeatProcess,
    ValkeyProcess,
    WorkerProcess,
    all_up,
)
from tests.integration.postgres import PostgresServer

START_S = 60.0


@pytest.fixture
def upstream() -> Iterator[SandboxServer]:
    """Give an upstream whose faults the test decides."""
    with SandboxServer(Sandbox(Synthetic(), clock=SystemClock())) as server:
        yield server


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of an empty database: SQLite, or what a test asks for."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'airq.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"test-{uuid4().hex[:8]}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def beat(
    system: System, tmp_path: Path, wait_until: WaitUntil
) -> Iterator[BeatProcess]:
    """Run one beat."""
    node = BeatProcess(
        "beat",
        processes.beat(),
        directory=tmp_path,
        environment=child_environment(system.settings),
    )
    try:
        wait_until(node.is_up, "beat plans", timeout_s=START_S)
        yield node
    finally:
        node.teardown()


@pytest.fixture
def worker_names() -> tuple[str, ...]:
    """Give a name for each worker; who does not need two chooses one."""
    return ("first", "second")


@pytest.fixture
def worker_options() -> tuple[str, ...]:
    """Give what is added to the workers' command; a test may choose otherwise."""
    return ()


@pytest.fixture
def default_redis_broker(tmp_path: Path, wait_until: WaitUntil) -> ValkeyProcess:
    """Run one Valkey for the test."""
    valkey = ValkeyProcess(tmp_path / "valkey")
    wait_until(valkey.is_up, "Valkey takes connections")
    return valkey


@pytest.fixture
def celery_broker_cluster(
    default_redis_broker: ValkeyProcess,
) -> Iterator[CeleryBrokerCluster]:
    """Make it pytest-celery's broker, and the only one of its matrix."""
    node = RedisTestBroker(default_redis_broker)
    cluster = CeleryBrokerCluster(node)
    yield cluster
    cluster.teardown()
    node.teardown()


@pytest.fixture
def celery_backend_cluster() -> None:
    """Need none: results are kept in the ledger."""


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Give further settings of all processes; a test may choose others."""
    return {}


@pytest.fixture
def system(
    celery_broker_cluster: CeleryBrokerCluster,
    default_redis_broker: ValkeyProcess,
    upstream: SandboxServer,
    database_url: str,
    more_settings: dict[str, Any],
    tmp_path: Path,
) -> Iterator[System]:
    """Give the test's own view of what the workers work on."""
    settings = Settings(
        var_dir=tmp_path,
        redis_url=Secret(default_redis_broker.url),
        database_url=Secret(database_url),
        provider="sandbox",
        open_meteo_url=upstream.url,
        log_format="json",
        **more_settings,
    )
    made = build(settings)
    made.store.migrate()
    prepare(made)
    yield made
    made.celery.close()
    made.store.dispose()


@pytest.fixture
def ledger(system: System) -> Ledger:
    """Give the ledger, and the ways in which a test moves it."""
    return Ledger(system)


@pytest.fixture
def celery_setup_app(system: System) -> Celery:
    """Give the product's own app, not one of the plugin's."""
    return system.celery


@pytest.fixture
def celery_worker_cluster(
    system: System,
    celery_setup_app: Celery,
    worker_names: tuple[str, ...],
    worker_options: tuple[str, ...],
    tmp_path: Path,
    wait_until: WaitUntil,
) -> Iterator[CeleryWorkerCluster]:
    """Run workers that share the queues of data."""
    with ExitStack() as ends:
        nodes = []
        for name in worker_names:
            worker = WorkerProcess(
                name,
                processes.worker("worker-data"),
                directory=tmp_path,
                environment=child_environment(system.settings),
                options=worker_options,
            )
            ends.callback(worker.teardown)
            nodes.append(CeleryTestWorker(worker, celery_setup_app))
        wait_until(
            all_up(node.container for node in nodes),
            "all workers consume",
            timeout_s=START_S,
        )
        yield CeleryWorkerCluster(*nodes)


@pytest.fixture
def workers(celery_setup: CeleryTestSetup) -> Workers:
    """Give the workers of a setup that is ready."""
    return Workers([node.container for node in celery_setup.worker_cluster])
