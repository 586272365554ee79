"""The API's real process, and how tests speak to it."""

import http.client
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from airq_cron.cli import processes
from airq_cron.config import Settings, child_environment
from airq_cron.services.issue_token import ensure_admin_token
from airq_cron.services.seed import seed
from airq_cron.system import build
from tests.conftest import ROOT, WaitUntil


class Server:
    """A running server and the token of its admin."""

    def __init__(
        self, port: int, secret: str, process: subprocess.Popen[bytes]
    ) -> None:
        self.port = port
        self.secret = secret
        self.process = process

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request; return status, headers and body."""
        given = {"Authorization": f"Bearer {self.secret}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        with closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        ) as line:
            line.request(method, path, body=body, headers=given)  # type: ignore[arg-type]
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def send(self, request: bytes) -> bytes:
        """Send raw bytes; return the first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(request)
            return line.recv(65536).split(b"\r\n")[0]

    def send_all(self, request: bytes) -> bytes:
        """Send raw bytes; return the whole answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(request)
            return b"".join(iter(lambda: line.recv(65536), b""))

    def is_alive(self) -> bool:
        """Say whether it answers soon."""
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def listens(self) -> bool:
        """Say whether it accepts connections."""
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0


def install(settings: Settings) -> str:
    """Make a new installation; return the secret of its admin."""
    system = build(settings)
    system.store.migrate()
    seed(system.store, default_provider="open-meteo", locations=None)
    file = settings.var_dir / "admin.token"
    ensure_admin_token(system.store, file, system.clock.now())
    system.store.dispose()
    return file.read_text().strip()


@contextmanager
def running(
    settings: Settings, secret: str, wait_until: WaitUntil, *, log: Path | None = None
) -> Iterator[Server]:
    """Run the API's process as `airq up` does; its output goes to *log*."""
    with (log or Path("/dev/null")).open("wb") as output:
        process = subprocess.Popen(
            processes.web("127.0.0.1", settings.port).argv,
            cwd=ROOT,
            env=child_environment(settings),
            stdout=output,
            stderr=output,
        )
    started = Server(settings.port, secret, process)
    try:
        wait_until(started.listens, "the server listens", timeout_s=60)
        wait_until(started.is_alive, "it has begun", timeout_s=60)
        yield started
    finally:
        process.terminate()
        process.wait(10)
