"""What may stand in an address; anything else is not there (404)."""

from datetime import date
from typing import Any

from flask import Flask
from flask_smorest import Api
from marshmallow import ValidationError
from werkzeug.routing import BaseConverter

from airq_cron.errors import InvalidError

from .fields import parse_date

PATTERNS = {
    "backfill": r"[0-9a-f]{12}",
    "channel": r"[a-z][a-z0-9-]{0,31}",
    "day": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    # `/cron/jobs/stats` is an address of its own, for every method.
    "job": r"(?!stats$)[a-z0-9][a-z0-9-]{0,99}",
    "location": r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?",
    "moment": r"[0-9A-Za-z :.+-]{1,40}",
    "provider": r"[a-z0-9][a-z0-9-]{0,63}",
    "queue": r"[a-z0-9][a-z0-9-]{0,63}",
    "rule": r"[a-z0-9_]{1,64}",
    "run": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
SAMPLES = {
    "backfill": "3f9a1c0b7d2e",
    "channel": "webhook",
    "day": "2014-03-14",
    "job": "fetch-paris-data",
    "location": "paris",
    "moment": "2026-10-25T00:30:00Z",
    "provider": "open-meteo",
    "queue": "data-fetch",
    "rule": "queue_backlog",
    "run": "2f1f3c1e-8d0b-5a53-9d8c-5f0e3f0c7a11",
}


def day_of(text: str) -> date:
    """
    Return the day that a `<day:...>` of an address names.

    Raises:
        InvalidError: names `date`: the calendar has no such day.
    """
    try:
        return parse_date(text)
    except ValidationError as error:
        raise InvalidError("date", "; ".join(map(str, error.messages))) from error


def register_paths(app: Flask, api: Api) -> None:
    """Let rules of *app* use `<job:...>`, `<run:...>` and the like."""
    for name, pattern in PATTERNS.items():
        # Werkzeug reads the pattern from the class.
        converter = type(f"{name.title()}Part", (BaseConverter,), {"regex": pattern})
        app.url_map.converters[name] = converter
        api.register_converter(converter, _describer(name))


def _describer(name: str) -> Any:
    def describe(converter: BaseConverter) -> dict[str, Any]:
        del converter
        return {
            "type": "string",
            "pattern": f"^{PATTERNS[name]}$",
            "examples": [SAMPLES[name]],
        }

    return describe
