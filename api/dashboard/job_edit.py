"""Change a job: what would fire otherwise is shown before anything is kept."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Response, request, url_for
from marshmallow import fields

from airq_cron.domain.firing import FireTime
from airq_cron.domain.job import Job, Overlap, Priority
from airq_cron.domain.role import Role
from airq_cron.services.manage_jobs import change_job, describe_job, read_job
from airq_cron.services.preview import PreviewQuery, preview_job

from ..auth import caller
from ..context import present, the_system
from ..fields import Count
from ..job_definition_schema import MODES, JobChangeSchema
from . import words
from .forms import Form, submit
from .frame import area, show

PLAIN = (
    *("schedule", "timezone", "description", "priority", "overlap"),
    *("time_limit_s", "jitter_s"),
)
NESTED = (("catchup", "mode"), ("retry", "attempts"))
AHEAD = timedelta(days=7)
MOST_SHOWN = 24


class EditSchema(JobChangeSchema):
    """A change against the version that was seen."""

    version = Count(required=True)
    do = fields.String()


@area.page("/jobs/<job:name>/edit", role=Role.ADMIN)
def edit_job(name: str) -> Response:
    """Show what can be changed of a job."""
    found = read_job(the_system().store, name)
    return _page(found, Form("edit", _filled(found)))


@area.page("/jobs/<job:name>/edit", role=Role.ADMIN, methods=("POST",))
def save_job(name: str) -> Response:
    """Keep a change, or show what it would do."""
    found = read_job(the_system().store, name)
    if request.form.get("do") == "preview":
        return _preview(found, Form("edit", request.form))

    again = partial(_page, found)
    act = partial(_save, name)
    return submit("edit", _read, act, again=again, done="saved")


def _read(form: Form) -> dict[str, Any] | None:
    given = form.given
    texts: dict[str, Any] = {name: given[name] for name in PLAIN if name in given}
    for outer, inner in NESTED:
        if given.get(f"{outer}.{inner}"):
            texts[outer] = {inner: given[f"{outer}.{inner}"]}
    if "pause_after" in given:
        texts["pause_after"] = given["pause_after"].strip() or None
    found, params = form.document("params")
    texts |= params | {"version": given.get("version", "")}
    return form.load_of(EditSchema, texts) if found else None


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
        return _page(job, form)
    return _page(job, form, form.load_by(lambda: _fire_times(job, values)))


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


def _filled(job: Job) -> dict[str, str]:
    """Return the fields as they are before anybody changes them."""
    told = describe_job(job)
    filled = {name: str(told[name]) for name in PLAIN}
    for outer, inner in NESTED:
        filled[f"{outer}.{inner}"] = str(told[outer][inner])
    pause = job.pause_after
    params = json.dumps(job.params, ensure_ascii=False)
    return filled | {
        "pause_after": "" if pause is None else str(pause),
        "params": params,
        "version": str(job.version),
    }


def _page(job: Job, form: Form, shown: tuple[FireTime, ...] | None = None) -> Response:
    return show(
        "job_edit.html",
        at="pages.jobs",
        title=words.EDIT.title.format(job.name),
        status=form.status,
        form=form,
        job=job,
        shown=shown,
        priorities=[(one.value, one.value) for one in Priority],
        overlaps=[(one.value, words.OVERLAPS[one.value]) for one in Overlap],
        modes=[(one, words.MODES[one]) for one in MODES],
    )
