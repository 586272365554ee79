"""Runs: the ledger of what was done, what was not, and what people do about it."""

from typing import Any

from flask import Response, jsonify

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.domain.run import Run
from airq_cron.ports import RunFilter
from airq_cron.services.cancel_run import cancel_run
from airq_cron.services.discard_run import discard_run
from airq_cron.services.read_runs import find_parts, find_runs, read_run
from airq_cron.services.retry_run import retry_run

from . import examples, run_examples
from .area import Answer, Area, Takes
from .auth import caller
from .context import the_system
from .quick import quick_dump
from .run_schema import (
    PartPageSchema,
    PartsQuery,
    ReasonSchema,
    RunPageSchema,
    RunQuery,
    SingleRunSchema,
)

area = Area("runs", "The ledger: what ran, what did not, and why")
DUMP_PAGE = quick_dump(RunPageSchema)
WHY = Takes(body=(ReasonSchema, {"reason": "too slow"}))


@area.endpoint(
    "GET",
    "/cron/runs",
    role=Role.VIEWER,
    takes=Takes(query=RunQuery),
    answer=Answer(RunPageSchema, example=examples.RUN_PAGE),
)
def find(query: dict[str, Any]) -> Response:
    """List runs, newest fire time first."""
    limit, after = query.pop("limit"), query.pop("cursor", None)
    store, where = the_system().store, RunFilter(**query)
    return jsonify(DUMP_PAGE(find_runs(store, where, limit=limit, after=after)))


@area.endpoint(
    "GET",
    "/cron/runs/<run:id>",
    role=Role.VIEWER,
    answer=Answer(SingleRunSchema, example=examples.RUN),
)
def show(id: str) -> Run:  # noqa: A002 - the name in the address
    """Give one run with its attempts."""
    return read_run(the_system().store, id)


@area.endpoint(
    "GET",
    "/cron/runs/<run:id>/parts",
    role=Role.VIEWER,
    takes=Takes(query=PartsQuery),
    answer=Answer(PartPageSchema, example=run_examples.PART_PAGE),
)
def parts(query: dict[str, Any], id: str) -> Page[Run]:  # noqa: A002
    """List the parts of a run by number."""
    store, state = the_system().store, query.get("state")
    limit, after = query["limit"], query.get("cursor")
    return find_parts(store, id, state=state, limit=limit, after=after)


@area.endpoint(
    "POST",
    "/cron/runs/<run:id>/cancel",
    role=Role.OPERATOR,
    takes=WHY,
    answer=Answer(SingleRunSchema, example=run_examples.CANCELLED),
    errors=(409,),
)
def cancel(body: dict[str, Any], id: str) -> Run:  # noqa: A002
    """Cancel a run that has not ended, with its parts."""
    system, reason = the_system(), body.get("reason")
    return cancel_run(system.store, system.dispatcher, id, by=caller(), reason=reason)


@area.endpoint(
    "POST",
    "/cron/runs/<run:id>/retry",
    role=Role.OPERATOR,
    answer=Answer(SingleRunSchema, example=run_examples.RETRIED),
    errors=(409,),
)
def retry(id: str) -> Run:  # noqa: A002
    """Start a failed or dead run again; of its parts only those without success."""
    system = the_system()
    return retry_run(system.store, system.dispatcher, id, by=caller())


@area.endpoint(
    "POST",
    "/cron/runs/<run:id>/discard",
    role=Role.OPERATOR,
    takes=WHY,
    answer=Answer(SingleRunSchema, example=run_examples.DISCARDED),
    errors=(409,),
)
def discard(body: dict[str, Any], id: str) -> Run:  # noqa: A002
    """Take a failed or dead run off the list of dead letters; its row stays."""
    reason = body.get("reason")
    return discard_run(the_system().store, id, by=caller(), reason=reason)
