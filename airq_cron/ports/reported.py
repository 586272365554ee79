"""What providers say beside concentrations, as the services see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.source import Source


class ReportedKey(NamedTuple):
    """What a reported index of a location is found by."""

    valid_at: datetime
    provider: str
    scheme: str


class ReportedIndices(Protocol):
    """Indices in the providers' own words."""

    def put(self, rows: Sequence[ReportedIndex]) -> int:
        """
        Store *rows*; return how many are new or differ from what was there.

        An older fetched_at never wins, and locations gone since are left out.
        """

    def page(
        self, location: str, *, limit: int, before: ReportedKey | None = None
    ) -> list[ReportedIndex]:
        """Return at most *limit* of a location, newest first, from *before* on."""


class Sources(Protocol):
    """Which stations gave the hours of a location."""

    def note(self, rows: Sequence[Source]) -> None:
        """Remember *rows*; the span of a known station grows."""

    def of(self, location: str) -> list[Source]:
        """Return the stations of a location by provider, pollutant and last hour."""
