"""Queues: how well each does, why, where it is heading, and what would help."""

from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema, fields, validate

from airq_cron.domain.role import Role
from airq_cron.domain.trend import read_length
from airq_cron.errors import ConflictError, UnreachableError
from airq_cron.services.read_trends import Trend
from airq_cron.services.recommend import Advice

from ..answers import answer_chart
from ..charts.drawing import Theme
from ..charts.trends import DRAWN, draw_trend
from ..context import present, the_system
from . import words
from .follow import follow, needed_for
from .forms import Form, submit
from .frame import area, show

WINDOWS = ("1h", "6h", "24h", "7d")


class WindowQuery(Schema):
    """How far back, and of a chart which series on what."""

    window = fields.String(validate=validate.OneOf(WINDOWS), load_default="6h")
    series = fields.String(validate=validate.OneOf(list(DRAWN)), load_default="waiting")
    theme = fields.Enum(Theme, by_value=fields.String, load_default=Theme.LIGHT)


class FollowSchema(Schema):
    """Which recommendation is followed: what it was when the person saw it."""

    title = fields.String(required=True, validate=validate.Length(1, 500))


@area.page("/queues", role=Role.VIEWER)
def queues() -> Response:
    """Show every queue with its score."""
    found = the_system().health_desk.every()
    title = words.QUEUES.title
    return show("queues.html", at="pages.queues", title=title, queues=found.queues)


@area.page("/queues/<queue:name>", role=Role.VIEWER)
def queue(name: str) -> Response:
    """Show one queue: its score term by term, its trends, what would help."""
    return queue_page(name)


@area.page("/queues/<queue:name>/follow", role=Role.OPERATOR, methods=("POST",))
def follow_one(name: str) -> Response:
    """Do what is recommended for a queue."""

    def act(values: dict[str, Any]) -> None:
        follow(_advice(name), values["title"])

    again, to = (lambda form: queue_page(name, form)), url_for("pages.queue", name=name)
    return submit("follow", FollowSchema, act, again=again, done="followed", to=to)


@area.page("/queues/<queue:name>/trend.svg", role=Role.VIEWER)
def trend_chart(name: str) -> Response:
    """Draw a series of a queue."""
    query = _query()
    trend = _trend(name, query["window"])
    return answer_chart(draw_trend(trend, query["series"], query["theme"]))


def queue_page(name: str, form: Form | None = None) -> Response:
    """Return the page of a queue; *form* is its form, with what was wrong."""
    window = _query()["window"]
    health = the_system().health_desk.one(name)
    advice = trend = missing = None
    try:
        advice, trend = _advice(name), _trend(name, window)
    except (ConflictError, UnreachableError) as error:
        missing = str(error)
    return show(
        "queue.html",
        at="pages.queues",
        title=name,
        status=form.status if form else 200,
        form=form,
        queue=health,
        advice=advice,
        trend=trend,
        missing=missing,
        window=window,
        windows=WINDOWS,
        series=list(DRAWN),
        needed_for=needed_for,
    )


def _advice(name: str) -> Advice:
    return the_system().adviser.advise(name)


def _trend(name: str, window: str) -> Trend:
    length = read_length(window, "window")
    return the_system().trend_desk.trend(name, present(), window=length)


def _query() -> dict[str, Any]:
    given = request.args if request.method == "GET" else {}
    return (
        Form("window", given).load(WindowQuery) or Form("", {}).load(WindowQuery) or {}
    )
