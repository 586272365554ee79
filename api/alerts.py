"""Alerts: conditions that came to hold, and what became of them."""

from datetime import timedelta
from typing import Any

from airq_cron.domain.flip import Flip
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.ports import FlipFilter
from airq_cron.services.read_alerts import find_alerts, read_alert
from airq_cron.services.steer_alerts import acknowledge_alert, silence_alert

from . import alert_examples as examples
from .alert_schema import (
    AcknowledgeSchema,
    AlertPageSchema,
    AlertQuery,
    AlertSchema,
    SilenceSchema,
)
from .area import Answer, Area, Takes
from .auth import caller
from .context import the_system

area = Area("alerts", "Conditions that came to hold, and maybe ceased to")


@area.endpoint(
    "GET",
    "/cron/alerts",
    role=Role.VIEWER,
    takes=Takes(query=AlertQuery),
    answer=Answer(AlertPageSchema, example=examples.ALERT_PAGE),
)
def find(query: dict[str, Any]) -> Page[Flip]:
    """List alerts, the last raised first."""
    limit, after = query.pop("limit"), query.pop("cursor", None)
    state = query.pop("state", None)
    where = FlipFilter(is_open=state and state == "open", **query)
    return find_alerts(the_system().store, where, limit=limit, after=after)


@area.endpoint(
    "GET",
    "/cron/alerts/<run:id>",
    role=Role.VIEWER,
    answer=Answer(AlertSchema, example=examples.ALERT),
)
def show(id: str) -> Flip:  # noqa: A002 - the name in the address
    """Give one alert."""
    return read_alert(the_system().store, id)


@area.endpoint(
    "POST",
    "/cron/alerts/<run:id>/acknowledge",
    role=Role.OPERATOR,
    takes=Takes(body=(AcknowledgeSchema, examples.ACKNOWLEDGE)),
    answer=Answer(AlertSchema, example=examples.ALERT),
    errors=(409,),
)
def acknowledge(body: dict[str, Any], id: str) -> Flip:  # noqa: A002
    """Say that somebody sees to it: it is not repeated; 409 when it is over."""
    store = the_system().store
    return acknowledge_alert(store, id, by=caller(), note=body.get("note"))


@area.endpoint(
    "POST",
    "/cron/alerts/<run:id>/silence",
    role=Role.OPERATOR,
    takes=Takes(body=(SilenceSchema, examples.SILENCE)),
    answer=Answer(AlertSchema, example=examples.ALERT),
    errors=(409,),
)
def silence(body: dict[str, Any], id: str) -> Flip:  # noqa: A002
    """Tell nobody of it for a while, or again; 409 when it is over."""
    minutes = body.get("minutes")
    return silence_alert(
        the_system().store,
        id,
        by=caller(),
        until=body.get("until"),
        lasts=None if minutes is None else timedelta(minutes=minutes),
        note=body.get("note"),
    )
