"""Dead letters: what failed for good and waits for a person."""

from typing import Any

from flask import Response, request, url_for

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.domain.run import Run
from airq_cron.ports import LetterFilter
from airq_cron.services.dead_letters import (
    discard_dead_letters,
    find_dead_letters,
    retry_dead_letters,
)

from ..auth import caller
from ..context import the_system
from ..dead_letter_schema import LetterQuery, LettersSchema
from . import words
from .forms import Form, submit
from .frame import area, next_page, show


@area.page("/dead-letters", role=Role.VIEWER)
def letters() -> Response:
    """Show dead letters, newest fire time first."""
    return letters_page(Form("filter", request.args))


@area.page("/dead-letters/retry", role=Role.OPERATOR, methods=("POST",))
def retry_letters() -> Response:
    """Start the newest dead letters of a job again."""
    system = the_system()

    def act(values: dict[str, Any]) -> None:
        limit, where = values.pop("limit"), LetterFilter(**values)
        send = system.dispatcher
        retry_dead_letters(system.store, send, where, by=caller(), limit=limit)

    return _submit("retry", act, "all-retried")


@area.page("/dead-letters/discard", role=Role.OPERATOR, methods=("POST",))
def discard_letters() -> Response:
    """Discard the newest dead letters of a job."""

    def act(values: dict[str, Any]) -> None:
        limit, where = values.pop("limit"), LetterFilter(**values)
        discard_dead_letters(the_system().store, where, by=caller(), limit=limit)

    return _submit("discard", act, "all-discarded")


def letters_page(form: Form) -> Response:
    """Return the list; *form* is the filter, or what was refused of another."""
    query = form.load(LetterQuery) if form.name == "filter" else LetterQuery().load({})
    found: Page[Run] = Page(())
    if query is not None:
        limit, after = query.pop("limit"), query.pop("cursor", None)
        where = LetterFilter(**query)
        store = the_system().store
        found = find_dead_letters(store, where, limit=limit, after=after)
    return show(
        "dead_letters.html",
        at="pages.letters",
        title=words.LETTERS.title,
        status=form.status,
        form=form,
        runs=found.items,
        more=next_page(found.after),
        turned="cursor" in request.args,
        filtered=bool(form.given.get("job")),
        jobs=sorted({run.job for run in found.items}),
    )


def _submit(name: str, act: Any, done: str) -> Response:
    to = url_for("pages.letters")
    return submit(name, LettersSchema, act, again=letters_page, done=done, to=to)
