"""What providers say of a place beside concentrations."""

from typing import Any

from airq_cron.domain.page import Page
from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.role import Role
from airq_cron.domain.source import Source
from airq_cron.services.read_reported import read_reported, read_sources

from . import reported_examples
from .area import Answer, Area, Takes
from .context import the_system
from .reported_schema import ReportedPageSchema, ReportedQuery, SourcePageSchema

area = Area("reported", "What providers say beside concentrations")


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/reported",
    role=Role.VIEWER,
    takes=Takes(query=ReportedQuery),
    answer=Answer(ReportedPageSchema, example=reported_examples.REPORTED_PAGE),
)
def reported(query: dict[str, Any], id: str) -> Page[ReportedIndex]:  # noqa: A002
    """List indices as providers reported them, newest first."""
    return read_reported(
        the_system().store, id, limit=query["limit"], after=query.get("cursor")
    )


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/sources",
    role=Role.VIEWER,
    answer=Answer(SourcePageSchema, example=reported_examples.SOURCE_PAGE),
)
def sources(id: str) -> Page[Source]:  # noqa: A002 - the name in the address
    """List the stations behind the readings, with whom to name and the licence."""
    return read_sources(the_system().store, id)
