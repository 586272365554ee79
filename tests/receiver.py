"""A server on this machine that receives what channels send."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """One request: names of *headers* in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """
    Answers every request, and keeps it.

    Attributes:
        status, headers, said: what it answers from now on.
        received: the requests so far.
    """

    def __init__(self) -> None:
        """Listen on a free port of this machine."""
        self.status = 200
        self.headers: dict[str, str] = {}
        self.said = b""
        self.received: list[Received] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                size = int(self.headers.get("content-length") or 0)
                names = {name.lower(): text for name, text in self.headers.items()}
                outer.received.append(
                    Received(self.command, self.path, names, self.rfile.read(size))
                )
                self.send_response(outer.status)
                for name, text in outer.headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(outer.said)))
                self.end_headers()
                self.wfile.write(outer.said)

            do_GET = do_POST = _take  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None:
                return

        return Handler
