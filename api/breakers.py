"""Breakers: whom we stopped asking, why, and until when."""

from datetime import timedelta
from typing import Any

from airq_cron.domain.breaker import BreakerChange
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.services.read_breakers import BreakerLine
from airq_cron.services.steer_breaker import open_breaker, reset_breaker

from . import breaker_examples as examples
from .area import Answer, Area, Takes
from .auth import caller
from .breaker_schema import (
    BreakerHistorySchema,
    BreakerPageSchema,
    BreakerQuery,
    BreakerSchema,
    OpenSchema,
)
from .context import the_system

area = Area("breakers", "Whom we stopped asking, why, and until when")


@area.endpoint(
    "GET",
    "/cron/breakers",
    role=Role.VIEWER,
    answer=Answer(BreakerPageSchema, example=examples.BREAKER_PAGE),
)
def every() -> Page[BreakerLine]:
    """List the breakers of all providers that are asked."""
    return Page(tuple(the_system().breaker_desk.lines()))


@area.endpoint(
    "GET",
    "/cron/breakers/<provider:name>",
    role=Role.VIEWER,
    answer=Answer(BreakerSchema, example=examples.BREAKER),
)
def show(name: str) -> BreakerLine:
    """Give one breaker."""
    return the_system().breaker_desk.line(name)


@area.endpoint(
    "GET",
    "/cron/breakers/<provider:name>/history",
    role=Role.VIEWER,
    takes=Takes(query=BreakerQuery),
    answer=Answer(BreakerHistorySchema, example=examples.HISTORY),
)
def history(query: dict[str, Any], name: str) -> Page[BreakerChange]:
    """List what became of a breaker, newest first."""
    limit, after = query["limit"], query.get("cursor")
    return the_system().breaker_desk.history(name, limit=limit, after=after)


@area.endpoint(
    "POST",
    "/cron/breakers/<provider:name>/open",
    role=Role.OPERATOR,
    takes=Takes(body=(OpenSchema, examples.OPEN)),
    answer=Answer(BreakerSchema, example=examples.BREAKER),
)
def open_it(body: dict[str, Any], name: str) -> BreakerLine:
    """Open a breaker by hand; it outlives a flush of Redis."""
    minutes = body.get("minutes")
    return open_breaker(
        the_system().breaker_desk,
        name,
        reason=body["reason"],
        by=caller(),
        expires_at=body.get("expires_at"),
        lasts=None if minutes is None else timedelta(minutes=minutes),
    )


@area.endpoint(
    "POST",
    "/cron/breakers/<provider:name>/reset",
    role=Role.OPERATOR,
    answer=Answer(BreakerSchema, example=examples.BREAKER),
    errors=(409, 503),
)
def reset(name: str) -> BreakerLine:
    """Close a breaker, whoever opened it."""
    return reset_breaker(the_system().breaker_desk, name, by=caller())
