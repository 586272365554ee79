"""No number and no window in a query is without a bound, and 422 names it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from api.docs import document_of
from api.paths import SAMPLES
from tests.unit.api.caller import Caller

BEYOND = (
    "0",
    "-1",
    "1000000000",
    "1e9",
    "NaN",
    "inf",
    "ten",
    "",
    "1.5",
    "0x10",
    "\u0661",
)
PART = re.compile(r"<(\w+):(\w+)>")
OPTIONS = {"pollutant": "pm2_5", "job": "fetch-paris-data"}


def queries(app: Flask) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Yield address and query parameters of everything that is read."""
    paths = document_of(app)["paths"]
    for rule in app.url_map.iter_rules():
        item = paths.get(PART.sub(r"{\2}", rule.rule), {})
        if "GET" in (rule.methods or ()) and "get" in item:
            found = item["get"].get("parameters", ())
            known = {
                one["name"]: one["schema"] for one in found if one["in"] == "query"
            }
            yield PART.sub(lambda part: SAMPLES[part[1]], rule.rule), known


@pytest.mark.parametrize("value", BEYOND)
def test_a_number_beyond_its_bounds_is_told_them(
    app: Flask, viewer: Caller, value: str
):
    """Every number of every query has two bounds, and both are in the message."""
    asked = 0
    for path, known in queries(app):
        for name, schema in known.items():
            if schema.get("type") not in ("integer", "number"):
                continue
            low, high = schema["minimum"], schema["maximum"]
            assert high <= 1000, f"{path}?{name}"
            answer = viewer.get(path, query_string={name: value})
            if answer.status_code in (403, 404):
                continue
            asked += 1
            assert 422 == answer.status_code, f"{path}?{name}={value}"
            problem = answer.json["errors"][0]
            assert name == problem["field"], path
            if value in ("0", "-1", "1000000000"):
                assert str(low) in problem["message"]
                assert str(high) in problem["message"]

    assert asked > 5


def test_a_window_beyond_its_bound_is_told_it(app: Flask, viewer: Caller):
    """From 1970 to 2099 is more than anybody may ask for at once, as JSON."""
    asked = 0
    for path, known in queries(app):
        if not {"from", "to"} <= set(known):
            continue
        query = {"from": "1970-01-01", "to": "2099-12-31"}
        query |= {name: OPTIONS[name] for name in known if name in OPTIONS}
        answer = viewer.get(path, query_string=query)
        asked += 1
        assert 422 == answer.status_code, f"{path}: {answer.text[:200]}"
        assert re.search(r"\d", answer.json["errors"][0]["message"]), path

    assert asked > 2
