"""Maintenance: what operators ask for by hand."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from flask import Response, jsonify

from airq_cron.domain.role import Role
from airq_cron.domain.run import Run
from airq_cron.services.cleanup import CLEANUP_JOB, find_expired
from airq_cron.services.trigger import trigger_job

from . import examples as run_examples
from . import maintenance_examples as examples
from .answers import reports
from .area import Answer, Area, Takes
from .auth import caller
from .context import check_desk, present, the_system, usual_overlap
from .maintenance_schema import CleanupPreviewSchema, CleanupQuery, PromptCheckSchema
from .run_schema import ExecuteHeaders, SingleRunSchema

area = Area("maintenance", "Check and clean up at once")
LOCATION = {"Location": {"schema": {"type": "string"}}}


@area.endpoint(
    "POST",
    "/cron/monitoring/health-check",
    role=Role.OPERATOR,
    answer=Answer(PromptCheckSchema, example=examples.CHECK),
)
def health_check() -> dict[str, Any]:
    """Check the health of everything within three seconds; it is no run."""
    done = check_desk().check(present(), by=caller())
    facts = {"by": done.check.by, "finished_at": done.check.finished_at}
    return {**done.check.result, **facts, "kept": done.kept}


@area.endpoint(
    "POST",
    "/cron/maintenance/cleanup",
    role=Role.OPERATOR,
    takes=Takes(query=CleanupQuery, headers=ExecuteHeaders),
    answer=Answer(SingleRunSchema, 202, example=run_examples.RUN, headers=LOCATION),
    errors=(409,),
)
@area.blueprint.alt_response(  # type: ignore[untyped-decorator]
    200, schema=CleanupPreviewSchema, example=examples.CLEANUP
)
def cleanup(query: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Remove what is past its time, by a run of weekly-cleanup."""
    if query["dry_run"]:
        return _preview()
    run = _begin(headers.get("idempotency_key") or str(uuid4()))
    return run, 202, {"Location": f"/cron/runs/{run.id}"}


def _preview() -> Response:
    system, at = the_system(), present()
    cache = reports()
    kept = replace(system.premises.reports, find=cache.expired, remove=cache.drop)
    premises = replace(system.premises, reports=kept)
    lines = find_expired(system.store, at, premises)
    document: dict[str, Any] = CleanupPreviewSchema().dump(
        {"kinds": lines, "as_of": at}
    )
    return jsonify(document)


def _begin(key: str) -> Run:
    system = the_system()
    return trigger_job(
        system.store,
        system.dispatcher,
        CLEANUP_JOB,
        key=key,
        by=caller(),
        overlap=usual_overlap(),
    )
