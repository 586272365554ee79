"""List the reports of a day, one line a place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from airq_cron.domain.measurement import Location
from airq_cron.domain.page import Page
from airq_cron.domain.report import Report
from airq_cron.errors import InvalidError
from airq_cron.ports import Store
from airq_cron.services.manage_locations import list_locations
from airq_cron.services.read_report import check_begun, read_report


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One place; no report where the day has not begun, or was skipped."""

    location: Location
    report: Report | None


def list_reports(
    store: Store,
    day: date,
    *,
    limit: int,
    after: tuple[str, ...] | None,
    attributions: Mapping[str, str],
) -> Page[ReportLine]:
    """
    Return the reports of *day*, by location, from the one after *after* on.

    Raises:
        InvalidError: names `date`: it has begun nowhere.
    """
    with store.read() as unit:
        check_begun(day, unit.runs.now())
    places = list_locations(store, limit=limit, after=after)
    lines = tuple(_line(store, place, day, attributions) for place in places.items)
    return Page(lines, places.after)


def _line(
    store: Store, place: Location, day: date, attributions: Mapping[str, str]
) -> ReportLine:
    try:
        report = read_report(store, place.id, day, attributions=attributions)
    except InvalidError:
        return ReportLine(place, None)
    return ReportLine(place, report)
