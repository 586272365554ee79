"""Every address of the real server while something it stands on is away."""

import json
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from airq_cron.cli.addresses import free_port
from airq_cron.clock import SystemClock
from airq_cron.config import Secret, Settings, load
from tests.conftest import ROOT, WaitUntil
from tests.integration.api_server import Server, install, running

# Twice the promise: other tests run on the same two cores.
LONGEST_S = 6.0
AT_ONCE = 8
VERSIONED = {"PUT", "PATCH", "DELETE"}
# All else is told from the ledger, with null for what only Redis knows.
NEED_REDIS = {"GET /readyz", "GET /cron/health/trends/data-fetch"}
CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Told:
    """What an address answered, and after how long."""

    name: str
    status: int
    body: bytes
    took_s: float

    @property
    def detail(self) -> str:
        """What the problem says."""
        return str(json.loads(self.body)["detail"])


def requests() -> Iterator[tuple[str, str, Any]]:
    """Yield method, address and body of every operation, by its examples."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    for path, item in document["paths"].items():
        filled = path
        for one in item.get("parameters", ()):
            (example,) = one["schema"]["examples"]
            filled = filled.replace("{" + one["name"] + "}", example)
        for method, operation in item.items():
            if method != "parameters":
                content = operation.get("requestBody", {}).get("content", {})
                body = content.get("application/json", {}).get("example")
                yield method.upper(), filled, body


def walk(server: Server) -> dict[str, Told]:
    """Ask every address once, some at a time; return what each told."""

    def ask(request: tuple[str, str, Any]) -> Told:
        method, path, body = request
        began = CLOCK.monotonic()
        headers = {"If_Match": "*"} if method in VERSIONED else {}
        if body is not None:
            headers["Content_Type"] = "application/json"
        status, _, told = server.ask(
            method, path, None if body is None else json.dumps(body), **headers
        )
        return Told(f"{method} {path}", status, told, CLOCK.monotonic() - began)

    # The first one of a process loads what speaks to the database.
    server.ask("GET", "/cron/runs")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {one.name: one for one in pool.map(ask, requests())}


@contextmanager
def silent_port() -> Iterator[int]:
    """Give a port that takes connections and never says a word."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen(1024)
        yield line.getsockname()[1]


@contextmanager
def refused_port() -> Iterator[int]:
    """Give a port that nobody listens on."""
    yield free_port()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give the settings of a new installation."""
    return replace(
        load({}, var_dir=tmp_path, provider="open-meteo"),
        port=free_port(),
        redis_url=Secret("redis://127.0.0.1:1/0"),
    )


def check(told: dict[str, Told]) -> None:
    """See that nothing took too long, and that nothing broke."""
    slow = {
        one.name: round(one.took_s, 1)
        for one in told.values()
        if one.took_s > LONGEST_S
    }
    broken = {one.name: one.body for one in told.values() if one.status == 500}
    assert ({}, {}) == (slow, broken)
    assert 200 == told["GET /healthz"].status


@pytest.mark.parametrize("port", [refused_port, silent_port])
def test_without_redis_what_needs_none_works(
    settings: Settings, port: Any, wait_until: WaitUntil
) -> None:
    """The rest is 503 within 3 s and says that it is Redis."""
    with port() as number:
        away = replace(settings, redis_url=Secret(f"redis://127.0.0.1:{number}/0"))
        with running(away, install(away), wait_until) as server:
            told = walk(server)
    check(told)
    missing = {one.name: one.detail for one in told.values() if one.status == 503}

    assert NEED_REDIS == set(missing)
    assert all("redis" in detail.lower() for detail in missing.values())


@pytest.mark.parametrize("port", [refused_port, silent_port])
def test_without_the_database_every_address_says_so(
    settings: Settings, port: Any, wait_until: WaitUntil
) -> None:
    """503 within 3 s; only the process itself is well."""
    secret = install(settings)
    with port() as number:
        url = Secret(f"postgresql://airq@127.0.0.1:{number}/airq")
        with running(replace(settings, database_url=url), secret, wait_until) as server:
            told = walk(server)
    check(told)
    missing = {one.name: one.detail for one in told.values() if one.status == 503}

    assert {"GET /healthz"} == set(told) - set(missing)
    assert all("database" in detail for detail in missing.values())


def test_while_the_database_is_locked_reading_goes_on(
    settings: Settings, wait_until: WaitUntil
) -> None:
    """SQLite with one writer that does not end: changes are 503, the rest works."""
    secret = install(settings)
    with (
        closing(sqlite3.connect(settings.sqlite_path)) as line,
        running(settings, secret, wait_until) as server,
    ):
        line.execute("BEGIN IMMEDIATE")
        told = walk(server)
        line.rollback()
    check(told)
    reading = [one for one in told.values() if one.name.startswith("GET ")]

    # Redis is away here, and only that.
    assert NEED_REDIS == {one.name for one in reading if one.status == 503}
