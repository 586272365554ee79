"""Breakers: whom we stopped asking, why, and until when."""

from datetime import timedelta
from typing import Any

from flask import Response, url_for
from marshmallow import Schema

from airq_cron.domain.role import Role
from airq_cron.services.steer_breaker import open_breaker, reset_breaker

from ..auth import caller
from ..breaker_schema import OpenSchema
from ..context import the_system
from . import words
from .forms import Form, submit
from .frame import area, show

MOST_CHANGES = 30


@area.page("/breakers", role=Role.VIEWER)
def breakers() -> Response:
    """Show every breaker with what became of it."""
    return breakers_page()


@area.page("/breakers/<provider:name>/open", role=Role.OPERATOR, methods=("POST",))
def open_one(name: str) -> Response:
    """Open a breaker by hand."""

    def act(values: dict[str, Any]) -> None:
        minutes = values.get("minutes")
        lasts = None if minutes is None else timedelta(minutes=minutes)
        desk, reason = the_system().breaker_desk, values["reason"]
        open_breaker(desk, name, reason=reason, by=caller(), lasts=lasts)

    return _submit(f"open-{name}", OpenSchema, act, "opened")


@area.page("/breakers/<provider:name>/reset", role=Role.OPERATOR, methods=("POST",))
def reset_one(name: str) -> Response:
    """Close a breaker, whoever opened it."""

    def act(values: dict[str, Any]) -> None:
        del values
        reset_breaker(the_system().breaker_desk, name, by=caller())

    return _submit(f"reset-{name}", Schema, act, "reset")


def breakers_page(form: Form | None = None) -> Response:
    """Return the page; *form* is one of its forms, with what was wrong."""
    desk = the_system().breaker_desk
    lines = desk.lines()
    return show(
        "breakers.html",
        at="pages.breakers",
        title=words.BREAKERS.title,
        status=form.status if form else 200,
        form=form,
        lines=lines,
        histories={
            line.name: desk.history(line.name, limit=MOST_CHANGES, after=None).items
            for line in lines
        },
    )


def _submit(name: str, schema: type[Schema], act: Any, done: str) -> Response:
    to = url_for("pages.breakers")
    return submit(name, schema, act, again=breakers_page, done=done, to=to)
