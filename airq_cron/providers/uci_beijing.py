"""
The Beijing multi-site files of the UCI repository: one station, hourly.

    "No","year","month","day","hour","PM2.5","PM10","SO2","NO2","CO","O3",...,"station"
    1,2013,3,1,0,4,4,4,7,300,77,...,"Aotizhongxin"

`hour` h is the hour BEGINNING at h o'clock in Beijing, always eight hours before
UTC (China has had no summer time since 1991). All gases are in ug/m3, CO too.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from airq_cron.domain.measurement import Origin, Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.providers.csv_line import (
    BAD_TIME,
    WRONG_COLUMNS,
    midnight,
    parse_number,
    shift,
)

TIME = ("year", "month", "day", "hour")
COLUMNS = {
    "PM2.5": Pollutant.PM2_5,
    "PM10": Pollutant.PM10,
    "SO2": Pollutant.SO2,
    "NO2": Pollutant.NO2,
    "CO": Pollutant.CO,
    "O3": Pollutant.O3,
}
BEGINS = {str(hour): timedelta(hours=hour - 8) for hour in range(24)}


class UciBeijingForm:
    """Reads the lines of one Beijing file."""

    id: ClassVar[str] = "uci-beijing"
    attribution: ClassVar[str] = (
        "S. Chen, Beijing Multi-Site Air Quality, UCI, doi:10.24432/C5RK5G, CC BY 4.0"
    )
    origin: ClassVar[Origin] = Origin.MEASURED
    hours: ClassVar[str] = "0 to 23, hour beginning, UTC+8"
    separator: ClassVar[str] = ","
    prelude: ClassVar[int] = 0
    example: ClassVar[str] = "No,year,month,day,hour,PM2.5"
    names_station: ClassVar[bool] = True

    @classmethod
    def recognises(cls, header: Sequence[str]) -> bool:
        """Tell whether *header* has a time in parts, a station and a pollutant."""
        return (
            all(header.count(name) == 1 for name in (*TIME, "station"))
            and len(set(header)) == len(header)
            and any(name in COLUMNS for name in header)
        )

    def __init__(
        self,
        header: Sequence[str],
        prelude: Sequence[Sequence[str]] = (),  # noqa: ARG002
    ) -> None:
        """Take the place of each column from *header*."""
        self._width = len(header)
        self._station = header.index("station")
        self._time = tuple(header.index(name) for name in TIME)
        self._columns = tuple(
            (place, COLUMNS[name])
            for place, name in enumerate(header)
            if name in COLUMNS
        )

    def station(self, cells: Sequence[str]) -> str | None:
        """Return the name in the column `station`."""
        return cells[self._station] if len(cells) == self._width else None

    def read(self, cells: Sequence[str]) -> Sequence[Reading | str]:
        """Return one reading, or the reason of its refusal, a pollutant."""
        if len(cells) != self._width:
            return (WRONG_COLUMNS,)
        year, month, day, hour = self._time
        begin = midnight(cells[year], cells[month], cells[day])
        after = BEGINS.get(cells[hour])
        if begin is None or after is None:
            return (BAD_TIME,)
        if (valid_from := shift(begin, after)) is None:
            return (BAD_TIME,)
        found: list[Reading | str] = []
        for place, pollutant in self._columns:
            value = parse_number(cells[place])
            if isinstance(value, str):
                found.append(value)
            else:
                found.append(Reading(pollutant, valid_from, value, Unit.UG_M3))
        return found
