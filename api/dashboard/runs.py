"""Runs: the ledger with filters."""

from flask import Response, request

from airq_cron.domain.job import Queue
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.domain.run import Run, State
from airq_cron.ports import RunFilter
from airq_cron.services.read_runs import find_runs

from ..context import the_system
from ..run_schema import RunQuery
from . import words
from .forms import Form
from .frame import area, next_page, show

FILTERS = ("job", "state", "queue", "origin", "since", "until")


@area.page("/runs", role=Role.VIEWER)
def runs() -> Response:
    """Show runs, newest fire time first."""
    return runs_page(Form("filter", request.args))


def runs_page(form: Form) -> Response:
    """Return the list by the filter *form*."""
    query = form.load(RunQuery)
    found: Page[Run] = Page(())
    if query is not None:
        limit, after = query.pop("limit"), query.pop("cursor", None)
        where = RunFilter(**query)
        found = find_runs(the_system().store, where, limit=limit, after=after)
    return show(
        "runs.html",
        at="pages.runs",
        title=words.RUNS.title,
        status=form.status,
        form=form,
        runs=found.items,
        more=next_page(found.after),
        turned="cursor" in request.args,
        filtered=any(form.given.get(name) for name in FILTERS),
        states=[("", words.FRAME.any), *((one.value, one.value) for one in State)],
        queues=[("", words.FRAME.any), *((one.value, one.value) for one in Queue)],
    )
