"""One run: why it did or did not do its work, and what can be done about it."""

import json
from typing import Any

from flask import Response, url_for

from airq_cron.domain.role import Role
from airq_cron.domain.run import UNFINISHED, State
from airq_cron.services.cancel_run import cancel_run
from airq_cron.services.discard_run import discard_run
from airq_cron.services.explain import tell_run
from airq_cron.services.read_runs import find_parts
from airq_cron.services.retry_run import retry_run

from ..auth import caller
from ..context import the_system
from ..run_schema import ReasonSchema
from .forms import Form, submit
from .frame import area, show

MOST_PARTS = 50
BAD = frozenset({State.FAILED, State.DEAD})


@area.page("/runs/<run:id>", role=Role.VIEWER)
def run(id: str) -> Response:  # noqa: A002 - the name in the address
    """Show one run with its timeline."""
    return run_page(id)


@area.page("/runs/<run:id>/cancel", role=Role.OPERATOR, methods=("POST",))
def cancel_one(id: str) -> Response:  # noqa: A002
    """Cancel a run that has not ended."""
    system = the_system()

    def act(values: dict[str, Any]) -> None:
        why = values.get("reason")
        cancel_run(system.store, system.dispatcher, id, by=caller(), reason=why)

    return _submit("cancel", id, act, "cancelled")


@area.page("/runs/<run:id>/retry", role=Role.OPERATOR, methods=("POST",))
def retry_one(id: str) -> Response:  # noqa: A002
    """Start a failed or dead run again."""
    system = the_system()

    def act(values: dict[str, Any]) -> None:
        del values
        retry_run(system.store, system.dispatcher, id, by=caller())

    return _submit("retry", id, act, "retried")


@area.page("/runs/<run:id>/discard", role=Role.OPERATOR, methods=("POST",))
def discard_one(id: str) -> Response:  # noqa: A002
    """Take a run off the list of dead letters."""

    def act(values: dict[str, Any]) -> None:
        why = values.get("reason")
        discard_run(the_system().store, id, by=caller(), reason=why)

    return _submit("discard", id, act, "discarded")


def run_page(run_id: str, form: Form | None = None) -> Response:
    """Return the page of a run; *form* is one of its forms, with what was wrong."""
    store = the_system().store
    told = tell_run(store, run_id)
    found = told.story.run
    parts = None
    if found.parts:
        parts = find_parts(store, run_id, limit=MOST_PARTS, after=None)
    return show(
        "run.html",
        at="pages.runs",
        title=f"{found.job}, {found.state.value}",
        status=form.status if form else 200,
        form=form,
        run=found,
        timeline=told.story.timeline,
        verdict=told.verdict,
        parts=parts,
        params=_json(found.params),
        result=_json(found.result),
        cancellable=found.state in UNFINISHED,
        retriable=found.state in BAD,
        discardable=found.state in BAD and found.discarded_at is None,
    )


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, default=str) if value else ""


def _submit(name: str, run_id: str, act: Any, done: str) -> Response:
    again, to = (lambda form: run_page(run_id, form)), url_for("pages.run", id=run_id)
    return submit(name, ReasonSchema, act, again=again, done=done, to=to)
