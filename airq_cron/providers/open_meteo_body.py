"""Reads the body of an Open-Meteo answer; anything odd in it is a MalformedError."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from airq_cron.domain.measurement import Reading
from airq_cron.domain.pollutant import Pollutant, Unit, parse_unit
from airq_cron.errors import MalformedError
from airq_cron.providers.json_body import member, number, parse_json, short

VARIABLES: Mapping[Pollutant, str] = {
    Pollutant.PM2_5: "pm2_5",
    Pollutant.PM10: "pm10",
    Pollutant.O3: "ozone",
    Pollutant.NO2: "nitrogen_dioxide",
    Pollutant.SO2: "sulphur_dioxide",
    Pollutant.CO: "carbon_monoxide",
}
# Outside these a stamp is milliseconds, local time in disguise, or rubbish.
EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
HOUR_S = 3600


def read_elements(body: bytes, count: int) -> list[list[Reading]]:
    """
    Return the readings of each of *count* locations, in the order asked.

    Elements belong to locations by their position: the coordinates in them are
    those of the grid cell. A null gives a reading without a value, a variable
    that is not there gives none.

    Raises:
        MalformedError: it is not such an answer, whole and consistent.
    """
    value = parse_json(body)
    if isinstance(value, dict) and value.get("error") is True:
        raise MalformedError(f"an error as data: {short(value.get('reason'))}")
    elements = value if isinstance(value, list) else [value]
    if len(elements) != count:
        raise MalformedError(f"{len(elements)} elements for {count} locations")
    return [
        _read_element(element, f"element {index}")
        for index, element in enumerate(elements)
    ]


def _read_element(element: Any, where: str) -> list[Reading]:
    hourly = member(element, "hourly", dict, where)
    units = member(element, "hourly_units", dict, where)
    times = _read_times(element, hourly, units, where)
    readings: list[Reading] = []
    for pollutant, variable in VARIABLES.items():
        if variable not in hourly:
            continue
        values = member(hourly, variable, list, where)
        if len(values) != len(times):
            raise MalformedError(
                f"{where}: {len(values)} values of {variable} for {len(times)} hours"
            )
        # Where the model does not reach, its unit is "undefined" and all is null.
        if any(value is not None for value in values):
            unit = _read_unit(units, variable, where)
            readings += [
                Reading(pollutant, at, number(value, variable, where), unit)
                for at, value in zip(times, values, strict=True)
            ]
    return readings


def _read_times(
    element: dict[str, Any], hourly: dict[str, Any], units: dict[str, Any], where: str
) -> list[datetime]:
    stamps = member(hourly, "time", list, where)
    form = units.get("time")
    if form == "unixtime":
        seconds = [stamp if type(stamp) is int else None for stamp in stamps]
    elif form == "iso8601":
        # The offset is that of the whole answer, on both sides of a clock change.
        offset = member(element, "utc_offset_seconds", int, where)
        seconds = [_local_seconds(stamp, offset) for stamp in stamps]
    else:
        raise MalformedError(f"{where}: times in {short(form)}")
    before = EARLIEST - 1
    times: list[datetime] = []
    for stamp, second in zip(stamps, seconds, strict=True):
        if second is None or second % HOUR_S or not before < second < LATEST:
            raise MalformedError(f"{where}: absurd time {short(stamp)}")
        before = second
        times.append(datetime.fromtimestamp(second, UTC))
    return times


def _local_seconds(stamp: Any, offset: int) -> int | None:
    try:
        local = datetime.fromisoformat(stamp)
        return (
            None
            if local.tzinfo
            else int(local.replace(tzinfo=UTC).timestamp()) - offset
        )
    except (TypeError, ValueError):
        return None


def _read_unit(units: dict[str, Any], variable: str, where: str) -> Unit:
    text = units.get(variable)
    unit = parse_unit(text) if isinstance(text, str) else None
    if unit is None:
        raise MalformedError(f"{where}: {variable} in {short(text)}")
    return unit
