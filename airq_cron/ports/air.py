"""Readings, figures and places, as the services see them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from airq_cron.domain.completeness import Presence
from airq_cron.domain.daily import DailyStatistic
from airq_cron.domain.hourly import HourlyAggregate, HourValues
from airq_cron.domain.measurement import (
    Location,
    Measurement,
    Series,
)
from airq_cron.domain.period import Period
from airq_cron.domain.pollutant import Pollutant, Unit


@dataclass(frozen=True, slots=True)
class UpsertCount:
    """How many of the measurements offered were new, changed, or known."""

    stored: int = 0
    revised: int = 0
    unchanged: int = 0

    def __add__(self, other: "UpsertCount") -> "UpsertCount":
        """Add two counts."""
        return UpsertCount(
            self.stored + other.stored,
            self.revised + other.revised,
            self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, slots=True)
class DirtyHour:
    """An hour whose measurements changed after it was last aggregated."""

    hour: datetime
    location: str
    provider: str


@dataclass(frozen=True, slots=True)
class DirtyDay:
    """A local day whose hours changed after it was last closed."""

    location: str
    provider: str
    day: date


@dataclass(frozen=True, slots=True)
class KeptDay:
    """A settled statistic as it was, and when another took its place."""

    statistic: DailyStatistic
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class FetchState:
    """
    What the last question to a provider about a location came to.

    Attributes:
        not_before: it must not be asked again earlier; None when it may.
    """

    provider: str
    location: str
    asked_at: datetime
    outcome: str
    detail: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class DayStamp:
    """
    What changes whenever some days' figures do.

    Attributes:
        updated_at: when one of them was last written; None without figures.
        rows: how many there are; *revisions* is the sum of theirs.
        sums: of the figures themselves. A transaction that began earlier may commit
            later, and *updated_at* alone would not tell.
    """

    updated_at: datetime | None
    rows: int
    revisions: int
    sums: tuple[int, ...] = ()


class Measurements(Protocol):
    """Concentrations as they were fetched or imported."""

    def upsert(self, rows: Sequence[Measurement]) -> UpsertCount:
        """
        Store rows of one provider and location; mark changed hours dirty.

        The same rows twice change nothing; an older fetched_at never wins. Of
        rows for the same hour and pollutant the last counts. An equal value
        learnt later is unchanged, but its fetched_at is kept.

        Raises:
            NotFoundError: the location is unknown.
        """

    def upsert_known(self, rows: Sequence[Measurement]) -> UpsertCount:
        """Do the same for many places, and leave out those that are unknown."""

    def hours(
        self, location: str, provider: str, since: datetime, until: datetime
    ) -> list[Measurement]:
        """Return the measurements with valid_from in [since, until), in order."""

    def hours_of(
        self, places: Collection[str], provider: str, since: datetime, until: datetime
    ) -> list[Measurement]:
        """Return those of some places with valid_from in [since, until), in order."""

    def exceeding(
        self,
        places: Collection[str],
        provider: str,
        since: datetime,
        until: datetime,
        bounds: Mapping[tuple[Pollutant, Unit], int],
    ) -> set[str]:
        """
        Return those of *places* with a value in [since, until) from its bound up.

        Args:
            bounds: in millionths of the unit; values of others do not count.
        """

    def hour_values(
        self, places: Collection[str], provider: str, since: datetime, until: datetime
    ) -> list[HourValues]:
        """Return those of some places in [since, until), gathered by their hour."""

    def presence(
        self, location: str, since: datetime, until: datetime
    ) -> list[Presence]:
        """Return what there is of each series of a place in [since, until)."""

    def count_hours(
        self, since: datetime, until: datetime
    ) -> dict[tuple[str, str, Pollutant], int]:
        """
        Return in how many UTC hours of [since, until) each series has a value.

        Its keys are location, provider and pollutant; it has none for those without.
        It reads the rows of the stretch of every place, in the database.
        """

    def newest(self, location: str, provider: str) -> datetime | None:
        """Return the newest valid_from, or None."""

    def newest_by_location(
        self, provider: str, places: Collection[str]
    ) -> dict[str, datetime]:
        """Return the newest valid_from of those of *places* that have any."""

    def series(self, location: str | None = None) -> list[Series]:
        """Return every series, or those of one location."""


class Aggregates(Protocol):
    """Hourly aggregates, daily statistics, and what must be recomputed."""

    def take_dirty_hours(
        self,
        limit: int,
        *,
        locations: Collection[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[DirtyHour]:
        """
        Remove and return dirty hours, oldest first; [since, until) of some places.
        """

    def dirty_locations(self) -> list[str]:
        """Return the places that have dirty hours, by id."""

    def put_hours(self, rows: Sequence[HourlyAggregate]) -> int:
        """Store aggregates; return how many differ from what was there."""

    def hours(
        self, location: str, since: datetime, until: datetime,
        provider: str | None = None,
    ) -> list[HourlyAggregate]:  # fmt: skip
        """Return aggregates with hour in [since, until), in order."""

    def mark_dirty_days(self, days: Iterable[DirtyDay]) -> None:
        """Note local days whose hours changed."""

    def take_dirty_days(
        self, location: str, *, before: date, limit: int
    ) -> list[DirtyDay]:
        """Remove and return dirty days of *location* before *before*, oldest first."""

    def clear_dirty_days(self, location: str, days: Sequence[date]) -> None:
        """Forget that these days are dirty: they are about to be closed."""

    def has_dirty_days(self, location: str, *, before: date) -> bool:
        """Say whether a day of *location* before *before* is dirty."""

    def provisional_days(self, location: str, *, before: date) -> list[date]:
        """Return days that are provisional and earlier than *before*."""

    def put_days(self, rows: Sequence[DailyStatistic]) -> int:
        """Store statistics; return how many differ from what was there."""

    def stamp(
        self, location: str, since: date, until: date, period: Period
    ) -> DayStamp:
        """Return the stamp of days in [since, until) and of the hours of *period*."""

    def closed_days(self, days: Collection[DirtyDay]) -> set[DirtyDay]:
        """Return those of *days* that have been closed before."""

    def keep_revisions(self, rows: Sequence[DailyStatistic]) -> None:
        """
        Keep settled statistics as they were before they were revised.

        A revision that is kept already stays as it is.
        """

    def day_revisions(self, location: str, day: date) -> list[KeptDay]:
        """Return what the statistics of a day were, by pollutant, oldest first."""

    def days(self, location: str, since: date, until: date) -> list[DailyStatistic]:
        """Return statistics of local days in [since, until), all providers."""


class Locations(Protocol):
    """Places, and what the last fetch for each came to."""

    def all(self) -> list[Location]:
        """Return all locations by id."""

    def some(self, ids: Collection[str]) -> list[Location]:
        """Return those of *ids* that are known, by id."""

    def get(self, location_id: str) -> Location:
        """Return one location; raises NotFoundError."""

    def lock(self, location_id: str) -> Location:
        """
        Return one location that nobody else changes before the transaction ends.

        Raises:
            NotFoundError: no such location.
        """

    def add(self, location: Location) -> None:
        """Insert; raises ConflictError when the id is taken."""

    def save(self, location: Location) -> None:
        """Replace; raises NotFoundError."""

    def clear(self, location_id: str, *, limit: int) -> bool:
        """
        Delete the oldest *limit* hours of the place; say whether any are left.

        To be called until it says no, before `remove`, so that no transaction
        lasts long.
        """

    def remove(self, location_id: str) -> bool:
        """Delete the place and everything measured there; say whether it was there."""

    def fetch_state(
        self, provider: str, places: Collection[str] | None = None
    ) -> dict[str, FetchState]:
        """Return the last fetch of each of *places* from *provider*; None: of all."""

    def held(self, provider: str, at: datetime) -> FetchState | None:
        """
        Return the state that keeps the whole provider from being asked at *at*.

        A quota and a key belong to the provider, so what one place met holds for
        all. Of several it is the one that lasts longest.
        """

    def forget_fetch(self, provider: str, location: str | None = None) -> None:
        """Forget what the last questions came to, about all places or one."""

    def note_fetch(self, states: Sequence[FetchState]) -> None:
        """Remember what the last fetch came to."""
