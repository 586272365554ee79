"""
The sandbox over HTTP, on the standard library.

    GET    /v1/air-quality   as Open-Meteo
    GET    /healthz          what is shown
    GET    /sandbox/faults   the faults that are set; POST sets one, DELETE all
    GET    /sandbox/stats    calls by outcome; DELETE begins anew
"""

import json
import logging
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from airq_cron import __version__
from airq_cron.errors import ConfigError, InvalidError
from airq_cron.sandbox.answer import Reply, encode, error_body
from airq_cron.sandbox.faults import read_fault
from airq_cron.sandbox.upstream import Sandbox

logger = logging.getLogger(__name__)
LONGEST_BODY = 65_536


class SandboxServer(ThreadingHTTPServer):
    """A sandbox that listens; a context manager that serves until it is left."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """
        Listen on *host* and *port*; 0 takes a free port.

        Raises:
            ConfigError: nothing can listen there.
        """
        self.sandbox = sandbox
        self.address_family = AF_INET6 if ":" in host else AF_INET
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError("--port", f"{host}:{port}: {reason}") from error
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    def server_bind(self) -> None:
        """Bind without asking the resolver for our own name, which can take long."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Log what broke; a client that went away is none of our troubles."""
        error = sys.exception()
        if not isinstance(error, OSError):
            logger.error("an answer to %s broke", client_address, exc_info=error)

    @property
    def url(self) -> str:
        """The base address for clients."""
        host, port = self.server_address[:2]
        shown = host.decode() if isinstance(host, (bytes, bytearray)) else host
        return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; answers under way are given up."""
        self.shutdown()
        self._thread.join()
        self.server_close()

    def __enter__(self) -> Self:
        """Serve."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version = f"airq-sandbox/{__version__}"
    sys_version = ""
    timeout = 30
    wbufsize = -1

    def do_GET(self) -> None:
        sandbox, parts = self.server.sandbox, urlsplit(self.path)
        if parts.path == "/v1/air-quality":
            agent = self.headers.get("User-Agent", "")
            self._send(sandbox.answer(parts.query, agent))
        elif parts.path == "/healthz":
            self._send_json(sandbox.health())
        elif parts.path == "/sandbox/stats":
            self._send_json(sandbox.stats())
        elif parts.path == "/sandbox/faults":
            self._send_faults(200)
        else:
            self._refuse(404, "Not Found")

    def do_POST(self) -> None:
        if urlsplit(self.path).path != "/sandbox/faults":
            self._refuse(404, "Not Found")
            return
        # A web page can post to this port, but not with this type.
        if self.headers.get_content_type() != "application/json":
            self._refuse(415, "Send application/json")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LONGEST_BODY:
            self._refuse(413, f"Send at most {LONGEST_BODY} bytes")
            return
        try:
            fault = read_fault(json.loads(self.rfile.read(int(length))))
        except (ValueError, RecursionError):
            self._refuse(400, "Not JSON")
        except InvalidError as error:
            self._refuse(400, str(error))
        else:
            sandbox = self.server.sandbox
            sandbox.faults.add(fault, sandbox.clock.monotonic())
            self._send_faults(201)

    def do_DELETE(self) -> None:
        sandbox, path = self.server.sandbox, urlsplit(self.path).path
        if path == "/sandbox/faults":
            sandbox.faults.clear()
            self._send_faults(200)
        elif path == "/sandbox/stats":
            sandbox.forget_stats()
            self._send_json(sandbox.stats())
        else:
            self._refuse(404, "Not Found")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        logger.debug(format, *args)

    def _send_faults(self, status: int) -> None:
        sandbox = self.server.sandbox
        items = sandbox.faults.shown(sandbox.clock.monotonic())
        self._send_json({"items": items}, status)

    def _send_json(self, value: Any, status: int = 200) -> None:
        self._send(Reply(status, encode(value), "control"))

    def _refuse(self, status: int, reason: str) -> None:
        self.close_connection = True
        self._send(Reply(status, error_body(reason), "control"))

    def _send(self, reply: Reply) -> None:
        if reply.drop:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body) + reply.cut))
        if reply.outcome == "redirect":
            self.send_header("Location", "http://elsewhere.invalid/v1/air-quality")
        if reply.cut:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not reply.drip_s:
            self.wfile.write(reply.body)
            return
        for byte in reply.body:
            self.server.sandbox.clock.wait(reply.drip_s)
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
