"""Tokens: who may use this API, made, listed and revoked."""

from dataclasses import asdict
from typing import Any

from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.ports import Token
from airq_cron.services.issue_token import create_token
from airq_cron.services.manage_tokens import (
    find_tokens,
    read_token,
    revoke_other_token,
)

from . import token_examples as examples
from .area import Answer, Area, Takes
from .auth import caller, token_in_use
from .context import present, the_system
from .token_schema import (
    IssuedTokenSchema,
    NewTokenSchema,
    TokenPageSchema,
    TokenQuery,
    TokenSchema,
)

area = Area("tokens", "Who may use this API")
LOCATION = {"Location": {"schema": {"type": "string"}, "description": "its address"}}


@area.endpoint(
    "GET",
    "/cron/tokens",
    role=Role.ADMIN,
    takes=Takes(query=TokenQuery),
    answer=Answer(TokenPageSchema, example=examples.TOKEN_PAGE),
)
def find(query: dict[str, Any]) -> Page[Token]:
    """List tokens by name, revoked and expired ones too; never their secrets."""
    limit, after = query["limit"], query.get("cursor")
    return find_tokens(the_system().store, limit=limit, after=after)


@area.endpoint(
    "POST",
    "/cron/tokens",
    role=Role.ADMIN,
    takes=Takes(body=(NewTokenSchema, examples.NEW_TOKEN)),
    answer=Answer(IssuedTokenSchema, 201, examples.ISSUED_TOKEN, LOCATION),
    errors=(409,),
)
def create(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a token; its secret is in this answer and never shown again."""
    store, at = the_system().store, present()
    issued = create_token(store, **body, at=at, by=caller())
    told = asdict(issued.token) | {"token": issued.secret}
    return told, 201, {"Location": f"/cron/tokens/{issued.token.id}"}


@area.endpoint(
    "GET",
    "/cron/tokens/<run:id>",
    role=Role.ADMIN,
    answer=Answer(TokenSchema, example=examples.TOKEN),
)
def show(id: str) -> Token:  # noqa: A002 - the name in the address
    """Give one token, without its secret."""
    return read_token(the_system().store, id)


@area.endpoint(
    "DELETE",
    "/cron/tokens/<run:id>",
    role=Role.ADMIN,
    answer=Answer(status=204),
    errors=(409,),
)
def revoke(id: str) -> None:  # noqa: A002 - the name in the address
    """Revoke a token; not the one in use (409). It stays on the list."""
    store, using = the_system().store, token_in_use()
    revoke_other_token(store, id, present(), using=using, by=caller())
