"""Readings: concentrations of a place, latest, measured, by hour and day."""

from typing import Any

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.ports import KeptDay
from airq_cron.services.export_air import What
from airq_cron.services.read_air import (
    AirQuery,
    read_hourly,
    read_series,
)
from airq_cron.services.read_days import read_days, read_revisions
from airq_cron.services.read_latest import Latest, read_latest

from . import examples
from .air_schema import (
    AirQuerySchema,
    DailySchema,
    DayQuerySchema,
    HourlySchema,
    KeptDaySchema,
    LatestSchema,
    SeriesSchema,
)
from .answers import chosen_form
from .area import Answer, Area, Takes
from .context import the_system
from .exports import answer_csv, with_sources
from .form_examples import DAILY_CSV, HOURLY_CSV, SERIES_CSV
from .paths import day_of

area = Area("readings", "What the air of a place holds")
NAMED = {
    "X-Attribution": {
        "description": "whom to name for these figures, by provider",
        "schema": {"type": "string"},
    }
}


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/latest",
    role=Role.VIEWER,
    answer=Answer(LatestSchema, example=examples.LATEST),
)
def latest(id: str) -> Latest:  # noqa: A002 - the name in the address
    """Give the newest concentration of each pollutant."""
    return read_latest(the_system().store, id)


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/series",
    role=Role.VIEWER,
    takes=Takes(query=AirQuerySchema),
    answer=Answer(
        SeriesSchema, example=examples.SERIES, headers=NAMED, forms=SERIES_CSV
    ),
)
def series(query: dict[str, Any], id: str) -> Any:  # noqa: A002
    """List measurements, oldest first; JSON or CSV."""
    if chosen_form(query.pop("format", None)) == "csv":
        return answer_csv(What.SERIES, id, AirQuery(**query))
    return with_sources(read_series(the_system().store, id, AirQuery(**query)))


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/hourly",
    role=Role.VIEWER,
    takes=Takes(query=AirQuerySchema),
    answer=Answer(
        HourlySchema, example=examples.HOURLY, headers=NAMED, forms=HOURLY_CSV
    ),
)
def hourly(query: dict[str, Any], id: str) -> Any:  # noqa: A002
    """List hourly aggregates, oldest first; JSON or CSV."""
    if chosen_form(query.pop("format", None)) == "csv":
        return answer_csv(What.HOURLY, id, AirQuery(**query))
    return with_sources(read_hourly(the_system().store, id, AirQuery(**query)))


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/daily",
    role=Role.VIEWER,
    takes=Takes(query=DayQuerySchema),
    answer=Answer(DailySchema, example=examples.DAILY, headers=NAMED, forms=DAILY_CSV),
)
def daily(query: dict[str, Any], id: str) -> Any:  # noqa: A002
    """Give the statistics of local days, `to` included; JSON or CSV."""
    if chosen_form(query.pop("format", None)) == "csv":
        return answer_csv(What.DAILY, id, AirQuery(**query))
    asked = {"since": None, "until": None} | query
    return with_sources(read_days(the_system().store, id, **asked))


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/daily/<day:date>/revisions",
    role=Role.VIEWER,
    answer=Answer(KeptDaySchema, example=examples.REVISIONS),
)
def revisions(id: str, date: str) -> Page[KeptDay]:  # noqa: A002
    """List what the settled figures of a local day were before they were revised."""
    return Page(tuple(read_revisions(the_system().store, id, day_of(date))), None)
