"""Jobs: what runs, when, how it went; on, off, and by hand."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import Response

from airq_cron.domain.role import Role
from airq_cron.domain.run import Run
from airq_cron.services.manage_jobs import describe_job
from airq_cron.services.read_stats import read_stats
from airq_cron.services.toggle import toggle_job
from airq_cron.services.trigger import trigger_job

from . import examples
from .area import Answer, Area, Takes
from .auth import caller
from .context import the_system, usual_overlap
from .job_definition_schema import JobDocumentSchema
from .job_examples import JOB_DOCUMENT
from .job_schema import JobStatsSchema, ToggleSchema
from .kept import keep
from .run_schema import ExecuteHeaders, ExecuteSchema, SingleRunSchema

Begun = tuple[Run, int, dict[str, str]]
area = Area("jobs", "What runs, when, and how it went")


@area.endpoint(
    "GET",
    "/cron/jobs/stats",
    role=Role.VIEWER,
    answer=Answer(JobStatsSchema, example=examples.STATS),
)
def stats() -> Response:
    """Give every job with its schedule, its figures and its last run."""
    return keep(JobStatsSchema, lambda: read_stats(the_system().store))


@area.endpoint(
    "POST",
    "/cron/jobs/<job:jobName>/toggle",
    role=Role.OPERATOR,
    takes=Takes(body=(ToggleSchema, {"enabled": False})),
    answer=Answer(JobDocumentSchema, example=JOB_DOCUMENT),
)
def toggle(body: dict[str, Any], jobName: str) -> dict[str, Any]:  # noqa: N803
    """Switch a job on or off; switched on, it looks ahead only."""
    store, enabled = the_system().store, body["enabled"]
    return describe_job(toggle_job(store, jobName, enabled=enabled, by=caller()))


@area.endpoint(
    "POST",
    "/cron/jobs/<job:jobName>/execute",
    role=Role.OPERATOR,
    takes=Takes(headers=ExecuteHeaders, body=(ExecuteSchema, {"overlap": "queue_all"})),
    answer=Answer(
        SingleRunSchema,
        202,
        example=examples.RUN,
        headers={"Location": {"schema": {"type": "string"}}},
    ),
    errors=(409, 422),
)
def execute(headers: dict[str, Any], body: dict[str, Any], jobName: str) -> Begun:  # noqa: N803
    """Start a run by hand; 409 names the unfinished run that stands in the way."""
    run = begin_run(jobName, body, key=headers.get("idempotency_key"))
    return run, 202, {"Location": f"/cron/runs/{run.id}"}


def begin_run(name: str, wanted: Mapping[str, Any], *, key: str | None = None) -> Run:
    """Start a run as `ExecuteSchema` reads what is wanted; see `trigger_job`."""
    system = the_system()
    return trigger_job(
        system.store,
        system.dispatcher,
        name,
        key=key or str(uuid4()),
        by=caller(),
        overlap=wanted.get("overlap") or usual_overlap(),
        params=wanted.get("params"),
    )
