"""The sandbox as a process and over HTTP: what clients and people see of it."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from airq_cron.clock import SystemClock
from airq_cron.errors import ConfigError
from airq_cron.sandbox import Fault, Sandbox, SandboxServer, Synthetic

QUERY = "/v1/air-quality?latitude=48.85&longitude=2.35&hourly=pm10"


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    """Run a sandbox on a free port, in real time."""
    sandbox = Sandbox(Synthetic(), clock=SystemClock())
    with SandboxServer(sandbox) as running:
        yield running


def call(server: SandboxServer, path: str, method: str = "GET", **more: Any) -> Any:
    """Return the response to one call."""
    return requests.request(method, server.url + path, timeout=10, **more)


# --- over HTTP --------------------------------------------------------------


def test_data_health_and_stats_are_served(server: SandboxServer) -> None:
    """Three paths answer with JSON."""
    data = call(server, QUERY)

    assert (200, "application/json; charset=utf-8") == (
        data.status_code,
        data.headers["content-type"],
    )
    assert 120 == len(data.json()["hourly"]["pm10"])
    assert "ok" == call(server, "/healthz").json()["status"]
    assert {"ok": 1} == call(server, "/sandbox/stats").json()["outcomes"]
    assert 0 == call(server, "/sandbox/stats", "DELETE").json()["calls"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_other_paths_are_not_found(server: SandboxServer, method: str) -> None:
    """Nothing else is there."""
    response = call(server, "/v1/forecast", method)

    assert 404 == response.status_code
    assert {"error": True, "reason": "Not Found"} == response.json()


def test_fault_is_set_shown_and_cleared(server: SandboxServer) -> None:
    """Faults come and go while the sandbox runs."""
    wanted = {"kind": "503", "count": 2}

    assert 201 == call(server, "/sandbox/faults", "POST", json=wanted).status_code
    assert 503 == call(server, QUERY).status_code
    [shown] = call(server, "/sandbox/faults").json()["items"]
    assert ("503", 1) == (shown["kind"], shown["count"])
    assert [] == call(server, "/sandbox/faults", "DELETE").json()["items"]
    assert 200 == call(server, QUERY).status_code


@pytest.mark.parametrize(
    ("body", "kind", "status", "reason"),
    [
        ("{", "application/json", 400, "Not JSON"),
        ("[" * 100_000, "application/json", 413, "Send at most"),
        ("[" * 50_000, "application/json", 400, "Not JSON"),
        ("\xff", "application/json", 400, "Not JSON"),
        ("[]", "application/json", 400, "an object with a kind"),
        ('{"kind": "x"}', "application/json", 400, "no fault is called 'x'"),
        ('{"kind": "503"}', "text/plain", 415, "application/json"),
        ("kind=503", "application/x-www-form-urlencoded", 415, "application/json"),
    ],
)
def test_bad_control_call_changes_nothing(
    server: SandboxServer, body: str, kind: str, status: int, reason: str
) -> None:
    """A wrong body is refused in one sentence; a web page cannot send one."""
    response = call(
        server,
        "/sandbox/faults",
        "POST",
        data=body.encode("latin-1"),
        headers={"Content-Type": kind},
    )

    assert status == response.status_code
    assert reason in response.json()["reason"]
    assert [] == call(server, "/sandbox/faults").json()["items"]


def test_control_call_without_length_is_refused(server: SandboxServer) -> None:
    """A body without an end is not waited for."""
    chunks: Iterator[bytes] = iter([b"{}"])

    response = call(
        server,
        "/sandbox/faults",
        "POST",
        data=chunks,
        headers={"Content-Type": "application/json"},
    )

    assert 413 == response.status_code


def test_connection_serves_many_calls(server: SandboxServer) -> None:
    """A client may keep its connection, over a refused query as well."""
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    statuses = []
    for path in (QUERY, "/v1/air-quality?latitude=999&longitude=0", QUERY):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()

    assert [200, 400, 200] == statuses


def test_dropped_connection_has_no_answer(server: SandboxServer) -> None:
    """The client gets nothing at all, and the call is counted."""
    call(server, "/sandbox/faults", "POST", json={"kind": "drop", "count": 1})

    with pytest.raises(requests.ConnectionError):
        call(server, QUERY)

    assert {"drop": 1} == call(server, "/sandbox/stats").json()["outcomes"]


def test_drip_comes_byte_by_byte(server: SandboxServer) -> None:
    """A patient client gets the whole answer in the end."""
    fault = {"kind": "drip", "value": 0.001, "count": 1}
    call(server, "/sandbox/faults", "POST", json=fault)

    assert 120 == len(call(server, QUERY).json()["hourly"]["pm10"])


def test_calls_run_side_by_side(
    server: SandboxServer, wait_until: Callable[..., None]
) -> None:
    """Eight slow calls are in flight at once, and the most is remembered."""
    call(server, "/sandbox/faults", "POST", json={"kind": "latency", "value": 700})
    threads = [threading.Thread(target=call, args=(server, QUERY)) for _ in range(8)]

    for thread in threads:
        thread.start()
    wait_until(lambda: server.sandbox.stats()["in_flight"] == 8, "eight are waiting")
    for thread in threads:
        thread.join()

    stats = server.sandbox.stats()
    assert (8, 8, 0) == (stats["calls"], stats["most_in_flight"], stats["in_flight"])


def test_rubbish_does_not_stop_it(server: SandboxServer) -> None:
    """Bytes that are no HTTP, and clients that go away, leave it running."""
    address = ("127.0.0.1", server.server_port)
    for rubbish in (b"\x00\xff\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET", b""):
        with socket.create_connection(address, timeout=5) as line:
            line.sendall(rubbish)

    assert 200 == call(server, QUERY).status_code


def test_stop_does_not_wait_for_slow_answers() -> None:
    """Leaving ends at once, with an answer under way."""
    clock = SystemClock()
    began = clock.monotonic()
    sandbox = Sandbox(Synthetic(), clock=clock, faults=[Fault("latency", value=60_000)])

    with SandboxServer(sandbox) as server:
        line = socket.create_connection(("127.0.0.1", server.server_port), timeout=5)
        line.sendall(f"GET {QUERY} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    line.close()

    assert clock.monotonic() - began < 5


def test_taken_port_is_named(server: SandboxServer) -> None:
    """Who asks for a taken port reads which."""
    with pytest.raises(ConfigError, match=f"--port: 127.0.0.1:{server.server_port}: "):
        SandboxServer(server.sandbox, port=server.server_port)


@pytest.mark.parametrize("host", ["203.0.113.1", "nowhere.invalid", "::g"])
def test_foreign_address_is_refused(server: SandboxServer, host: str) -> None:
    """An address that is not of this machine is one error of ours."""
    with pytest.raises(ConfigError, match="--port: "):
        SandboxServer(server.sandbox, host)


# --- as a process -----------------------------------------------------------

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Give a function that starts `airq sandbox` with some options."""
    started: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> "subprocess.Popen[str]":
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "airq_cron", "sandbox", *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def first_line(process: "subprocess.Popen[str]") -> str:
    """Return what the process says when it is ready."""
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_serves_until_it_is_told_to_stop(
    start: Start, number: signal.Signals
) -> None:
    """It prints its address when ready, answers, and ends well on both signals."""
    process = start("--port", "0", "--fault", "503:1", "--json")
    shown = json.loads(first_line(process))

    statuses = [
        requests.get(shown["url"] + QUERY, timeout=10).status_code for _ in range(2)
    ]
    process.send_signal(number)
    out, err = process.communicate(timeout=10)

    assert [503, 200] == statuses
    assert ("synthetic", 1) == (shown["origin"], shown["speed"])
    assert ("", "", 0) == (out, err, process.returncode)


def test_command_replays_a_file(start: Start, shared_data: Path) -> None:
    """The line of the start names the file and whom to thank for it."""
    path = shared_data / "pandas-openaq/air_quality_long.csv"
    process = start("--port", "0", "--data", str(path), "--speed", "60")

    line = first_line(process)
    url = urlsplit(line.split()[2].rstrip(",")).geturl()

    assert "replaying air_quality_long.csv London Westminster (OpenAQ" in line
    assert ("replayed", 60) == tuple(
        requests.get(f"{url}/healthz", timeout=10).json()[name]
        for name in ("origin", "speed")
    )


def test_command_takes_the_file_from_its_setting(
    start: Start, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make demo DATA=FILE` reaches the sandbox through the environment."""
    path = shared_data / "pandas-openaq/air_quality_long.csv"
    monkeypatch.setenv("AIRQ_SANDBOX_DATA", str(path))

    assert "replaying air_quality_long.csv" in first_line(start("--port", "0"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--fault", "nope"), "no fault is called 'nope'"),
        (("--data", "/nowhere/file.csv"), "cannot read the file"),
        (("--data", __file__), "not a known form"),
        (("--host", "203.0.113.1", "--port", "0"), "--port: 203.0.113.1:0: "),
        (("--port", "70000"), "--port"),
        (("--speed", "0"), "--speed"),
    ],
)
def test_wrong_call_is_one_sentence(
    start: Start, options: Sequence[str], words: str
) -> None:
    """What cannot be done is said without a traceback, with exit code 2."""
    process = start(*options)
    out, err = process.communicate(timeout=20)

    assert (2, "") == (process.returncode, out)
    assert words in err
    assert "Traceback" not in err
