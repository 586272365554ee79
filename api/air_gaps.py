"""Gaps: what is missing of a place's hours, and how to get it."""

from datetime import timedelta
from typing import Any

from airq_cron.domain.backfill import Progress
from airq_cron.domain.completeness import Completeness
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.services.fill_gaps import fill_gaps
from airq_cron.services.read_backfills import read_backfill
from airq_cron.services.read_gaps import read_gaps

from . import examples, gap_examples
from .area import Answer, Area, Takes
from .auth import caller
from .backfill_schema import BackfillSchema
from .context import the_system
from .gap_schema import FillSchema, GapPageSchema, GapQuery

area = Area("gaps", "How fresh and complete the hours of a place are")


@area.endpoint(
    "GET",
    "/air/locations/<location:id>/gaps",
    role=Role.VIEWER,
    takes=Takes(query=GapQuery),
    answer=Answer(GapPageSchema, example=gap_examples.GAPS),
)
def find(query: dict[str, Any], id: str) -> Page[Completeness]:  # noqa: A002
    """List every series of a place with its age, its coverage and its gaps."""
    system, length = the_system(), timedelta(days=query["days"])
    return Page(tuple(read_gaps(system.store, system.providers, id, length=length)))


@area.endpoint(
    "POST",
    "/air/locations/<location:id>/gaps/backfill",
    role=Role.OPERATOR,
    takes=Takes(body=(FillSchema, {"days": 30})),
    answer=Answer(
        BackfillSchema,
        202,
        example=examples.BACKFILL,
        headers={"Location": {"schema": {"type": "string"}}},
    ),
    errors=(409,),
)
def fill(body: dict[str, Any], id: str) -> tuple[Progress, int, dict[str, str]]:  # noqa: A002
    """Ask the providers for the hours that are missing, where they keep them."""
    system, length = the_system(), timedelta(days=body["days"])
    store, dispatcher, asked = system.store, system.dispatcher, system.providers
    started = fill_gaps(store, dispatcher, asked, id, by=caller(), length=length)
    found = read_backfill(store, started.id)
    return found, 202, {"Location": f"/cron/backfills/{started.id}"}
