"""Two hundred answers that are wrong in some way, from the wire to the tables."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from airq_cron.domain.pollutant import from_micros
from airq_cron.providers.http import Limits
from airq_cron.providers.open_meteo_body import VARIABLES
from airq_cron.providers.registry import Wiring, make_provider
from airq_cron.services.ingest import Fetched, fetch_readings, store_fetched
from airq_cron.services.seed import PARIS
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests.contract.conftest import RawServer, Serve, whole

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACE = replace(PARIS, providers=("open-meteo",))
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
ODD: list[Any] = [
    None, True, "x", "12.5", [], {}, [1], {"a": 1}, -999, -9999, 9999, 1e308,
    10**40, 0.1 + 0.2, -0.0, "NaN", "\u0000",
]  # fmt: skip


def body() -> dict[str, Any]:
    """Give a day of hours as the upstream writes it."""
    first = int((NOW - 24 * HOUR).replace(minute=0).timestamp())
    hourly: dict[str, Any] = {"time": [first + 3600 * n for n in range(25)]}
    units: dict[str, Any] = {"time": "unixtime"}
    for number, name in enumerate(VARIABLES.values()):
        hourly[name] = [round(7.3 + number + n / 10, 1) for n in range(25)]
        units[name] = "μg/m³"
    return {
        "latitude": 48.8,
        "longitude": 2.3,
        "utc_offset_seconds": 0,
        "hourly_units": units,
        "hourly": hourly,
    }


def cut(draw: random.Random) -> bytes:
    """Break it off anywhere, also within a character."""
    text = json.dumps(body(), ensure_ascii=False).encode()
    return text[: draw.randrange(len(text))]


def replaced(draw: random.Random) -> bytes:
    """Put something odd in the place of a value."""
    document = body()
    held: Any = draw.choice(
        [
            document,
            *(document[name] for name in ("hourly", "hourly_units")),
            *document["hourly"].values(),
        ]
    )
    key = draw.choice(list(held) if isinstance(held, dict) else list(range(len(held))))
    held[key] = draw.choice(ODD)
    return json.dumps(document).encode()


def flipped(draw: random.Random) -> bytes:
    """Change some bytes."""
    text = bytearray(json.dumps(body(), ensure_ascii=False).encode())
    for _ in range(draw.randrange(1, 6)):
        text[draw.randrange(len(text))] = draw.randrange(256)
    return bytes(text)


def strange(draw: random.Random) -> bytes:
    """Answer something that is no answer."""
    deep = b"[" * 100_000 + b"]" * 100_000
    return draw.choice(
        [deep, b"", b"null", b"[]", b"{}", b"\xff\xfe\x00", b"<html>", b'{"hourly":',
         b'{"a":' * 5000, b"9" * 100_000, b'"' + b"x" * 100_000 + b'"', b"nan"]
    )  # fmt: skip


KINDS: list[Callable[[random.Random], bytes]] = [cut, replaced, flipped, strange]


def ask(store: SqlStore, server: RawServer, limits: Limits | None = None) -> Fetched:
    """Fetch once, and store what came."""
    wiring = Wiring(base_url=server.url, clock=FakeClock(NOW), limits=limits)
    provider = make_provider("open-meteo", wiring)
    fetched = fetch_readings(store, {"open-meteo": provider}, [PLACE], NOW)
    store.write(store_fetched(store, fetched))
    store.write(lambda unit: unit.locations.forget_fetch("open-meteo"))
    return fetched


def stored(store: SqlStore) -> set[Decimal]:
    """Take all values out of the store."""
    with store.read() as unit:
        rows = unit.measurements.hours("paris", "open-meteo", NOW - 999 * HOUR, NOW)
    store.write(lambda unit: unit.locations.clear("paris", limit=9999))
    return {from_micros(row.micros) for row in rows}


@pytest.fixture(autouse=True)
def paris(store: SqlStore) -> None:
    """Give every test a place."""
    store.write(lambda unit: unit.locations.add(PLACE))


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_stored_that_was_not_in_the_body(
    store: SqlStore, serve: Serve, seed: int
) -> None:
    """Fifty bodies each: no crash, and every stored value stands in its body."""
    draw = random.Random(seed)
    bodies = [KINDS[seed](draw) for _ in range(50)]
    server = serve(*[whole(one) for one in bodies])
    errors = set()
    for sent in bodies:
        fetched = ask(store, server)
        errors.add(type(fetched.error).__name__)
        text = sent.decode("utf-8", "replace")
        said = {Decimal(one) for one in NUMBER.findall(text) if len(one) < 400}
        assert stored(store) <= {round(one, 6) for one in said if abs(one) < 10**9}

    assert len(bodies) == len(server.requests)
    assert errors <= {"MalformedError", "TransientError", "NoneType"}
    assert "MalformedError" in errors


def test_fifty_megabytes_are_cut_off(store: SqlStore, serve: Serve) -> None:
    """And nothing of them is stored."""
    server = serve(whole(b'{"hourly": "' + b"x" * 50_000_000))
    fetched = ask(store, server)

    assert "malformed" == getattr(fetched.error, "outcome", None)
    assert set() == stored(store)


def test_a_slow_drip_is_cut_off(store: SqlStore, serve: Serve) -> None:
    """After the whole time a call may take."""
    head = b"HTTP/1.1 200 X\r\nContent-Length: 9999\r\n\r\n"
    pieces: list[bytes | float | None] = [head]
    for _ in range(100):
        pieces += [b"{", 0.05]
    fetched = ask(store, serve(pieces), Limits(total_s=0.5))

    assert "transient" == getattr(fetched.error, "outcome", None)
    assert set() == stored(store)
