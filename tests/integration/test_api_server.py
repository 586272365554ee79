"""The API as its real server process runs it: bytes in, bytes out."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import psutil
import pytest

from airq_cron.cli.addresses import free_port
from airq_cron.config import Secret, load
from airq_cron.domain.job import BUILT_IN
from tests.conftest import ROOT, WaitUntil
from tests.integration.api_server import Server, install, running

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, wait_until: WaitUntil
) -> Iterator[Server]:
    """Run the API's process on a new installation without a broker."""
    var = tmp_path_factory.mktemp("server")
    port = free_port()
    settings = replace(
        load({}, var_dir=var, provider="open-meteo"),
        port=port,
        redis_url=Secret("redis://127.0.0.1:1/0"),
    )
    with running(settings, install(settings), wait_until) as started:
        yield started


def test_the_server_is_alive_without_a_broker(server: Server):
    """`/healthz` is 200, `/readyz` names what is missing."""
    alive, _, _ = server.ask("GET", "/healthz")
    ready, _, body = server.ask("GET", "/readyz")

    assert (200, 503) == (alive, ready)
    assert "not answering: redis" == json.loads(body)["detail"]


def test_the_token_of_the_first_start_opens_the_api(server: Server):
    """The file's token is an admin's; without it the answer is 401."""
    with_token, headers, body = server.ask("GET", "/cron/jobs/stats")
    without, _, _ = server.ask("GET", "/cron/jobs/stats", Authorization="")

    assert (200, 401) == (with_token, without)
    assert "application/json" == headers["Content-Type"]
    assert len(BUILT_IN) == len(json.loads(body)["jobs"])


def test_head_has_the_length_and_no_body(server: Server):
    """HEAD answers as GET does, without the bytes."""
    _, _, body = server.ask("GET", "/openapi.json")
    status, headers, nothing = server.ask("HEAD", "/openapi.json")

    assert (200, b"") == (status, nothing)
    assert len(body) == int(headers["Content-Length"])


def test_a_body_without_length_is_bounded_too(server: Server):
    """A chunked body is cut at the limit."""
    chunks = (b"x" * 65536 for _ in range(17 * MIB // MIB))
    status, headers, _ = server.ask(
        "POST", "/air/locations", chunks, Content_Type="application/json"
    )

    assert (413, "application/problem+json") == (status, headers["Content-Type"])


def test_a_chunked_body_is_read(server: Server):
    """A small chunked body is a body like any other."""
    status, _, body = server.ask(
        "POST",
        "/cron/jobs/weekly-cleanup/toggle",
        iter([b'{"enabled"', b": false}"]),
        Content_Type="application/json",
    )

    assert (200, False) == (status, json.loads(body)["enabled"])


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /%ff%fe HTTP/1.1", b"401"),
        (b"GET /cron/runs?limit=%ff HTTP/1.1", b"401"),
        (b"BREW /cron/runs HTTP/1.1", b"401"),
        (b"GET /healthz HTTP/9.9", b"400"),
        (b"nonsense", b"400"),
    ],
)
def test_odd_requests_are_answered(server: Server, request_line: bytes, status: bytes):
    """The server stays on its feet and says what it thinks of them."""
    first = server.send(
        request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )

    assert status in first
    assert b"500" not in first


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1", 414),
        (b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 500, 431),
        (b"GET /healthz HTTP/1.1\r\nA: \x01", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: zip", 501),
        (b"GET * HTTP/9.9", 400),
    ],
)
def test_what_is_not_http_is_a_problem(
    server: Server, request_line: bytes, status: int
):
    """Errors that Flask never sees have the shape of all others."""
    answer = server.send_all(request_line + b"\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")

    assert b"application/problem+json" in head
    assert status == json.loads(body)["status"]


@pytest.mark.parametrize("host", [b"Host: evil.example\r\n", b"", b"Host: \r\n"])
def test_another_host_is_misdirected(server: Server, host: bytes):
    """Also without any: a browser always names one."""
    first = server.send(
        b"GET /healthz HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n"
    )

    assert b"421" in first or b"400" in first


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://localhost/healthz", b"200"),
        (b"http://evil.example/healthz", b"421"),
        (b"http://evil.example", b"421"),
        (b"//evil.example/healthz", b"404"),
    ],
)
def test_an_address_in_absolute_form_is_for_a_host_as_well(
    server: Server, target: bytes, status: bytes
):
    """It overrides `Host` (RFC 9112, 3.2.2); two slashes are a path of ours."""
    first = server.send(
        b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n"
        b"Authorization: Bearer " + server.secret.encode() + b"\r\n"
        b"Connection: close\r\n\r\n"
    )

    assert status in first


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"localhost", b"localhost"),
        (b"localhost", b"evil.example"),
        (b"evil.example", b"localhost"),
        (b"", b"localhost"),
        (b"localhost", b""),
    ],
)
def test_two_hosts_in_one_request_are_refused(
    server: Server, first: bytes, second: bytes
):
    """A proxy before us could have looked at the other one (RFC 9112, 3.2)."""
    named = b"Host: " + first + b"\r\nHost: " + second
    answer = server.send(
        b"GET /healthz HTTP/1.1\r\n" + named + b"\r\nConnection: close\r\n\r\n"
    )

    assert b"400" in answer or b"421" in answer


def test_broken_chunks_are_a_bad_request(server: Server):
    """Who cannot count chunks is told so; it is no failure of ours."""
    first = server.send(
        b"POST /cron/jobs HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\n"
        b"Authorization: Bearer " + server.secret.encode() + b"\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n"
    )

    assert b"400" in first


def test_clients_that_stop_sending_hold_no_thread(
    server: Server, wait_until: WaitUntil
):
    """Many more than there are threads are cut off, in the head and in the body."""
    head = b"POST /cron/jobs HTTP/1.1\r\nHost: localhost\r\n"
    body = (
        b"Authorization: Bearer " + server.secret.encode() + b"\r\n"
        b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    )
    with ExitStack() as lines:
        for number in range(40):
            line = lines.enter_context(
                socket.create_connection(("127.0.0.1", server.port))
            )
            line.sendall(head + body * (number % 2))

        wait_until(server.is_alive, "it answers others", timeout_s=20)


def test_unforeseen_errors_do_not_leak(server: Server):
    """No answer so far told anything of the machine it runs on."""
    for path in ("/nothing", "/air/locations/rome", "/cron/runs?limit=x", "/readyz"):
        _, _, body = server.ask("GET", path)
        assert b"Traceback" not in body
        assert str(ROOT).encode() not in body


def test_a_reload_drops_no_request(server: Server, wait_until: WaitUntil):
    """SIGHUP makes new workers; who asks without pause does not notice."""
    wait_until(lambda: len(workers_of(server)) == 2, "both are there")
    before = workers_of(server)
    told: set[int] = set()

    def is_renewed() -> bool:
        told.add(server.ask("GET", "/healthz")[0])
        return before.isdisjoint(now := workers_of(server)) and len(now) == len(before)

    server.process.send_signal(signal.SIGHUP)
    wait_until(is_renewed, "all workers are new", timeout_s=60)

    assert {200} == told
    assert server.process.poll() is None


def test_there_are_as_many_workers_as_are_set(server: Server, wait_until: WaitUntil):
    """Two, unless AIRQ_API_WORKERS says otherwise."""
    wait_until(lambda: len(workers_of(server)) == 2, "both are there")


def workers_of(server: Server) -> set[int]:
    """Return the ids of the processes that answer."""
    return {child.pid for child in psutil.Process(server.process.pid).children()}
