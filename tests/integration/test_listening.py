"""The API's process does not listen beyond this machine unless TLS is before it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from airq_cron.cli import processes
from airq_cron.cli.addresses import free_port
from airq_cron.config import Secret, Settings, child_environment, load
from tests.conftest import ROOT, WaitUntil
from tests.integration.api_server import install, running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give those of a new installation without a broker."""
    redis = Secret("redis://127.0.0.1:1/0")
    base = load({}, var_dir=tmp_path, provider="open-meteo")
    return replace(base, port=free_port(), redis_url=redis)


def start(settings: Settings, bind: str) -> subprocess.CompletedProcess[str]:
    """Start the server on an address; return how it ended and what it said."""
    return subprocess.run(
        processes.web(bind, settings.port).argv,
        cwd=ROOT,
        env=child_environment(settings),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.mark.parametrize(
    ("bind", "host"), [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")]
)
def test_a_server_open_to_a_network_does_not_start(
    settings: Settings, bind: str, host: str
) -> None:
    """Whatever says so, the setting or `--bind`; the setting to change is named."""
    ended = start(replace(settings, host=host), bind)

    assert 0 != ended.returncode
    assert "AIRQ_BEHIND_TLS: not set" in ended.stdout + ended.stderr


def test_behind_tls_it_listens_where_it_is_told(
    settings: Settings, wait_until: WaitUntil
) -> None:
    """And answers, by the names it knows."""
    behind = replace(settings, host="0.0.0.0", behind_tls=True)
    with running(behind, install(behind), wait_until) as server:
        assert 200 == server.ask("GET", "/")[0]
        assert 421 == server.ask("GET", "/", Host="evil.example")[0]


def test_airq_up_refuses_before_it_starts_anything(settings: Settings) -> None:
    """Exit code 2, and one line with what to do."""
    open_one = replace(settings, host="0.0.0.0", redis_url=None, provider="sandbox")
    ended = subprocess.run(
        [sys.executable, "-m", "airq_cron", "up"],
        cwd=ROOT,
        env=child_environment(open_one),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )

    assert 2 == ended.returncode
    assert "airq: AIRQ_BEHIND_TLS: not set" in ended.stderr
    assert "127.0.0.1" in ended.stderr
