"""Jobs as definitions: made, changed, paused, looked ahead, removed."""

from typing import Any

from airq_cron.domain.idempotency import Operation
from airq_cron.domain.job import Job
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.services.manage_jobs import (
    change_job,
    create_job,
    delete_job,
    describe_job,
    list_jobs,
    read_job,
    replace_job,
    reset_job,
)
from airq_cron.services.pause import pause_job, resume_job
from airq_cron.services.preview import Preview, PreviewQuery, preview_job

from . import job_examples as examples
from .area import Answer, Area, Takes
from .auth import caller
from .context import the_system
from .idempotency import CreateHeaders, key_of
from .job_definition_schema import (
    IfMatchHeaders,
    JobChangeSchema,
    JobDefinitionSchema,
    JobDocumentSchema,
    JobPageSchema,
    JobQuery,
    NewJobSchema,
    PauseSchema,
)
from .preconditions import etag_of, seen_version
from .preview_schema import PreviewQuerySchema, PreviewSchema

area = Area("definitions", "How jobs are defined: made, changed, paused, removed")

TEXT = {"schema": {"type": "string"}}
WHOLE = Answer(JobDocumentSchema, example=examples.JOB_DOCUMENT, headers={"ETag": TEXT})
GUARDED = (409, 412, 428)

Told = tuple[dict[str, Any], int, dict[str, str]]


def _told(job: Job, status: int = 200) -> Told:
    return describe_job(job), status, {"ETag": etag_of(job.version)}


@area.endpoint(
    "GET",
    "/cron/jobs",
    role=Role.VIEWER,
    takes=Takes(query=JobQuery),
    answer=Answer(JobPageSchema, example=examples.JOB_PAGE),
)
def find(query: dict[str, Any]) -> dict[str, Any]:
    """List the jobs by name, each with its policies."""
    page: Page[Job] = list_jobs(
        the_system().store,
        limit=query["limit"],
        after=query.get("cursor"),
        containing=query.get("q", ""),
        enabled=query.get("enabled"),
        queue=query.get("queue"),
    )
    items = [describe_job(job) for job in page.items]
    return {"items": items, "next_cursor": page.after}


@area.endpoint(
    "POST",
    "/cron/jobs",
    role=Role.ADMIN,
    takes=Takes(headers=CreateHeaders, body=(NewJobSchema, examples.NEW_JOB)),
    answer=Answer(
        JobDocumentSchema,
        201,
        example=examples.JOB_DOCUMENT,
        headers={"Location": TEXT, "ETag": TEXT},
    ),
    errors=(409,),
)
def create(headers: dict[str, Any], body: dict[str, Any]) -> Told:
    """Make a job; it looks ahead from now."""
    system, name = the_system(), body.pop("name")
    shortest = system.settings.shortest_period
    key = key_of(Operation.CREATE_JOB, headers)
    job = create_job(system.store, name, body, by=caller(), shortest=shortest, key=key)
    document, status, tag = _told(job, 201)
    return document, status, tag | {"Location": f"/cron/jobs/{job.name}"}


@area.endpoint("GET", "/cron/jobs/<job:name>", role=Role.VIEWER, answer=WHOLE)
def show(name: str) -> Told:
    """Give one job with its policies and what people have changed of it."""
    return _told(read_job(the_system().store, name))


@area.endpoint(
    "PUT",
    "/cron/jobs/<job:name>",
    role=Role.ADMIN,
    takes=Takes(
        headers=IfMatchHeaders, body=(JobDefinitionSchema, examples.DEFINITION)
    ),
    answer=WHOLE,
    errors=GUARDED,
)
def put(headers: dict[str, Any], body: dict[str, Any], name: str) -> Told:
    """Replace the whole definition; what is left out takes its default."""
    system = the_system()
    job = replace_job(
        system.store,
        name,
        body,
        by=caller(),
        version=seen_version(headers),
        shortest=system.settings.shortest_period,
    )
    return _told(job)


@area.endpoint(
    "PATCH",
    "/cron/jobs/<job:name>",
    role=Role.ADMIN,
    takes=Takes(
        headers=IfMatchHeaders, body=(JobChangeSchema, {"schedule": "*/5 * * * *"})
    ),
    answer=WHOLE,
    errors=GUARDED,
)
def change(headers: dict[str, Any], body: dict[str, Any], name: str) -> Told:
    """Change a part of the definition; what is left out stays as it is."""
    system = the_system()
    job = change_job(
        system.store,
        name,
        body,
        by=caller(),
        version=seen_version(headers),
        shortest=system.settings.shortest_period,
    )
    return _told(job)


@area.endpoint(
    "DELETE",
    "/cron/jobs/<job:name>",
    role=Role.ADMIN,
    takes=Takes(headers=IfMatchHeaders),
    answer=Answer(status=204),
    errors=(*GUARDED, 422),
)
def delete(headers: dict[str, Any], name: str) -> None:
    """Delete a job that people made; its unfinished runs are cancelled."""
    delete_job(the_system().store, name, by=caller(), version=seen_version(headers))


@area.endpoint(
    "POST",
    "/cron/jobs/<job:name>/pause",
    role=Role.OPERATOR,
    takes=Takes(body=(PauseSchema, {"note": "the provider is moving"})),
    answer=Answer(JobDocumentSchema, example=examples.PAUSED, headers={"ETag": TEXT}),
)
def pause(body: dict[str, Any], name: str) -> Told:
    """Switch a job off and say why."""
    return _told(pause_job(the_system().store, name, note=body["note"], by=caller()))


@area.endpoint("POST", "/cron/jobs/<job:name>/resume", role=Role.OPERATOR, answer=WHOLE)
def resume(name: str) -> Told:
    """Switch a job on; it looks ahead only, and its note is forgotten."""
    return _told(resume_job(the_system().store, name, by=caller()))


@area.endpoint(
    "POST",
    "/cron/jobs/<job:name>/reset",
    role=Role.ADMIN,
    answer=WHOLE,
    errors=(409,),
)
def reset(name: str) -> Told:
    """Make a job from code again what code says."""
    return _told(reset_job(the_system().store, name, by=caller()))


@area.endpoint(
    "GET",
    "/cron/jobs/<job:name>/preview",
    role=Role.VIEWER,
    takes=Takes(query=PreviewQuerySchema),
    answer=Answer(PreviewSchema, example=examples.PREVIEW),
)
def preview(query: dict[str, Any], name: str) -> Preview:
    """Show when a job fires, and what a proposed schedule would change."""
    system = the_system()
    shortest = system.settings.shortest_period
    return preview_job(system.store, name, PreviewQuery(**query), shortest=shortest)
