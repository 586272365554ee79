"""Charts of a place at their own addresses."""

from datetime import date, timedelta
from typing import Any

from flask import Response

from airq_cron.domain.aqi import Index
from airq_cron.domain.measurement import Location
from airq_cron.domain.period import local_date
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.rating import AMERICAN, rate_day
from airq_cron.domain.report_words import NAMES
from airq_cron.domain.role import Role
from airq_cron.services.manage_locations import read_location
from airq_cron.services.read_days import DayReport, read_days
from airq_cron.services.read_report import check_day, read_report, read_span_stamp

from .answers import KEPT, answer_chart, reports
from .area import Answer, Area, Takes
from .charts.calendar import draw_year
from .charts.drawing import Theme
from .charts.lines import WEEK, draw_day, draw_week
from .context import present, the_system
from .form_examples import CHART
from .report_schema import ChartQuery, YearQuery

area = Area("charts", "Charts of the air, as SVG")


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/charts/day.svg",
    role=Role.VIEWER,
    takes=Takes(query=ChartQuery),
    answer=Answer(headers=KEPT, forms=CHART),
    errors=(304,),
)
def day(query: dict[str, Any], id: str) -> Response:  # noqa: A002
    """Draw a pollutant's hours of a local day, as SVG."""
    system = the_system()
    _, shown = _place_and_day(id, query)
    report = read_report(system.store, id, shown, attributions=system.attributions)
    return answer_chart(draw_day(report, query["pollutant"], query["theme"]))


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/charts/week.svg",
    role=Role.VIEWER,
    takes=Takes(query=ChartQuery),
    answer=Answer(headers=KEPT, forms=CHART),
    errors=(304,),
)
def week(query: dict[str, Any], id: str) -> Response:  # noqa: A002
    """Draw a pollutant's seven days up to a local day, as SVG."""
    place, last = _place_and_day(id, query)
    pollutant = query["pollutant"]
    days = _days(id, last - timedelta(days=WEEK - 1), last)
    rows = [one.pollutants[pollutant] for one in days if pollutant in one.pollutants]
    return answer_chart(draw_week(place.name, last, rows, pollutant, query["theme"]))


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/charts/year.svg",
    role=Role.VIEWER,
    takes=Takes(query=YearQuery),
    answer=Answer(headers=KEPT, forms=CHART),
    errors=(304,),
)
def year(query: dict[str, Any], id: str) -> Response:  # noqa: A002
    """Draw the US index of a year's days as a calendar, as SVG."""
    place, within = _place_and_day(id, query)
    first, end = date(within.year, 1, 1), date(within.year + 1, 1, 1)
    stamp = read_span_stamp(the_system().store, id, first, end)
    pollutant, theme = query.get("pollutant"), query["theme"]
    key = ("year", pollutant, theme, *stamp)
    return answer_chart(
        reports().get(key, lambda: _calendar(place, first, pollutant, theme))
    )


def _calendar(
    place: Location, first: date, pollutant: Pollutant | None, theme: Theme
) -> bytes:
    days = _days(place.id, first, date(first.year, 12, 31))
    what = f"{NAMES[pollutant]}, {place.name}" if pollutant else place.name
    title = f"US index by day, {what}, {first.year}"
    return draw_year(title, first.year, _indices(days, pollutant), theme)


def _place_and_day(id: str, query: dict[str, Any]) -> tuple[Location, date]:  # noqa: A002
    place = read_location(the_system().store, id)
    now = present()
    shown: date = query.get("date") or local_date(now, place.zone)
    check_day(shown, place, now)
    return place, shown


def _days(id: str, first: date, last: date) -> tuple[DayReport, ...]:  # noqa: A002
    return read_days(the_system().store, id, since=first, until=last).items


def _indices(
    days: tuple[DayReport, ...], pollutant: Pollutant | None
) -> dict[date, Index | None]:
    return {
        one.date: _index(one, pollutant)
        for one in days
        if pollutant is None or pollutant in one.pollutants
    }


def _index(day: DayReport, pollutant: Pollutant | None) -> Index | None:
    """Return the highest index of *day*, or that of one pollutant."""
    rated = [
        found[AMERICAN].index
        for name, row in day.pollutants.items()
        if pollutant in (None, name) and AMERICAN in (found := rate_day(row))
    ]
    return max(rated, key=lambda one: one.index or 0, default=None)
