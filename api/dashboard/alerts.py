"""Alerts: what came to hold, who sees to it, and for whom it is silent."""

from datetime import timedelta
from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema

from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.page import Page
from airq_cron.domain.role import Role
from airq_cron.ports import FlipFilter
from airq_cron.services.read_alerts import find_alerts
from airq_cron.services.steer_alerts import acknowledge_alert, silence_alert

from ..alert_schema import AcknowledgeSchema, AlertQuery, SilenceSchema
from ..auth import caller
from ..context import the_system
from . import words
from .forms import Form, submit
from .frame import area, next_page, show

FILTERS = ("state", "kind", "location")


@area.page("/alerts", role=Role.VIEWER)
def alerts() -> Response:
    """Show alerts, the last raised first."""
    return alerts_page(Form("filter", request.args))


@area.page("/alerts/<run:id>/acknowledge", role=Role.OPERATOR, methods=("POST",))
def acknowledge_one(id: str) -> Response:  # noqa: A002 - the name in the address
    """Say that somebody sees to an alert."""

    def act(values: dict[str, Any]) -> None:
        note = values.get("note")
        acknowledge_alert(the_system().store, id, by=caller(), note=note)

    return _submit(f"ack-{id}", AcknowledgeSchema, act, "acknowledged")


@area.page("/alerts/<run:id>/silence", role=Role.OPERATOR, methods=("POST",))
def silence_one(id: str) -> Response:  # noqa: A002
    """Tell nobody of an alert for a while, or again."""

    def act(values: dict[str, Any]) -> None:
        lasts = timedelta(minutes=values["minutes"])
        silence_alert(the_system().store, id, by=caller(), lasts=lasts)

    return _submit(f"silence-{id}", SilenceSchema, act, "silenced")


def alerts_page(form: Form) -> Response:
    """Return the list; *form* is the filter, or what was refused of another."""
    query = form.load(AlertQuery) if form.name == "filter" else AlertQuery().load({})
    found: Page[Flip] = Page(())
    if query is not None:
        limit, after = query.pop("limit"), query.pop("cursor", None)
        state = query.pop("state", None)
        where = FlipFilter(is_open=state and state == "open", **query)
        found = find_alerts(the_system().store, where, limit=limit, after=after)
    anything = ("", words.FRAME.any)
    return show(
        "alerts.html",
        at="pages.alerts",
        title=words.ALERTS.title,
        status=form.status,
        form=form,
        alerts=found.items,
        more=next_page(found.after),
        turned="cursor" in request.args,
        filtered=any(form.given.get(name) for name in FILTERS),
        states=[anything, ("open", "open"), ("cleared", "cleared")],
        kinds=[
            anything,
            *((one.value, one.value.replace("_", " ")) for one in FlipKind),
        ],
        silences=words.SILENCES,
    )


def _submit(name: str, schema: type[Schema], act: Any, done: str) -> Response:
    to = url_for("pages.alerts")
    return submit(name, schema, act, again=alerts_page, done=done, to=to)
