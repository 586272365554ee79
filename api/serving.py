"""The server's worker: no client holds its threads, and it answers in one shape."""

import json
import logging
import socket
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.http.errors import (
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker

from airq_cron.clock import SystemClock
from airq_cron.config import load

from .problem import MEDIA_TYPE, Problem, title_of

LOG = logging.getLogger("airq.api")
CLOCK = SystemClock()
# A request is at most 1 MiB; one that takes longer is stuck, or means ill.
LONGEST_SENDING_S = 10.0
# So long a process that has connections leaves a new one to those that have none.
COURTESY_S = 0.0003
REFUSALS: tuple[tuple[type[Exception], HTTPStatus, str], ...] = (
    (LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG, "too-long"),
    (
        LimitRequestHeaders,
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "headers-too-large",
    ),
    (UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED, "unknown-transfer-coding"),
)


class BoundedWorker(ThreadWorker):  # type: ignore[misc]
    """
    Serve with threads that no client keeps by sending slowly or never.

    Gunicorn waits without a bound for the rest of a request, and leaves slow
    clients to a proxy; eight of them would silence an API that has none.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._served: dict[Any, float] = {}

    def load_wsgi(self) -> None:
        """
        Load the application, unless it would be open to a network in the clear.

        What `--bind` says counts, not what a setting says of it.

        Raises:
            ConfigError: names AIRQ_BEHIND_TLS.
        """
        settings = load()
        for one in self.sockets:
            if one.sock.family != socket.AF_UNIX:
                settings.check_listening(one.sock.getsockname()[0])
        super().load_wsgi()

    def accept(self, listener: Any) -> None:
        """
        Take a new connection, unless another process is freer to.

        All processes are woken, and the first would take all that come at once:
        eight callers of one process got a third of what they get from two.
        """
        if self.nr_conns and self.cfg.workers > 1:
            CLOCK.wait(COURTESY_S)
        super().accept(listener)

    def enqueue_req(self, conn: Any) -> None:
        """Have one request served; its client has so long to send it."""
        self._served[conn] = CLOCK.monotonic()
        super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep or close the connection of a request that was served."""
        self._served.pop(conn, None)
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Close what waits for its first byte, and cut off who sends for too long."""
        super().murder_pending()
        self._cut_off(CLOCK.monotonic())

    def _cut_off(self, at: float) -> None:
        for conn, since in self._served.items():
            if at - since > LONGEST_SENDING_S:
                # Its thread reads what has come, then the end; an answer in the
                # making still gets out.
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Any) -> None:
        """Answer what is not HTTP by a problem; the rest is gunicorn's affair."""
        if not isinstance(exc, ParseException):
            super().handle_error(req, client, addr, exc)
            return
        problem = describe(exc)
        LOG.warning("%s", problem.detail, extra={"action": "not_http"})
        with suppress(OSError):
            client.sendall(written(problem))


def describe(error: ParseException) -> Problem:
    """Return the problem that *error*, found before Flask saw a request, is."""
    for kind, status, slug in REFUSALS:
        if isinstance(error, kind):
            return Problem(status, slug, str(error)[:200])
    return Problem(400, "bad-request", f"this is not HTTP: {error}"[:200])


def written(problem: Problem) -> bytes:
    """Return the answer byte for byte; the connection ends with it."""
    body = json.dumps(problem.body()).encode() + b"\n"
    head = (
        f"HTTP/1.1 {int(problem.status)} {title_of(problem.status)}\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
