"""
The long form of OpenAQ: one line a value, several stations in a file.

    city,country,date.utc,location,parameter,value,unit
    Paris,FR,2019-06-21 00:00:00+00:00,FR04014,no2,20.0,µg/m³

`date.utc` is the END of the hour: 03:00 holds 02:00 to 02:59. The unit stands in
each line; gases of stations in the United States come in ppm.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import ClassVar

from airq_cron.domain.measurement import Origin, Reading
from airq_cron.domain.pollutant import Pollutant
from airq_cron.providers.csv_line import (
    BAD_TIME,
    BAD_UNIT,
    UNKNOWN_POLLUTANT,
    WRONG_COLUMNS,
    cell_unit,
    parse_number,
    shift,
)

NEEDED = ("date.utc", "location", "parameter", "value")
UNITS = ("unit", "unit.")
PARAMETERS = {
    "pm25": Pollutant.PM2_5,
    "pm10": Pollutant.PM10,
    "no2": Pollutant.NO2,
    "o3": Pollutant.O3,
    "so2": Pollutant.SO2,
    "co": Pollutant.CO,
}
NOT_UTC = "time not in UTC"
NOT_FULL_HOUR = "not on the full hour"
HOUR = timedelta(hours=1)

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:([0-9]{2}:[0-9]{2}))"
    r"(?:\.0{1,9})?(Z|[-+][0-9]{2}:[0-9]{2})?"
)


class OpenAqForm:
    """Reads the lines of one OpenAQ file."""

    id: ClassVar[str] = "openaq"
    attribution: ClassVar[str] = "OpenAQ - openaq.org, and the source it names"
    origin: ClassVar[Origin] = Origin.MEASURED
    hours: ClassVar[str] = "instant of the end of the hour, UTC"
    separator: ClassVar[str] = ","
    prelude: ClassVar[int] = 0
    example: ClassVar[str] = "city,country,date.utc,location,parameter,value,unit"
    names_station: ClassVar[bool] = True

    @classmethod
    def recognises(cls, header: Sequence[str]) -> bool:
        """Tell whether *header* has each needed column once, and one unit."""
        return (
            all(header.count(name) == 1 for name in NEEDED)
            and sum(header.count(name) for name in UNITS) == 1
        )

    def __init__(
        self,
        header: Sequence[str],
        prelude: Sequence[Sequence[str]] = (),  # noqa: ARG002
    ) -> None:
        """Take the place of each column from *header*."""
        self._width = len(header)
        self._time, self._station, self._parameter, self._value = (
            header.index(name) for name in NEEDED
        )
        self._unit = next(place for place, name in enumerate(header) if name in UNITS)

    def station(self, cells: Sequence[str]) -> str | None:
        """Return the name in the column `location`."""
        return cells[self._station] if len(cells) == self._width else None

    def read(self, cells: Sequence[str]) -> Sequence[Reading | str]:
        """Return the reading of a line, or the reason of its refusal."""
        if len(cells) != self._width:
            return (WRONG_COLUMNS,)
        if isinstance(valid_from := _hour_ending(cells[self._time]), str):
            return (valid_from,)
        if (pollutant := PARAMETERS.get(cells[self._parameter])) is None:
            return (UNKNOWN_POLLUTANT,)
        if (unit := cell_unit(cells[self._unit])) is None:
            return (BAD_UNIT,)
        if isinstance(value := parse_number(cells[self._value]), str):
            return (value,)
        return (Reading(pollutant, valid_from, value, unit),)


@lru_cache(maxsize=1024)
def _hour_ending(text: str) -> datetime | str:
    """Return the begin of the hour that ends at *text*, or why there is none."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        return BAD_TIME
    if found[3] not in {"Z", "+00:00"}:
        return NOT_UTC
    try:
        end = datetime.fromisoformat(f"{found[1]}+00:00")
    except ValueError:
        return BAD_TIME
    if found[2] != "00:00":
        return NOT_FULL_HOUR
    return shift(end, -HOUR) or BAD_TIME
