"""Shows the hours of a file as if they were now."""

from collections.abc import Iterable
from typing import Self

from airq_cron.domain.measurement import Origin, Reading
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import ImportFileError
from airq_cron.sandbox.source import HOUR_S

WEEK = 7 * 24
WEEKS_A_YEAR = 365.2425 / 7
FACTORS = {Unit.UG_M3: 1, Unit.MG_M3: 1000}


class Replay:
    """
    Real hours, moved to now by whole weeks and repeated without end.

    Weekday and hour of the day stay as they were, in UTC. A file of a year or more
    repeats after whole years (less up to six days), so that the season nearly stays
    too. Every place shows the same values.
    """

    origin = Origin.REPLAYED

    def __init__(
        self, series: dict[Pollutant, dict[int, float]], title: str = "a file"
    ) -> None:
        """
        Show *series*: ug/m3 by hours since 1970.

        Raises:
            ImportFileError: there is no hour in it.
        """
        hours = [hour for values in series.values() for hour in values]
        if not hours:
            raise ImportFileError("the file holds no hour that the sandbox can show")
        self._first = min(hours)
        self._period = repeat_after(max(hours) - self._first + 1)
        self._series = series
        self.title = f"replaying {title}"

    @classmethod
    def from_readings(cls, readings: Iterable[Reading], title: str = "a file") -> Self:
        """
        Take hourly *readings*, of which the first for a pollutant and hour counts.

        Mixing ratios (ppm, ppb) are left out: the wire format has none.

        Raises:
            ImportFileError: there is none that can be shown.
        """
        series: dict[Pollutant, dict[int, float]] = {}
        for reading in readings:
            factor = FACTORS.get(reading.unit)
            if reading.value is not None and factor is not None:
                hour = int(reading.valid_from.timestamp()) // HOUR_S
                values = series.setdefault(reading.pollutant, {})
                values.setdefault(hour, float(reading.value * factor))
        return cls(series, title)

    def value(
        self, pollutant: Pollutant, lat: float, lon: float, hour: int  # noqa: ARG002
    ) -> float | None:  # fmt: skip
        """Return the value of the file's hour that stands for *hour*."""
        shown = self._first + (hour - self._first) % self._period
        return self._series.get(pollutant, {}).get(shown)


def repeat_after(hours: int) -> int:
    """
    Return after how many hours a file of *hours* hours begins anew.

    Whole weeks if it holds one, whole years less some days if it holds a year,
    else whole days or what there is.
    """
    weeks = hours // WEEK
    if weeks == 0:
        return hours - hours % 24 if hours >= 24 else hours
    years = int(hours / WEEK / WEEKS_A_YEAR)
    return int(years * WEEKS_A_YEAR if years else weeks) * WEEK
