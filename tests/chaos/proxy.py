"""A TCP proxy before the broker: it loses replies on the wire, and goes silent."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from airq_cron.cli.addresses import free_port

# A worker asks for its next message so, and is answered with two values.
ASKS = b"\r\nBRPOP\r\n"
MESSAGE = b"*2\r\n"


class _Side(asyncio.Protocol):
    """One end of a connection through the proxy."""

    def __init__(self, proxy: "BrokerProxy", peer: "_Side | None" = None) -> None:
        self.proxy = proxy
        self.peer = peer
        self.transport: asyncio.Transport | None = None
        self.asked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.proxy.sides.add(self)
        if self.peer is None:
            transport.pause_reading()
            task = asyncio.ensure_future(self._reach_broker())
            self.proxy.tasks.add(task)
            task.add_done_callback(self.proxy.tasks.discard)
        else:
            self.peer.peer = self

    async def _reach_broker(self) -> None:
        await self.proxy.talks.wait()
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(
                lambda: _Side(self.proxy, peer=self), "127.0.0.1", self.proxy.target
            )
        except OSError:
            self.drop()
            return
        self.read(on=self.proxy.talks.is_set())

    def data_received(self, data: bytes) -> None:
        if self.peer is not None:
            self.proxy.forward(self, self.peer, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.proxy.sides.discard(self)
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.close()

    def read(self, *, on: bool) -> None:
        """Listen to this end, or leave what it says in the network."""
        if self.transport is None or self.transport.is_closing():
            return
        if on:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def drop(self) -> None:
        """Reset this end's connection."""
        if self.transport is not None:
            self.transport.abort()


class BrokerProxy:
    """
    Forwards one port to another, in a thread of its own.

    What a fault takes away is taken on the wire: the broker has handed out the
    message, and nobody has received it.

    Attributes:
        lost: replies that were dropped with their connection.
    """

    def __init__(self, target: int) -> None:
        """Stand before the port *target* of this machine."""
        self.target = target
        self.port = free_port()
        self.lost = 0
        self.sides: set[_Side] = set()
        self.tasks: set[asyncio.Future[None]] = set()
        self._to_lose = 0
        self._loop = asyncio.new_event_loop()
        self.talks = asyncio.Event()
        self.talks.set()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="broker-proxy", daemon=True
        )

    @property
    def url(self) -> str:
        """The broker's address, through the proxy."""
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        """Start to forward."""
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Side(self), "127.0.0.1", self.port)
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def lose_replies(self, count: int) -> None:
        """Drop the next *count* messages on their way to a worker."""
        self._do(lambda: setattr(self, "_to_lose", count))

    def fall_silent(self) -> None:
        """Forward nothing in either direction; connections stay open."""
        self._do(lambda: self._talk(on=False))

    def speak_again(self) -> None:
        """Forward what has gathered meanwhile, and go on."""
        self._do(lambda: self._talk(on=True))

    def forward(self, source: _Side, sink: _Side, data: bytes) -> None:
        """Hand on what *source* said, unless it is a message to be lost."""
        if ASKS in data:
            source.asked = True
        elif sink.asked:
            sink.asked = False
            if self._to_lose and data.startswith(MESSAGE):
                self._to_lose -= 1
                self.lost += 1
                source.drop()
                sink.drop()
                return
        if sink.transport is not None:
            sink.transport.write(data)

    def _talk(self, *, on: bool) -> None:
        if on:
            self.talks.set()
        else:
            self.talks.clear()
        for side in list(self.sides):
            # An end whose other end is not there yet is read later.
            if side.peer is not None:
                side.read(on=on)

    def _end(self) -> None:
        self._server.close()
        for task in self.tasks:
            task.cancel()
        for side in list(self.sides):
            side.drop()

    def _do(self, work: Callable[[], object]) -> None:
        """Have *work* done by the proxy's thread, and wait for it."""
        done = threading.Event()

        def do() -> None:
            with suppress(RuntimeError):
                work()
            done.set()

        self._loop.call_soon_threadsafe(do)
        done.wait(5.0)
