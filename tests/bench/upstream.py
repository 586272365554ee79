"""
An upstream that speaks as Open-Meteo does and costs next to nothing.

Every place has the same six values of the hour under way. Called as a module:

    python -m tests.bench.upstream PORT LATENCY_MS BYTES_A_PLACE
"""

import asyncio
import json
import sys
from functools import partial
from typing import Any

from airq_cron.clock import SystemClock
from airq_cron.domain.pollutant import Pollutant
from airq_cron.providers.open_meteo_body import HOUR_S, VARIABLES

CLOCK = SystemClock()
END = b"\r\n\r\n"
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


def element(hour_s: int, size: int) -> str:
    """Return what is said of one place, *size* bytes long or longer."""
    names = list(VARIABLES.values())
    found: dict[str, Any] = {
        "latitude": 48.8,
        "longitude": 2.3,
        "utc_offset_seconds": 0,
        "hourly_units": {"time": "unixtime"} | dict.fromkeys(names, "μg/m³"),
        "hourly": {"time": [hour_s]}
        | {name: [round(3.7 + number, 1)] for number, name in enumerate(names)},
        "padding": "",
    }
    text = json.dumps(found, ensure_ascii=False)
    found["padding"] = "x" * (size - len(text.encode()))
    return json.dumps(found, ensure_ascii=False)


def answer(places: int, size: int) -> bytes:
    """Return a whole answer about so many places, of the present hour."""
    hour_s = int(CLOCK.now().timestamp()) // HOUR_S * HOUR_S
    one = element(hour_s, size)
    body = (one if places == 1 else f"[{','.join([one] * places)}]").encode()
    return HEAD.format(len(body)).encode() + body


class Line(asyncio.Protocol):
    """One connection, kept for as many questions as the client likes."""

    def __init__(self, latency_s: float, size: int) -> None:
        """Answer so late, and so much for each place."""
        self._latency_s = latency_s
        self._size = size
        self._received = b""
        self._answers: dict[int, bytes] = {}

    def connection_made(self, transport: Any) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each question that is whole, after the latency."""
        *questions, self._received = (self._received + data).split(END)
        loop = asyncio.get_running_loop()
        for question in questions:
            target = question.partition(b"\r\n")[0]
            places = target.partition(b"&longitude")[0].count(b",") + 1
            if places not in self._answers:
                self._answers[places] = answer(places, self._size)
            loop.call_later(
                self._latency_s, self._transport.write, self._answers[places]
            )


async def serve(port: int, latency_ms: float, size: int) -> None:
    """Answer until the process is ended."""
    assert len(Pollutant) == len(VARIABLES)
    make = partial(Line, latency_ms / 1000, size)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", port, backlog=1000)
    print("answering", flush=True)  # noqa: T201 - who started it waits for it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
