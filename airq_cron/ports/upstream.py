"""What an upstream or a file of readings gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from airq_cron.domain.measurement import (
    Location,
    Origin,
    Reading,
)
from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.source import Source


@dataclass(frozen=True, slots=True)
class LocationReadings:
    """
    What one upstream call gave for one location.

    Attributes:
        sources: the stations behind the readings, where the upstream has some.
    """

    location: str
    readings: tuple[Reading, ...]
    sources: tuple[Source, ...] = ()


class Provider(Protocol):
    """
    One upstream source of concentrations.

    Attributes:
        id: stored with every measurement.
        min_interval: it has nothing new more often than that.
        phase: so long after the beginning of the interval it is asked.
        keeps: how far back it can be asked.
        batch_size: how many locations fit into one call.
        at_once: so many calls a process may have under way at the same time.
        attribution: the line its licence wants to be shown.
    """

    id: str
    origin: Origin
    min_interval: timedelta
    phase: timedelta
    keeps: timedelta
    batch_size: int
    at_once: int
    attribution: str

    def fetch(
        self, locations: Sequence[Location], *, since: datetime, until: datetime
    ) -> list[LocationReadings]:
        """
        Ask for the hours in [since, until) of each location, in one call.

        Returns:
            One element a location, in the order asked; hours may be missing.

        Raises:
            ProviderError: one of its classes, saying whose fault it is.
        """


class IndexProvider(Protocol):
    """
    One upstream source of indices, which gives no concentrations.

    Attributes:
        id: stored with every index.
        min_interval: it has nothing new more often than that.
        per_call: its quota allows one call in that time, over a month.
        attribution: the line its terms want to be shown.
    """

    id: str
    min_interval: timedelta
    per_call: timedelta
    attribution: str

    def report(self, location: Location) -> list[ReportedIndex]:
        """
        Ask what the index at *location* is now, in one call.

        Raises:
            ProviderError: one of its classes, saying whose fault it is.
        """


class FileRow(NamedTuple):
    """
    One value of a file that is being imported, or why there is none.

    With neither *reading* nor *reason*, the line belongs to another station than
    the one that was asked for. A named tuple, because there are very many.

    Attributes:
        line: its number in the file, from 1.
        reading: what the file says; its value is None where it says "missing".
        reason: a fixed phrase, why the line or the value is refused.
    """

    line: int
    reading: Reading | None = None
    reason: str | None = None
