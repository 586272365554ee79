"""All jobs: what runs, when, how it went, and the switch of each."""

from typing import Any

from flask import Response, request

from airq_cron.domain.role import Role
from airq_cron.services.manage_jobs import list_jobs
from airq_cron.services.pause import resume_job
from airq_cron.services.read_marks import read_marks
from airq_cron.services.toggle import toggle_job

from ..auth import caller
from ..context import the_system
from ..job_definition_schema import JobQuery
from ..job_schema import ToggleSchema
from . import words
from .forms import Form, submit
from .frame import area, next_page, show

SHOWN = 50


@area.page("/jobs", role=Role.VIEWER)
def jobs() -> Response:
    """Show the jobs by name."""
    return jobs_page(Form("filter", request.args))


@area.page("/jobs/<job:name>/toggle", role=Role.OPERATOR, methods=("POST",))
def toggle_one(name: str) -> Response:
    """Switch a job on or off."""
    store, wanted = the_system().store, request.form.get("enabled")

    def act(values: dict[str, Any]) -> None:
        if values["enabled"]:
            resume_job(store, name, by=caller())
        else:
            toggle_job(store, name, enabled=False, by=caller())

    done = "on" if wanted == "true" else "off"
    return submit("toggle", ToggleSchema, act, again=jobs_page, done=done)


def jobs_page(form: Form) -> Response:
    """Return the list; *form* is the filter, or what was refused of a switch."""
    query = (form.load(JobQuery) if form.name == "filter" else None) or {}
    store = the_system().store
    found = list_jobs(
        store,
        limit=min(SHOWN, query.get("limit", SHOWN)),
        after=query.get("cursor"),
        containing=query.get("q", ""),
        enabled=query.get("enabled"),
        queue=query.get("queue"),
    )
    return show(
        "jobs.html",
        at="pages.jobs",
        title=words.JOBS.title,
        status=form.status,
        form=form,
        jobs=found.items,
        marks=read_marks(store, [job.name for job in found.items]),
        more=next_page(found.after),
        filtered=not query.keys().isdisjoint({"q", "enabled", "queue"}),
    )
