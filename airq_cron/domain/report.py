"""What can be said of one local day of a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from airq_cron.domain.daily import DailyStatistic, DayStatus, enough
from airq_cron.domain.day_index import DayIndex
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.measurement import Location, Origin, Series
from airq_cron.domain.period import Period
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.source import Source
from airq_cron.domain.standards import Comparison

DAY = timedelta(days=1)
WEEK = 7


@dataclass(frozen=True, slots=True)
class Change:
    """
    A day's mean against earlier ones, in the day's unit.

    Attributes:
        earlier: the mean of the day before, or of the days of the week before.
        difference: the day's mean minus *earlier*.
    """

    earlier: Decimal
    difference: Decimal

    @property
    def percent(self) -> Decimal | None:
        """The difference in hundredths of *earlier*; None where that is not above 0."""
        return 100 * self.difference / self.earlier if self.earlier > 0 else None


@dataclass(frozen=True, slots=True)
class PollutantReport:
    """
    One pollutant in a day's report.

    Attributes:
        figures: of the one provider that speaks for it.
        hours: its hours of the day in order; a missing one is missing here.
        day_before: None where either day is insufficient.
        week_before: None where this day, or more than one of the seven, is.
    """

    figures: DailyStatistic
    hours: tuple[HourlyAggregate, ...]
    day_before: Change | None
    week_before: Change | None
    comparisons: tuple[Comparison, ...]


class DayAlert(Protocol):
    """What a report tells of an alert; stored flips have it."""

    @property
    def message(self) -> str:
        """A sentence that says what happened."""

    @property
    def cleared_message(self) -> str | None:
        """A sentence that says how it ended; None while it holds."""

    @property
    def scheme(self) -> str | None:
        """The scheme of the index that raised it."""

    @property
    def category(self) -> str | None:
        """The band that was reached."""

    @property
    def began_at(self) -> datetime:
        """Since when it holds; aware, UTC."""

    @property
    def ended_at(self) -> datetime | None:
        """Since when it does not; None while it holds."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Who gave the figures, and the line its licence wants to be shown."""

    provider: str
    origin: Origin
    attribution: str


@dataclass(frozen=True, slots=True)
class Report:
    """
    The report of one local day of a place.

    Attributes:
        period: the day as it was lived, in UTC; *hours_expected* are in it.
        so_far: the day has not ended, and its figures are of the hours until now.
        pollutants: in the order of `Pollutant`; empty where nothing was measured.
        flips: alerts of the place that were raised, held or were cleared on the day.
        revisions: how often settled figures of this day changed later.
        as_of: when the figures were last computed.
    """

    location: Location
    date: date
    zone: str
    period: Period
    hours_expected: int
    status: DayStatus
    so_far: bool
    pollutants: tuple[PollutantReport, ...]
    indices: tuple[DayIndex, ...]
    flips: tuple[DayAlert, ...]
    sources: tuple[SourceLine, ...]
    revisions: int
    as_of: datetime

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every limit of the pollutants reported, exceeded, met or unknown."""
        return tuple(one for part in self.pollutants for one in part.comparisons)

    @property
    def exceedances(self) -> tuple[Comparison, ...]:
        """The limits that the day exceeds."""
        return tuple(one for one in self.comparisons if one.exceeded)

    @property
    def sufficient(self) -> bool:
        """Whether at least one pollutant has 75 % of the day's hours."""
        return any(part.figures.sufficient for part in self.pollutants)

    def part(self, pollutant: Pollutant) -> PollutantReport | None:
        """Return what is said of *pollutant*, or None."""
        return next(
            (one for one in self.pollutants if one.figures.pollutant is pollutant),
            None,
        )

    def index(self, scheme: str) -> DayIndex:
        """Return the index of this *scheme*; raises KeyError."""
        return {one.scheme: one for one in self.indices}[scheme]


def change_since(
    figures: DailyStatistic, earlier: Sequence[DailyStatistic]
) -> tuple[Change | None, Change | None]:
    """
    Return the change against the day before, and against the seven days before.

    Only sufficient days of the same series and unit count; of the seven at least
    six must. A mean of means weighs every day alike.

    Args:
        earlier: statistics of any days and providers.
    """
    means = {
        row.day: row.mean
        for row in earlier
        if row.sufficient
        and row.provider == figures.provider
        and row.pollutant is figures.pollutant
        and row.unit is figures.unit
    }
    before = means.get(figures.day - DAY)
    week = [
        mean
        for step in range(1, WEEK + 1)
        if (mean := means.get(figures.day - step * DAY)) is not None
    ]
    of_week = sum(week, Decimal(0)) / len(week) if enough(len(week), WEEK) else None
    return _change(figures, before), _change(figures, of_week)


def _change(figures: DailyStatistic, earlier: Decimal | None) -> Change | None:
    mean = figures.mean
    if not figures.sufficient or mean is None or earlier is None:
        return None
    return Change(earlier, mean - earlier)


def source_lines(
    figures: Sequence[DailyStatistic | Series],
    attributions: Mapping[str, str],
    stations: Sequence[Source],
    period: Period,
) -> tuple[SourceLine, ...]:
    """
    Return whom to name for *figures*, by provider: its licence, then its stations.

    Args:
        attributions: what the licences want to be shown; a provider that has no line
            is named by its id.
        stations: of the place; those count that gave hours of *period*.
    """
    lines: dict[SourceLine, None] = {}
    for row in sorted(figures, key=lambda one: one.provider):
        line = attributions.get(row.provider, row.provider)
        lines[SourceLine(row.provider, row.origin, line)] = None
        for one in stations:
            if (one.provider, one.pollutant) == (row.provider, row.pollutant) and (
                one.first_at < period.end and one.last_at >= period.start
            ):
                text = ", ".join(
                    part for part in (one.name, one.attribution, one.licence) if part
                )
                lines[SourceLine(row.provider, row.origin, text)] = None
    return tuple(lines)
