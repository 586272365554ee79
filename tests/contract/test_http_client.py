"""The bounded GET against a server that does everything wrong."""

import gzip
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from airq_cron.clock import SystemClock
from airq_cron.errors import MalformedError, TransientError
from airq_cron.providers.http import HttpClient, Limits, is_loopback, user_agent
from airq_cron.sandbox import Sandbox, SandboxServer, Synthetic, parse_fault

QUICK = Limits(connect_s=0.5, read_s=0.3, total_s=1.0, body_bytes=1000)
LATE = parse_fault("latency=100")


@pytest.fixture
def client() -> Any:
    """Give a client that loses patience soon."""
    return HttpClient("airq-cron/test", QUICK)


def test_answer_is_given_as_it_came(client: HttpClient, answering: Any) -> None:
    """Status, headers in lower case, and body are returned, errors too."""
    server = answering(b"no", 503, headers="Retry-After: 7\r\n")

    answer = client.get(f"{server.url}/x?y=1")

    assert (503, b"no", "7") == (
        answer.status,
        answer.body,
        answer.headers["retry-after"],
    )


def test_request_names_us(client: HttpClient, answering: Any) -> None:
    """The upstream learns the product, and gets no credentials."""
    server = answering(b"{}")

    client.get(f"{server.url}/x")

    head = server.requests[0].decode().lower()
    assert "get /x http/1.1" in head
    assert "user-agent: airq-cron/test\r\n" in head
    assert "authorization" not in head
    assert "cookie" not in head


def test_no_password_of_the_user_is_sent(
    client: HttpClient, answering: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password in the user's netrc stays there."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = answering(b"{}")

    client.get(server.url)

    assert b"Authorization" not in server.requests[0]


def test_proxy_does_not_swallow_calls_to_this_machine(
    client: HttpClient, answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy in the environment is not asked for loopback addresses."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    server = answering(b"here")

    assert b"here" == client.get(server.url).body


def test_a_proxy_is_told_the_whole_address(
    client: HttpClient, answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of servers elsewhere, unless the environment excepts them."""
    proxy = answering(b"there")
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//me:secret@"))
    monkeypatch.setenv("no_proxy", "excepted.invalid")

    assert b"there" == client.get("http://upstream.invalid/air?x=1").body
    with pytest.raises(TransientError):
        client.get("http://excepted.invalid/air")

    head = proxy.requests[0]
    assert head.startswith(b"GET http://upstream.invalid/air?x=1 HTTP/1.1\r\n")
    assert b"Host: upstream.invalid\r\n" in head
    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0\r\n" in head


def test_our_key_is_never_read_back(answering: Any) -> None:
    """An upstream that repeats it must not bring it into a log."""
    client = HttpClient("airq-cron/test", QUICK, secret="s3cret-key")
    server = answering(b'{"message": "unknown key s3cret-key"}', 401)

    assert b'{"message": "unknown key ***"}' == client.get(server.url).body


def test_a_short_key_may_stand_in_an_answer_by_chance(answering: Any) -> None:
    """Values would be damaged."""
    client = HttpClient("airq-cron/test", QUICK, secret="12.5")

    assert b"[12.5]" == client.get(answering(b"[12.5]").url).body


def test_gzip_is_unpacked(client: HttpClient, answering: Any) -> None:
    """The body is what was packed."""
    server = answering(gzip.compress(b"[1]"), headers="Content-Encoding: gzip\r\n")

    assert b"[1]" == client.get(server.url).body


@pytest.mark.parametrize("packed", [b"\x1f\x8bnot gzip", b"plain"])
def test_damaged_gzip_is_malformed(
    client: HttpClient, answering: Any, packed: bytes
) -> None:
    """What cannot be unpacked is the upstream's fault."""
    server = answering(packed, headers="Content-Encoding: gzip\r\n")

    with pytest.raises(MalformedError, match="compression is damaged"):
        client.get(server.url)


def test_length_that_is_not_reached_is_malformed(
    client: HttpClient, answering: Any
) -> None:
    """A body shorter than announced has broken off."""
    server = answering(b"half", length=8)

    with pytest.raises(MalformedError, match=r"127\.0\.0\.1: the answer broke off"):
        client.get(server.url)


def test_chunk_that_breaks_off_is_malformed(client: HttpClient, serve: Any) -> None:
    """A chunked body without its end has broken off."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = serve([head + b"8\r\nhalf"])

    with pytest.raises(MalformedError, match="broke off"):
        client.get(server.url)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x" * 1001, ""),
        (gzip.compress(b"x" * 1_000_000), "Content-Encoding: gzip\r\n"),
    ],
    ids=["plain", "packed"],
)
def test_long_body_is_refused(
    client: HttpClient, answering: Any, body: bytes, headers: str
) -> None:
    """More bytes than allowed are not read, unpacked ones counted."""
    server = answering(body, headers=headers)

    with pytest.raises(MalformedError, match="longer than 1,000 bytes") as caught:
        client.get(server.url)
    assert caught.value.body.startswith(b"xxx")


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"],
    ids=["nothing", "half a head", "half a body"],
)
def test_silence_is_transient(client: HttpClient, serve: Any, start: bytes) -> None:
    """A server that falls silent is given up after the read timeout."""
    server = serve([start, 5.0])

    with pytest.raises(TransientError, match=r"silent for 0\.3 s"):
        client.get(server.url)


def test_an_answer_may_take_longer_than_a_connection(serve: Any) -> None:
    """Each has its own limit."""
    slow = Limits(connect_s=0.1, read_s=2.0, total_s=5.0)
    server = serve([0.5, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"])

    assert b"ok" == HttpClient("airq-cron/test", slow).get(server.url).body


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n",
    ],
    ids=["head", "length", "until closed", "chunk"],
)
def test_drip_is_cut_off(
    client: HttpClient, serve: Any, start: bytes, elapsed: Callable[[], float]
) -> None:
    """One byte before each timeout does not hold the call for ever."""
    server = serve([start, *([b" ", 0.1] * 100)])

    with pytest.raises(TransientError, match=r"no whole answer in 1 s"):
        client.get(server.url)

    assert elapsed() < 4


def test_dropped_connection_is_transient(client: HttpClient, serve: Any) -> None:
    """A server that hangs up without a word may answer the next time."""
    server = serve([])

    with pytest.raises(TransientError):
        client.get(server.url)


def test_other_protocol_is_transient(client: HttpClient, serve: Any) -> None:
    """A server that does not speak HTTP is not the upstream."""
    server = serve([b"220 mail.example ESMTP\r\n"])

    with pytest.raises(TransientError):
        client.get(server.url)


def test_closed_port_is_transient(client: HttpClient) -> None:
    """A refused connection says so, and the message keeps the query to itself."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(TransientError) as caught:
        client.get(f"http://127.0.0.1:{port}/x?apikey=secret")

    assert "127.0.0.1: Connection refused" == str(caught.value)


def test_unknown_host_is_transient(client: HttpClient) -> None:
    """A name that does not resolve may do so later."""
    with pytest.raises(TransientError, match=r"nowhere\.invalid: "):
        client.get("http://nowhere.invalid/x")


@pytest.mark.parametrize("url", ["http://[::1", "http://a:b/", "ftp://a/", "", "http:"])
def test_impossible_address_is_one_of_our_errors(client: HttpClient, url: str) -> None:
    """An address that is none does not escape as an error of the library."""
    with pytest.raises((TransientError, ValueError)):
        client.get(url)


def test_redirect_on_the_same_server_is_followed(
    client: HttpClient, serve: Any
) -> None:
    """A new path on the same host is asked."""
    moved = b"HTTP/1.1 308 X\r\nLocation: /new\r\nContent-Length: 0\r\n"
    found = b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n"
    close = b"Connection: close\r\n\r\n"
    server = serve([moved + close], [found + close + b"ok"])

    assert b"ok" == client.get(f"{server.url}/old").body
    assert b"GET /new " in server.requests[1]


@pytest.mark.parametrize(
    "target",
    [
        "http://elsewhere.example/",
        "//elsewhere.example/",
        "https://127.0.0.1/",
        "http://127.0.0.1:1/",
        "http://[bad",
        "http://a:b/",
    ],
)
def test_redirect_elsewhere_is_not_followed(
    client: HttpClient, answering: Any, target: str
) -> None:
    """Another host, scheme or port gets no call, as behind a sign-in page."""
    server = answering(b"", 302, headers=f"Location: {target}\r\n")

    with pytest.raises(TransientError, match="redirects to"):
        client.get(server.url)

    assert 1 == len(server.requests)


def test_redirects_end(client: HttpClient, answering: Any) -> None:
    """A circle of redirects is left."""
    server = answering(b"", 301, headers="Location: /again\r\n")

    with pytest.raises(TransientError, match="redirected 4 times"):
        client.get(server.url)

    assert 4 == len(server.requests)


def test_redirect_without_target_is_an_answer(
    client: HttpClient, answering: Any
) -> None:
    """A status alone leads nowhere; the caller judges it."""
    server = answering(b"", 302)

    assert 302 == client.get(server.url).status


def test_connection_is_kept_and_still_bounded(client: HttpClient, serve: Any) -> None:
    """Calls go over one connection; a later one that drips is cut off as well."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    server = serve([good, None, good, None, head, *([b" ", 0.1] * 100)], [])

    assert b"ok" == client.get(server.url).body
    assert b"ok" == client.get(server.url).body
    with pytest.raises(TransientError, match="no whole answer in 1 s"):
        client.get(server.url)

    assert 3 == len(server.requests)
    assert 1 == len(server.scripts)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_cuts_its_calls_off_as_well(
    client: HttpClient, serve: Any
) -> None:
    """The thread that does so for the parent does not live on in it."""
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
    server = serve([good], [head, *([b" ", 0.1] * 100)])
    client.get(server.url)

    def ask() -> None:
        with pytest.raises(TransientError, match="no whole answer in 1 s"):
            HttpClient("airq-cron/test", QUICK).get(server.url)

    child = get_context("fork").Process(target=ask)
    child.start()
    child.join(10)

    assert 0 == child.exitcode


@pytest.mark.parametrize("at_once", [1, 3])
def test_so_many_calls_are_under_way_as_were_allowed(at_once: int) -> None:
    """Eight threads share the client; the server sees no more than it may."""
    sandbox = Sandbox(Synthetic(), clock=SystemClock(), faults=[LATE])
    client = HttpClient("airq-cron/test", at_once=at_once)
    with SandboxServer(sandbox) as server, ThreadPoolExecutor(8) as pool:
        url = f"{server.url}/v1/air-quality?latitude=1&longitude=1&hourly=pm10"
        statuses = [one.status for one in pool.map(client.get, [url] * 9)]
    client.close()

    assert [200] * 9 == statuses
    assert at_once == sandbox.stats()["most_in_flight"]


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("", "airq-cron/1.0"),
        ("https://a.example/me", "airq-cron/1.0 (+https://a.example/me)"),
        ("me\r\nX-Evil: 1", "airq-cron/1.0 (+meX-Evil: 1)"),
        ("m\u00e9", "airq-cron/1.0 (+m)"),
    ],
)
def test_contact_cannot_break_the_header(contact: str, expected: str) -> None:
    """The User-Agent holds the contact, on one line of ASCII."""
    assert expected == user_agent("1.0", contact)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        (None, False),
    ],
)
def test_loopback_is_recognised(host: str | None, *, expected: bool) -> None:
    """Only names and addresses that are this machine count."""
    assert expected is is_loopback(host)
