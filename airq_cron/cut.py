"""Ends a call when its time is over, however slowly the other side drips."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from airq_cron.clock import SystemClock

Watch = Callable[[socket.socket], None]
# Host, port and the seconds it may take; returns a connected socket.
Connect = Callable[[str, int, float | None], socket.socket]


class _Watchdog:
    """
    Fires cuts whose time is over, by one thread for a whole process.

    A thread for each call took a third of its processor time, where many are under
    way. This one ends when it finds no call at the end of its wait.
    """

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._due: dict[Cut, float] = {}
        self._wakes_at_s: float | None = None

    def add(self, cut: "Cut", at_s: float) -> None:
        with self._turn:
            self._due[cut] = at_s
            if self._wakes_at_s is None:
                self._wakes_at_s = at_s
                threading.Thread(target=self._run, name="cut", daemon=True).start()
            elif at_s < self._wakes_at_s:
                self._wakes_at_s = at_s
                self._turn.notify()

    def remove(self, cut: "Cut") -> None:
        with self._turn:
            self._due.pop(cut, None)

    def _run(self) -> None:
        with self._turn:
            while self._due:
                self._wakes_at_s = min(self._due.values())
                now_s = CLOCK.monotonic()
                if now_s < self._wakes_at_s:
                    self._turn.wait(self._wakes_at_s - now_s)
                    continue
                for cut in [one for one, at_s in self._due.items() if at_s <= now_s]:
                    del self._due[cut]
                    cut.fire()
            self._wakes_at_s = None


CLOCK = SystemClock()
WATCHDOG = _Watchdog()
# A thread does not live on in a child.
os.register_at_fork(after_in_child=WATCHDOG.__init__)  # type: ignore[misc]


class Cut:
    """
    Shuts the sockets of one call when its time is over.

    The timeouts of requests bound each silence only: a server that sends one byte
    a second would hold the call for ever.

    Attributes:
        fired: whether the time was over.
    """

    def __init__(self) -> None:
        """Watch nothing yet."""
        self.fired = False
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()

    def watch(self, line: socket.socket) -> None:
        """Shut *line* too when the time is over."""
        # A duplicate stays ours when TLS takes the socket over or http closes it.
        copy = socket.socket(fileno=os.dup(line.fileno()))
        with self._lock:
            self._lines.append(copy)
            if self.fired:
                _shut(copy)

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """Let what is inside last *seconds* at most."""
        WATCHDOG.add(self, CLOCK.monotonic() + seconds)
        try:
            yield
        finally:
            WATCHDOG.remove(self)
            with self._lock:
                for line in self._lines:
                    line.close()
                self._lines.clear()

    def fire(self) -> None:
        """Shut what is watched, and what will be."""
        with self._lock:
            self.fired = True
            for line in self._lines:
                _shut(line)


def _shut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


class _WatchedConnection(HTTPConnection):
    """Reports the socket of every request, new or kept."""

    def __init__(
        self, *args: Any, watch: Watch, connect: Connect | None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._report = watch
        self._connect_by = connect

    def _new_conn(self) -> socket.socket:
        if self._connect_by is None:
            line = super()._new_conn()
        else:
            # The name stays that of the host: for Host, SNI and the certificate.
            line = self._connect_by(self.host, self.port or 0, self.timeout)
        self._report(line)
        return line

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is not None:
            self._report(self.sock)
        super().request(*args, **options)


class _WatchedTlsConnection(_WatchedConnection, HTTPSConnection):
    """The same under TLS."""


class WatchedAdapter(HTTPAdapter):
    """Makes connections that report their sockets."""

    def __init__(
        self, watch: Watch, connect: Connect | None = None, *, at_once: int = 1
    ) -> None:
        """
        Call *watch* with the socket of every request, in the thread that makes it.

        Args:
            connect: opens the connections, instead of the library.
            at_once: how many connections are kept.
        """
        super().__init__(pool_connections=1, pool_maxsize=at_once)
        self._report = watch
        self._connect = connect

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        """Return a pool that makes such connections."""
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        watched = (
            _WatchedTlsConnection if pool.scheme == "https" else _WatchedConnection
        )
        pool.ConnectionCls = partial(watched, watch=self._report, connect=self._connect)
        return pool
