"""Runs: the ledger of what was done, and what was not."""

from typing import Any

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.domain.run import Run
from airq_cron.ports import RunFilter
from airq_cron.services.read_runs import find_runs, read_run

from . import examples
from .area import Answer, Area, Takes
from .context import the_system
from .run_schema import RunPageSchema, RunQuery, SingleRunSchema

area = Area("runs", "The ledger: what ran, what did not, and why")


@area.endpoint(
    "GET",
    "/cron/runs",
    role=Role.VIEWER,
    takes=Takes(query=RunQuery),
    answer=Answer(RunPageSchema, example=examples.RUN_PAGE),
)
def find(query: dict[str, Any]) -> Page[Run]:
    """List runs, newest fire time first."""
    limit, after = query.pop("limit"), query.pop("cursor", None)
    return find_runs(the_system().store, RunFilter(**query), limit=limit, after=after)


@area.endpoint(
    "GET",
    "/cron/runs/<run:id>",
    role=Role.VIEWER,
    answer=Answer(SingleRunSchema, example=examples.RUN),
)
def show(id: str) -> Run:  # noqa: A002 - the name in the address
    """Give one run with its attempts."""
    return read_run(the_system().store, id)
