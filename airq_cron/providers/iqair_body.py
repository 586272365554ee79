"""Reads the body of an IQAir answer; anything odd in it is a MalformedError."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.reported import index_refusal
from airq_cron.errors import MalformedError
from airq_cron.providers.json_body import member, number, parse_json, printable, short

# The index, and the pollutant that gives it, by the words of the answer.
SCHEMES = {"aqius": "mainus", "aqicn": "maincn"}
CODES = {
    "p2": Pollutant.PM2_5,
    "p1": Pollutant.PM10,
    "o3": Pollutant.O3,
    "n2": Pollutant.NO2,
    "s2": Pollutant.SO2,
    "co": Pollutant.CO,
}
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class City:
    """
    What IQAir says of one city.

    Attributes:
        at: latitude and longitude, in that order; None when it gives none.
        valid_at: of the index; that of the weather is another one.
        indices: value and main pollutant by the scheme's name.
    """

    name: str
    at: tuple[Decimal, Decimal] | None
    valid_at: datetime
    indices: dict[str, tuple[int, Pollutant | None]]


def message_of(body: bytes) -> str | None:
    """
    Return the message of an answer that says `fail`, in lower case, else None.

    Raises:
        MalformedError: it is not JSON, or no such answer at all.
    """
    value = parse_json(body)
    if member(value, "status", str, "answer") == "success":
        return None
    data = value.get("data")
    text = data.get("message") if isinstance(data, dict) else None
    return printable(text, LONGEST_NAME).lower() if isinstance(text, str) else ""


def read_city(body: bytes) -> City:
    """
    Return the city of a successful answer.

    Raises:
        MalformedError: it is not such an answer, or holds no index.
    """
    data = member(parse_json(body), "data", dict, "answer")
    current = member(data, "current", dict, "data")
    pollution = member(current, "pollution", dict, "current")
    indices = {
        scheme: (value, CODES.get(str(pollution.get(main))))
        for scheme, main in SCHEMES.items()
        if (value := _index(pollution, scheme)) is not None
    }
    if not indices:
        raise MalformedError("pollution: no index")
    words = [data.get(name) for name in ("city", "state", "country")]
    name = ", ".join(word for word in words if isinstance(word, str) and word)
    return City(
        name=printable(name, LONGEST_NAME),
        at=_coordinates(data.get("location")),
        valid_at=_instant(member(pollution, "ts", str, "pollution")),
        indices=indices,
    )


def _index(pollution: dict[str, Any], scheme: str) -> int | None:
    value = pollution.get(scheme)
    if value is None:
        return None
    if (reason := index_refusal(value)) is not None:
        raise MalformedError(f"{scheme} holds {short(value)}: {reason}")
    return int(value)


def _coordinates(value: Any) -> tuple[Decimal, Decimal] | None:
    """Turn GeoJSON, which has the longitude first, into latitude and longitude."""
    if not isinstance(value, dict):
        return None
    pair = member(value, "coordinates", list, "location")
    if len(pair) < 2:
        raise MalformedError("location: no pair of coordinates")
    lon, lat = (number(one, "coordinates", "location") for one in pair[:2])
    if lat is None or lon is None:
        return None
    if abs(lat) > 90 or abs(lon) > 180:
        raise MalformedError(f"location: no place on earth: {lat}, {lon}")
    return lat, lon


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise MalformedError(f"pollution: absurd time {short(text)}")
