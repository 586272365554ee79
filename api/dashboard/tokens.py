"""Tokens: who may use this, made and revoked; a secret is shown once."""

from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema
from werkzeug.exceptions import UnsupportedMediaType

from airq_cron.domain.role import Role
from airq_cron.errors import ConflictError, InvalidError
from airq_cron.services.issue_token import IssuedToken, create_token
from airq_cron.services.manage_tokens import find_tokens, revoke_other_token

from ..auth import caller, token_in_use
from ..context import present, the_system
from ..token_schema import NewTokenSchema, TokenQuery
from . import words
from .forms import FORM, Form, submit
from .frame import area, next_page, show

SHOWN = 100


@area.page("/tokens", role=Role.ADMIN)
def tokens() -> Response:
    """Show the tokens by name."""
    return tokens_page()


@area.page("/tokens", role=Role.ADMIN, methods=("POST",))
def create_one() -> Response:
    """Make a token, and show its secret in this answer and never again."""
    if request.mimetype != FORM:
        raise UnsupportedMediaType(f"send Content-Type: {FORM}")
    form = Form("token", request.form)
    return tokens_page(form, issued=_created(form))


@area.page("/tokens/<run:id>/revoke", role=Role.ADMIN, methods=("POST",))
def revoke_one(id: str) -> Response:  # noqa: A002 - the name in the address
    """Revoke a token; not the one in use."""
    store, using = the_system().store, token_in_use()

    def act(values: dict[str, Any]) -> None:
        del values
        revoke_other_token(store, id, present(), using=using, by=caller())

    to = url_for("pages.tokens")
    return submit("revoke", Schema, act, again=tokens_page, done="revoked", to=to)


def tokens_page(
    form: Form | None = None, *, issued: IssuedToken | None = None
) -> Response:
    """
    Return the list.

    Args:
        form: one of its forms, with what was wrong.
        issued: a token that was just made, whose secret is shown.
    """
    query = {}
    if request.method == "GET":
        query = Form("page", request.args).load(TokenQuery) or {}
    found = find_tokens(the_system().store, limit=SHOWN, after=query.get("cursor"))
    return show(
        "tokens.html",
        at="pages.tokens",
        title=words.TOKENS.title,
        status=form.status if form else 200,
        form=form if issued is None else None,
        tokens=found.items,
        issued=issued,
        more=next_page(found.after),
        turned="cursor" in request.args,
        roles=[(one.value, words.ROLES[one.value]) for one in Role],
    )


def _created(form: Form) -> IssuedToken | None:
    values = form.load(NewTokenSchema)
    if values is None:
        return None
    store, at = the_system().store, present()
    try:
        return create_token(store, **values, at=at, by=caller())
    except InvalidError as error:
        form.blame(error.field, error.reason)
    except ConflictError as error:
        form.blame("name", str(error), 409)
    return None
