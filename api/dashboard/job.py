"""One job: when it fires, how it went, and what can be done with it."""

import json
from datetime import timedelta
from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema, fields

from airq_cron.domain.role import Role
from airq_cron.domain.run import Run
from airq_cron.errors import InvalidError
from airq_cron.ports import RunFilter
from airq_cron.services.explain import Explanation, explain_run
from airq_cron.services.manage_jobs import describe_job, read_job
from airq_cron.services.pause import pause_job
from airq_cron.services.preview import LONGEST_WINDOW, PreviewQuery, preview_job
from airq_cron.services.read_marks import SHOWN
from airq_cron.services.read_runs import find_runs

from ..answers import answer_chart
from ..auth import caller
from ..charts.drawing import Theme
from ..charts.runs import draw_durations, draw_punctuality
from ..context import present, the_system
from ..job_definition_schema import PauseSchema
from ..jobs import begin_run
from ..run_schema import ExecuteSchema
from . import words
from .forms import Form, submit
from .frame import area, show

MOST_FIRE_TIMES = 8
MOST_RUNS = 15
MOMENT = timedelta(seconds=1)


class ThemeQuery(Schema):
    """On what a chart is looked at."""

    theme = fields.Enum(Theme, by_value=fields.String, load_default=Theme.LIGHT)


@area.page("/jobs/<job:name>", role=Role.VIEWER)
def job(name: str) -> Response:
    """Show one job."""
    return job_page(name)


@area.page("/jobs/<job:name>/why", role=Role.VIEWER)
def why(name: str) -> Response:
    """Tell why the job did, or did not, run at an instant."""
    form = Form("why", request.args)
    found = form.load_by(lambda: _explained(name, form))
    return job_page(name, form, explained=found)


@area.page("/jobs/<job:name>/run", role=Role.OPERATOR, methods=("POST",))
def run_job(name: str) -> Response:
    """Start a run by hand, and show it."""
    return submit(
        "run",
        _read_run,
        lambda values: _begin(name, values),
        again=lambda form: job_page(name, form),
        done="started",
    )


@area.page("/jobs/<job:name>/pause", role=Role.OPERATOR, methods=("POST",))
def pause_one(name: str) -> Response:
    """Switch a job off and say why."""

    def act(values: dict[str, Any]) -> None:
        pause_job(the_system().store, name, note=values["note"], by=caller())

    again, to = (lambda form: job_page(name, form)), url_for("pages.job", name=name)
    return submit("pause", PauseSchema, act, again=again, done="paused", to=to)


@area.page("/jobs/<job:name>/punctuality.svg", role=Role.VIEWER)
def punctuality(name: str) -> Response:
    """Draw how punctual the last runs were."""
    theme = _theme()
    return answer_chart(draw_punctuality(name, _last(name, SHOWN)[::-1], theme))


@area.page("/jobs/<job:name>/duration.svg", role=Role.VIEWER)
def duration(name: str) -> Response:
    """Draw how long the last runs took."""
    return answer_chart(draw_durations(name, _last(name, SHOWN)[::-1], _theme()))


def job_page(
    name: str, form: Form | None = None, *, explained: Explanation | None = None
) -> Response:
    """
    Return the page of a job.

    Args:
        form: one of its forms, with what was wrong.
    """
    store = the_system().store
    found = read_job(store, name)
    until = present() + LONGEST_WINDOW - MOMENT
    coming = PreviewQuery(since=None, until=until, limit=MOST_FIRE_TIMES)
    shortest = the_system().settings.shortest_period
    return show(
        "job.html",
        at="pages.jobs",
        title=name,
        status=form.status if form else 200,
        form=form,
        job=found,
        told=describe_job(found),
        params=json.dumps(found.params, ensure_ascii=False),
        coming=preview_job(store, name, coming, shortest=shortest).page.items,
        runs=_last(name, MOST_RUNS),
        explained=explained,
        overlaps=[
            ("", words.JOB.overlap_own.format(words.OVERLAPS[found.overlap.value])),
            *words.OVERLAPS.items(),
        ],
    )


def _explained(name: str, form: Form) -> Explanation:
    at = form.given.get("at", "").strip()
    try:
        return explain_run(the_system().store, name, at)
    except InvalidError as error:
        raise InvalidError("at", error.reason) from error


def _read_run(form: Form) -> dict[str, Any] | None:
    overlap = form.given.get("overlap")
    found, params = form.document("params")
    texts = params | ({"overlap": overlap} if overlap else {})
    return form.load_of(ExecuteSchema, texts) if found else None


def _begin(name: str, values: dict[str, Any]) -> str:
    try:
        return url_for("pages.run", id=begin_run(name, values).id)
    except InvalidError as error:
        raise InvalidError("params", str(error)) from error


def _last(name: str, limit: int) -> tuple[Run, ...]:
    where = RunFilter(job=name)
    return find_runs(the_system().store, where, limit=limit, after=None).items


def _theme() -> Theme:
    values = Form("theme", request.args).load(ThemeQuery)
    return Theme.LIGHT if values is None else Theme(values["theme"])
