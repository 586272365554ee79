"""
The centre file of Airparif: Paris, hourly, one column a pollutant.

    date;heure;PM25;PM10;NO2;O3;CO
    ;;microg/m3;microg/m3;microg/m3;microg/m3;microg/m3
    21/07/2011;1;n/d;7;12;n/d;n/d

`heure` h is the hour ENDING at h o'clock UTC, all year: each change of summer time
has 24 rows, and the rush hour of NO2 moves by one hour in summer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from airq_cron.domain.measurement import Origin, Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import ImportFileError
from airq_cron.providers.csv_line import (
    BAD_TIME,
    UNKNOWN_POLLUTANT,
    WRONG_COLUMNS,
    cell_unit,
    midnight,
    parse_number,
    shift,
)

COLUMNS = {
    "PM25": Pollutant.PM2_5,
    "PM10": Pollutant.PM10,
    "NO2": Pollutant.NO2,
    "O3": Pollutant.O3,
    "SO2": Pollutant.SO2,
    "CO": Pollutant.CO,
}
BEGINS = {str(hour): timedelta(hours=hour - 1) for hour in range(1, 25)}


class AirparifForm:
    """Reads the lines of one Airparif file."""

    id: ClassVar[str] = "airparif"
    attribution: ClassVar[str] = "Airparif - www.airparif.fr, ODbL"
    origin: ClassVar[Origin] = Origin.MEASURED
    hours: ClassVar[str] = "1 to 24, hour ending, UTC"
    separator: ClassVar[str] = ";"
    prelude: ClassVar[int] = 1
    example: ClassVar[str] = "date;heure;PM25;PM10"
    names_station: ClassVar[bool] = False

    @classmethod
    def recognises(cls, header: Sequence[str]) -> bool:
        """Tell whether *header* begins with date, heure and knows a pollutant."""
        return list(header[:2]) == ["date", "heure"] and any(
            name in COLUMNS for name in header[2:]
        )

    def __init__(self, header: Sequence[str], prelude: Sequence[Sequence[str]]) -> None:
        """Take the pollutants from *header* and their units from the second line."""
        units = prelude[0] if prelude else ()
        if len(units) != len(header):
            raise ImportFileError("line 2 must name the unit of each column")
        self._columns = tuple(
            self._column(name, unit)
            for name, unit in zip(header[2:], units[2:], strict=True)
        )
        self._width = len(header)

    @staticmethod
    def _column(name: str, text: str) -> tuple[Pollutant, Unit] | None:
        if (pollutant := COLUMNS.get(name)) is None:
            return None
        if (unit := cell_unit(text)) is None:
            raise ImportFileError(f"line 2 names no unit we know for {name}: {text!r}")
        return pollutant, unit

    def station(self, cells: Sequence[str]) -> str | None:  # noqa: ARG002
        """Return None: the file does not name its station."""
        return None

    def read(self, cells: Sequence[str]) -> Sequence[Reading | str]:
        """Return one reading, or the reason of its refusal, a pollutant."""
        if len(cells) != self._width:
            return (WRONG_COLUMNS,)
        begin = _begin_of_day(cells[0])
        after = BEGINS.get(cells[1])
        if begin is None or after is None:
            return (BAD_TIME,)
        if (valid_from := shift(begin, after)) is None:
            return (BAD_TIME,)
        found: list[Reading | str] = []
        for column, text in zip(self._columns, cells[2:], strict=True):
            if column is None:
                found.append(UNKNOWN_POLLUTANT)
            elif isinstance(value := parse_number(text), str):
                found.append(value)
            else:
                found.append(Reading(column[0], valid_from, value, column[1]))
        return found


def _begin_of_day(text: str) -> datetime | None:
    """Return 00:00 UTC of a day written dd/mm/yyyy."""
    if len(text) != 10 or text[2] != "/" or text[5] != "/":
        return None
    return midnight(text[6:], text[3:5], text[:2])
