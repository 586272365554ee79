"""`airq up` from the first page to the last process."""

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from airq_cron.cli.addresses import free_port
from airq_cron.cli.instance import _is_alive, _is_locked
from tests.conftest import WaitUntil
from tests.e2e.airq_up import PROGRAMS, AirqUp

# Only root may listen there, and nobody does.
SILENT = "http://127.0.0.1:1"


@pytest.fixture
def up(tmp_path: Path) -> Iterator[AirqUp]:
    """Give one on a fresh directory (whose name is odd), not started yet."""
    with AirqUp(tmp_path / "the 100% var") as made:
        yield made


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_serves_and_stops(
    up: AirqUp, wait_until: WaitUntil, number: signal.Signals
) -> None:
    """Everything is ready, tells where it is, and leaves nothing when it stops."""
    port = up.start("--provider", "sandbox")
    up.wait_until_running(wait_until)

    assert {"supervisor", *PROGRAMS} == set(up.pids())
    assert f"http://127.0.0.1:{port}" == up.record["api"]
    assert 0o600 == up.layout.record.stat().st_mode & 0o777
    token = (up.layout.var / "admin.token").read_text().strip()
    answer = requests.get(
        f"http://127.0.0.1:{port}/cron/jobs/stats",
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )
    assert 200 == answer.status_code
    assert token not in up.said

    began = up.clock.monotonic()
    assert 0 == up.stop(number)

    # Twice the promise: other tests run on the same two cores.
    assert up.clock.monotonic() - began < 20
    assert {} == up.pids()
    assert not up.layout.record.exists()
    assert "Stopped after" in up.said


def test_a_second_instance_is_refused(up: AirqUp, wait_until: WaitUntil) -> None:
    """The directory is named, the pid too, and the first one goes on."""
    up.start("--provider", "sandbox")
    up.wait_until_running(wait_until)
    first = up.record["pid"]

    with AirqUp(up.layout.var.with_name("second")) as second:
        second.layout = up.layout
        second.start("--provider", "sandbox")

        assert 4 == second.exit_code()
        assert f"already running on {up.layout.var} (pid {first})" in second.said
        second.layout = type(up.layout)(up.layout.var / "none")
    assert not up.has_ended()


def test_a_port_that_was_asked_for_is_not_exchanged(up: AirqUp) -> None:
    """Exit code 2, and the setting's name."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = up.start("--provider", "sandbox", port=taken.getsockname()[1])

        assert 2 == up.exit_code()
    assert f"AIRQ_PORT: port {port} of 127.0.0.1 is taken" in up.said
    assert {} == up.pids()


def test_a_redis_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Exit code 2, the setting, the address, and not the password."""
    url = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    with AirqUp(tmp_path / "var", AIRQ_REDIS_URL=url) as up:
        up.start("--provider", "sandbox")

        assert 2 == up.exit_code()
    assert "AIRQ_REDIS_URL: cannot reach" in up.said
    assert "hunter2" not in up.said
    assert "Traceback" not in up.said


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Exit code 2, the setting, the address, and not the password."""
    url = f"postgresql://air:hunter2@127.0.0.1:{free_port()}/air"
    with AirqUp(tmp_path / "var", AIRQ_DATABASE_URL=url) as up:
        up.start("--provider", "sandbox")

        assert 2 == up.exit_code()
    assert "AIRQ_DATABASE_URL: cannot reach" in up.said
    assert "hunter2" not in up.said
    assert "Traceback" not in up.said


def test_without_open_meteo_it_says_so_and_shows_made_up_air(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    """`auto` falls back visibly, with a directory of its own."""
    with AirqUp(tmp_path / "var", AIRQ_OPEN_METEO_URL=SILENT) as up:
        up.start()
        up.wait_until_running(wait_until)

        assert f"Open-Meteo ({SILENT}) cannot be reached" in up.said
        assert "sandbox" == up.record["provider"]
        assert str(up.layout.var / "sandbox") == up.record["data_dir"]
        assert not (up.layout.var / "airq.db").exists()


@pytest.fixture
def up_without_database(tmp_path: Path) -> Iterator[AirqUp]:
    """Give one that was started and waits for a server that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        address = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/air"
        with AirqUp(tmp_path / "var", AIRQ_DATABASE_URL=address) as made:
            made.start("--provider", "open-meteo")
            line, _ = silent.accept()
            with line:
                yield made


def test_one_killed_while_its_database_is_made_ready_leaves_nothing(
    up_without_database: AirqUp, wait_until: WaitUntil
) -> None:
    """What makes it ready ends with it, and gives the directory back."""
    up = up_without_database
    up.kill()
    wait_until(lambda: not _is_locked(up.layout.lock), "nobody holds the directory")

    assert {} == up.pids()


def test_ctrl_c_ends_it_while_its_database_is_made_ready(
    up_without_database: AirqUp,
) -> None:
    """Nobody has to wait for a server that does not answer."""
    up = up_without_database

    assert 0 == up.stop(signal.SIGINT)

    assert "Stopped" in up.said
    assert "Traceback" not in up.said
    assert {} == up.pids()


def test_what_is_killed_comes_back(up: AirqUp, wait_until: WaitUntil) -> None:
    """Each program in turn, the broker too."""
    port = up.start("--provider", "sandbox")
    up.wait_until_running(wait_until)
    first = up.pids()

    for name in PROGRAMS:
        psutil.Process(first[name]).kill()

    wait_until(
        lambda: all(up.pids().get(n) not in {None, first[n]} for n in PROGRAMS),
        "every program has a new process",
        timeout_s=30,
    )
    up.wait_until_served(wait_until, port)
    assert first["supervisor"] == up.pids()["supervisor"]


def test_a_killed_instance_leaves_nothing_and_finds_its_data(
    up: AirqUp, wait_until: WaitUntil
) -> None:
    """The next one waits for the last, then goes on with the same data."""
    up.start("--provider", "sandbox")
    up.wait_until_running(wait_until)
    token = (up.layout.var / "admin.token").read_text()
    first = up.pids()

    up.kill()
    up.start("--provider", "sandbox")
    up.wait_until_running(wait_until)

    assert not set(first.values()) & set(up.pids().values())
    assert [] == [name for name, pid in first.items() if _is_alive(pid)]
    # One that has ended may still wait for whoever inherited it to ask how.
    wait_until(
        lambda: not [pid for pid in first.values() if psutil.pid_exists(pid)],
        "nothing of the first is left",
    )
    assert token == (up.layout.var / "admin.token").read_text()
    assert json.loads(up.layout.record.read_text())["pid"] not in first.values()
