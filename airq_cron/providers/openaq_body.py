"""Reads the bodies of OpenAQ v3; anything odd in them is a MalformedError."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from airq_cron.domain.measurement import Reading
from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.domain.pollutant import parse_unit
from airq_cron.errors import MalformedError, PermanentLocationError
from airq_cron.providers.json_body import member, number, parse_json, printable, short
from airq_cron.providers.openaq_csv import PARAMETERS
from airq_cron.providers.openaq_station import Sensor, Station

LONGEST_NAME = 200


class Page(NamedTuple):
    """
    Some hours of one sensor.

    Attributes:
        size: how many results there were, those without a value too.
    """

    readings: list[Reading]
    size: int


def read_stations(body: bytes) -> list[Station]:
    """
    Return the stations of an answer of `/v3/locations`.

    Of their sensors only those remain that measure a pollutant of ours in a unit
    that we know; OpenAQ has temperatures and counts of particles, too.

    Raises:
        MalformedError: it is not such an answer.
    """
    return [
        _station(one, f"location {index}") for index, one in enumerate(_results(body))
    ]


def read_hours(body: bytes, sensor: Sensor) -> Page:
    """
    Return one page of an answer of `/v3/sensors/{id}/hours`.

    OpenAQ labels an hour with its end: what is called 03:00 began at 02:00. The
    count in `meta.found` is not looked at, for it can be the text `>1000`.

    Raises:
        MalformedError: it is not such an answer.
        PermanentLocationError: the station's hours do not begin with ours.
    """
    results = _results(body)
    readings = [
        _reading(one, sensor, f"hour {index}") for index, one in enumerate(results)
    ]
    return Page(readings, len(results))


def _results(body: bytes) -> list[Any]:
    return member(parse_json(body), "results", list, "answer")


def _station(value: Any, where: str) -> Station:
    sensors = [
        _sensor(one, f"{where}, sensor {index}")
        for index, one in enumerate(member(value, "sensors", list, where))
    ]
    return Station(
        id=member(value, "id", int, where),
        name=_text(value.get("name")),
        at=_coordinates(value.get("coordinates"), where),
        is_reference=value.get("isMonitor") is True and value.get("isMobile") is False,
        first_at=_instant(value.get("datetimeFirst"), where),
        last_at=_instant(value.get("datetimeLast"), where),
        sensors=tuple(one for one in sensors if one is not None),
        attribution=_attribution(value),
        licence=", ".join(_licences(value)),
    )


def _sensor(value: Any, where: str) -> Sensor | None:
    number_of_it = member(value, "id", int, where)
    parameter = member(value, "parameter", dict, where)
    pollutant = PARAMETERS.get(_text(parameter.get("name")))
    unit = parse_unit(_text(parameter.get("units")))
    if pollutant is None or unit is None:
        return None
    return Sensor(number_of_it, pollutant, unit)


def _coordinates(value: Any, where: str) -> tuple[Decimal, Decimal] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise MalformedError(f"{where}: coordinates hold {short(value)}")
    lat = number(value.get("latitude"), "latitude", where)
    lon = number(value.get("longitude"), "longitude", where)
    if lat is None or lon is None:
        return None
    if abs(lat) > 90 or abs(lon) > 180:
        raise MalformedError(f"{where}: no place on earth: {lat}, {lon}")
    return lat, lon


def _instant(value: Any, where: str) -> datetime | None:
    """Return an instant, which may be written `Z` or `+00:00`."""
    if value is None:
        return None
    text = member(value, "utc", str, where)
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise MalformedError(f"{where}: absurd time {short(text)}")


def _reading(value: Any, sensor: Sensor, where: str) -> Reading:
    period = member(value, "period", dict, where)
    begin = _instant(period.get("datetimeFrom"), where)
    end = _instant(period.get("datetimeTo"), where)
    if begin is None or end is None or end - begin != HOUR:
        raise MalformedError(f"{where}: not one hour")
    if begin != floor_hour(begin):
        raise PermanentLocationError(
            f"the hours of sensor {sensor.id} begin at minute {begin.minute}, not at 0"
        )
    parameter = value.get("parameter")
    # The unit stands in each hour too; the sensor's was another one before.
    text = parameter.get("units") if isinstance(parameter, dict) else None
    unit = sensor.unit if text is None else parse_unit(_text(text))
    if unit is None:
        raise MalformedError(f"{where}: {sensor.pollutant} in {short(text)}")
    amount = number(value.get("value"), "value", where)
    return Reading(sensor.pollutant, begin, amount, unit)


def _attribution(value: dict[str, Any]) -> str:
    """Name the owner, the network, and whom the licences want named; each once."""
    names = [_named(value.get("owner")), _named(value.get("provider"))]
    names += [
        _named(licence.get("attribution"))
        for licence in _list(value.get("licenses"))
        if isinstance(licence, dict)
    ]
    return "; ".join(dict.fromkeys(name for name in names if name))


def _licences(value: dict[str, Any]) -> list[str]:
    names = [_named(one) for one in _list(value.get("licenses"))]
    return list(dict.fromkeys(name for name in names if name))


def _named(value: Any) -> str:
    return _text(value.get("name")) if isinstance(value, dict) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return printable(value.strip(), LONGEST_NAME) if isinstance(value, str) else ""
