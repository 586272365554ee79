"""Make a job: its fire times are shown before there is one."""

from functools import partial
from typing import Any

from flask import Response, request, url_for

from airq_cron.domain.firing import FireTime
from airq_cron.domain.idempotency import Operation
from airq_cron.domain.job import Job, Queue
from airq_cron.domain.role import Role
from airq_cron.services.manage_jobs import create_job, define_job
from airq_cron.services.preview import LONGEST_WINDOW, PreviewQuery, preview_schedule

from ..auth import caller
from ..context import present, the_system
from ..idempotency import form_key
from ..job_definition_schema import NewJobSchema
from .forms import Form, submit
from .frame import area
from .job_form import MOST_SHOWN, filled, form_page, read

# What stands in the form before anybody fills it in: the defaults of a job.
PLAIN = Job("", "fetch", "", "UTC", Queue.DATA_FETCH)


@area.page("/new-job", role=Role.ADMIN)
def new_job() -> Response:
    """Show the form for a job."""
    return form_page(Form("new", filled(PLAIN)), None)


@area.page("/new-job", role=Role.ADMIN, methods=("POST",))
def make_job() -> Response:
    """Make the job, or show when it would fire."""
    if request.form.get("do") == "preview":
        return _preview(Form("new", request.form))

    again = partial(form_page, job=None)
    return submit("new", _read, _make, again=again, done="made", conflict="name")


def _read(form: Form) -> dict[str, Any] | None:
    return read(form, NewJobSchema, "name", "kind")


def _make(values: dict[str, Any]) -> str:
    system, name = the_system(), values.pop("name")
    create_job(
        system.store,
        name,
        values,
        by=caller(),
        shortest=system.settings.shortest_period,
        key=form_key(Operation.CREATE_JOB),
    )
    return url_for("pages.job", name=name)


def _preview(form: Form) -> Response:
    values = _read(form)
    if values is None:
        return form_page(form, None)
    return form_page(form, None, form.load_by(lambda: _fire_times(values)))


def _fire_times(values: dict[str, Any]) -> tuple[FireTime, ...]:
    job, now = define_job(values.pop("name"), values), present()
    query = PreviewQuery(
        until=now + LONGEST_WINDOW,
        schedule=job.schedule,
        zone=job.zone,
        limit=MOST_SHOWN,
    )
    shortest = the_system().settings.shortest_period
    return preview_schedule(query, at=now, shortest=shortest)
