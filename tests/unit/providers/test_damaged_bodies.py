"""Bodies of OpenAQ and IQAir, damaged in hundreds of ways: read as sent, or refused."""

import json
import random
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import MalformedError, PermanentLocationError
from airq_cron.providers.http import Answer
from airq_cron.providers.iqair_body import read_city
from airq_cron.providers.iqair_refusal import refusal as iqair_refusal
from airq_cron.providers.openaq_body import read_hours, read_stations
from airq_cron.providers.openaq_refusal import refusal as openaq_refusal
from airq_cron.providers.openaq_station import Sensor
from airq_cron.testing import START

FIXTURES = Path(__file__).parents[2] / "fixtures"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
BODIES = 200
DEEP = b"[" * 100_000
ODD: list[Any] = [
    None, True, "x", "12.5", "", [], {}, [1], {"a": 1}, -999, 1e308, 10**40, -0.0,
    "NaN", "\u0000", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", 2**63,
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every holder in a document with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def damaged(text: bytes, draw: random.Random) -> bytes:
    """Cut it, change bytes, put something odd in a place, or take one away."""
    kind = draw.randrange(5)
    if kind == 0:
        return text[: draw.randrange(len(text))]
    if kind == 1:
        changed = bytearray(text)
        for _ in range(draw.randrange(1, 6)):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        return bytes(changed)
    document = json.loads(text)
    holder, key = draw.choice(list(places(document)))
    if kind == 2:
        del holder[key]
    elif kind == 3:
        holder[key] = draw.choice(ODD)
    else:
        return json.dumps(document).encode().replace(b"[", DEEP, 1)
    return json.dumps(document).encode()


def hours_of(body: bytes) -> list[Decimal]:
    """Return the values of a page of hours."""
    sensor = Sensor(101, Pollutant.NO2, Unit.UG_M3)
    read = read_hours(body, sensor).readings
    return [one.value for one in read if one.value is not None]


def stations_of(body: bytes) -> list[Decimal]:
    """Return the numbers that are taken from stations: where they stand."""
    return [part for one in read_stations(body) for part in one.at or ()]


def city_of(body: bytes) -> list[Decimal]:
    """Return the indices of a city."""
    return [Decimal(value) for value, _ in read_city(body).indices.values()]


READERS: list[tuple[str, Callable[[bytes], list[Decimal]]]] = [
    ("openaq/hours_spellings.json", hours_of),
    ("openaq/hours_null.json", hours_of),
    ("openaq/locations.json", stations_of),
    ("iqair/city.json", city_of),
    ("iqair/city_paid.json", city_of),
]


@pytest.mark.parametrize(("name", "read"), READERS, ids=[name for name, _ in READERS])
def test_only_what_was_sent_is_read(
    name: str, read: Callable[[bytes], list[Decimal]]
) -> None:
    """Two hundred bodies each: numbers that stand in it, or an error of the body."""
    text, draw, refused = (FIXTURES / name).read_bytes(), random.Random(name), 0
    for _ in range(BODIES):
        body = damaged(text, draw)
        try:
            found = read(body)
        except (MalformedError, PermanentLocationError):
            refused += 1
            continue
        sent = NUMBER.findall(body.decode(errors="replace"))
        assert set(found) <= {Decimal(one) for one in sent if len(one) < 400}

    assert 0 < refused < BODIES


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 408, 429, 500, 503])
def test_a_damaged_refusal_is_still_an_outcome(status: int) -> None:
    """Whatever stands in the body, the status decides; nothing is raised."""
    draw = random.Random(status)
    texts = (FIXTURES / "iqair/refusals.json", FIXTURES / "openaq/refusals.json")
    for text in [one.read_bytes() for one in texts] * 20:
        answer = Answer(status, {"retry-after": "x" * 9}, damaged(text, draw))
        openaq = openaq_refusal(answer, host="h", at=START, salt="")
        iqair = iqair_refusal(answer, host="h", at=START, salt="")

        assert openaq.outcome in OUTCOMES
        assert iqair is None or iqair.outcome in OUTCOMES


OUTCOMES = {
    "quota", "transient", "malformed", "permanent_location", "permanent_provider",
}  # fmt: skip
