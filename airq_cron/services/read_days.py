"""Read the daily statistics of a place, one provider a pollutant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airq_cron.domain.daily import DailyStatistic, DayStatus, day_status
from airq_cron.domain.measurement import Location
from airq_cron.domain.period import local_date
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.preference import choose_provider
from airq_cron.domain.rating import AMERICAN, MainIndex, main_index, rate_day
from airq_cron.errors import InvalidError
from airq_cron.ports import KeptDay, Store

LONGEST_DAYS = 3660
USUAL_DAYS = 7
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayReport:
    """
    One local day of a place, with the provider that speaks for each pollutant.

    Attributes:
        indices: of the day, by scheme; a scheme's is unknown where no pollutant has
            enough hours.
    """

    date: date
    zone: str
    status: DayStatus
    pollutants: dict[Pollutant, DailyStatistic]
    indices: dict[str, MainIndex]


@dataclass(frozen=True, slots=True)
class DayReports:
    """The days of a place that have statistics, oldest first."""

    location: Location
    items: tuple[DayReport, ...]
    as_of: datetime


def read_days(
    store: Store,
    location_id: str,
    *,
    since: date | None,
    until: date | None,
    provider: str | None = None,
) -> DayReports:
    """
    Return the statistics of the local days *since* to *until*, both included.

    Args:
        since: six days before *until* when None.
        until: the present local day when None.
        provider: only its figures; else the choice of `choose_provider`.

    Raises:
        NotFoundError: no such location.
        InvalidError: `to` lies before `from`, or too many days are asked for.
    """
    with store.read() as unit:
        place = unit.locations.get(location_id)
        now = unit.runs.now()
        last = until or max(local_date(now, place.zone), since or date.min)
        first = since or last - (USUAL_DAYS - 1) * DAY
        check_days(first, last)
        rows = unit.aggregates.days(place.id, first, last + DAY)
    if provider is not None:
        rows = [row for row in rows if row.provider == provider]
    return DayReports(place, tuple(_reports(rows, place)), now)


def read_revisions(store: Store, location_id: str, day: date) -> list[KeptDay]:
    """
    Return what the settled figures of a local day were before they were revised.

    They stand by pollutant, the oldest first; a day that was never revised has none.

    Raises:
        NotFoundError: no such location.
    """
    with store.read() as unit:
        place = unit.locations.get(location_id)
        return unit.aggregates.day_revisions(place.id, day)


def check_days(first: date, last: date) -> None:
    """
    Refuse a span of days that is turned round or too long.

    Raises:
        InvalidError: names `to` and the bound.
    """
    if last < first:
        raise InvalidError("to", "lies before from")
    if (last - first).days >= LONGEST_DAYS:
        raise InvalidError("to", f"at most {LONGEST_DAYS} days at once")


def _reports(rows: Sequence[DailyStatistic], place: Location) -> list[DayReport]:
    days: dict[date, dict[Pollutant, dict[str, DailyStatistic]]] = {}
    for row in rows:
        of_day = days.setdefault(row.day, {})
        of_day.setdefault(row.pollutant, {})[row.provider] = row
    return [_report(day, days[day], place) for day in sorted(days)]


def _report(
    day: date, found: dict[Pollutant, dict[str, DailyStatistic]], place: Location
) -> DayReport:
    chosen: dict[Pollutant, DailyStatistic] = {}
    for pollutant in Pollutant:
        rows = found.get(pollutant, {})
        expected = max((row.hours_expected for row in rows.values()), default=0)
        hours = {name: row.hours_valid for name, row in rows.items()}
        name = choose_provider(hours, place.providers, expected)
        if name is not None:
            chosen[pollutant] = rows[name]
    zone = next((row.zone for row in chosen.values()), place.zone)
    status = day_status([row.status for row in chosen.values()])
    ratings = {pollutant: rate_day(row) for pollutant, row in chosen.items()}
    indices = {AMERICAN: main_index(AMERICAN, ratings)}
    return DayReport(day, zone, status, chosen, indices)
