"""Change a job: what would fire otherwise is shown before anything is kept."""

from datetime import timedelta
from functools import partial
from typing import Any

from flask import Response, request, url_for

from airq_cron.domain.firing import FireTime
from airq_cron.domain.job import Job
from airq_cron.domain.role import Role
from airq_cron.services.manage_jobs import change_job, read_job
from airq_cron.services.preview import PreviewQuery, preview_job

from ..auth import caller
from ..context import present, the_system
from ..fields import Count
from ..job_definition_schema import JobChangeSchema
from .forms import Form, submit
from .frame import area
from .job_form import MOST_SHOWN, filled, form_page, read

AHEAD = timedelta(days=7)


class EditSchema(JobChangeSchema):
    """A change against the version that was seen."""

    version = Count(required=True)


@area.page("/jobs/<job:name>/edit", role=Role.ADMIN)
def edit_job(name: str) -> Response:
    """Show what can be changed of a job."""
    found = read_job(the_system().store, name)
    return form_page(Form("edit", filled(found)), found)


@area.page("/jobs/<job:name>/edit", role=Role.ADMIN, methods=("POST",))
def save_job(name: str) -> Response:
    """Keep a change, or show what it would do."""
    found = read_job(the_system().store, name)
    if request.form.get("do") == "preview":
        return _preview(found, Form("edit", request.form))

    again, act = partial(form_page, job=found), partial(_save, name)
    return submit("edit", _read, act, again=again, done="saved")


def _read(form: Form) -> dict[str, Any] | None:
    return read(form, EditSchema, "version")


def _save(name: str, values: dict[str, Any]) -> str:
    system, version = the_system(), values.pop("version")
    change_job(
        system.store,
        name,
        values,
        by=caller(),
        version=version,
        shortest=system.settings.shortest_period,
    )
    return url_for("pages.job", name=name)


def _preview(job: Job, form: Form) -> Response:
    values = _read(form)
    if values is None:
        return form_page(form, job)
    return form_page(form, job, form.load_by(lambda: _fire_times(job, values)))


def _fire_times(job: Job, values: dict[str, Any]) -> tuple[FireTime, ...]:
    query = PreviewQuery(
        until=present() + AHEAD,
        schedule=values.get("schedule"),
        zone=values.get("timezone"),
        limit=MOST_SHOWN,
    )
    system = the_system()
    shortest = system.settings.shortest_period
    return preview_job(system.store, job.name, query, shortest=shortest).page.items
