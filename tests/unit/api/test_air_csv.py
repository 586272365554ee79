"""Figures as CSV over HTTP."""

import csv

import pytest

from airq_cron.system import System
from tests.unit.api.air_facts import HOUR, NOON, PARIS, measure
from tests.unit.api.caller import Caller

KINDS = ["series", "hourly", "daily"]


@pytest.mark.parametrize("kind", KINDS)
def test_csv_is_asked_for_by_name_or_by_accept(
    viewer: Caller, system: System, kind: str
):
    """A file to keep, streamed, with whom to name."""
    measure(system, [NOON - number * HOUR for number in range(5)])
    named = viewer.get(f"{PARIS}/{kind}?format=csv")
    accepted = viewer.get(f"{PARIS}/{kind}", headers={"Accept": "text/csv"})

    for answer in (named, accepted):
        assert (200, "text/csv") == (answer.status_code, answer.mimetype)
        assert "paris-" + kind in answer.headers["Content-Disposition"]
        assert answer.text.startswith("# location: paris (Paris)\r\n")
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "Content-Length" not in answer.headers


def test_the_whole_period_is_there_without_pages(viewer: Caller, system: System):
    """Whatever the limit of a page is."""
    measure(system, [NOON - number * HOUR for number in range(100)])
    query = "from=2026-02-20T00:00:00Z&to=2026-03-01T13:00:00Z&format=csv&limit=10"
    text = viewer.get(f"{PARIS}/series?{query}").text
    lines = [line for line in text.splitlines(keepends=True) if line[0] != "#"]

    assert 100 == len(list(csv.DictReader(lines)))


@pytest.mark.parametrize("kind", KINDS)
def test_json_says_whom_to_name_in_its_header(
    viewer: Caller, system: System, kind: str
):
    """In plain characters, as headers are."""
    measure(system, [NOON])
    answer = viewer.get(f"{PARIS}/{kind}")

    assert "application/json" == answer.mimetype
    if answer.json["items"]:
        assert answer.headers["X-Attribution"].startswith("open-meteo: ")
        assert answer.headers["X-Attribution"].isascii()
    else:
        assert "X-Attribution" not in answer.headers


def test_a_browser_gets_json(viewer: Caller, system: System):
    """There is no page here."""
    measure(system, [NOON])

    answer = viewer.get(f"{PARIS}/series", headers={"Accept": "text/html,*/*;q=0.8"})
    assert "application/json" == answer.mimetype


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=xml", "format"),
        ("format=csv&from=2020-01-01&to=2026-01-01", "to"),
        ("format=csv&from=2026-01-02&to=2026-01-01", "to"),
    ],
)
def test_what_is_wrong_is_a_problem_not_half_a_file(
    viewer: Caller, kind: str, query: str, field: str
):
    """Told before the stream begins."""
    answer = viewer.get(f"{PARIS}/{kind}?{query}")

    assert (422, "application/problem+json") == (answer.status_code, answer.mimetype)
    assert field == answer.json["errors"][0]["field"]


def test_an_unknown_place_is_not_there(viewer: Caller):
    """404, as in JSON."""
    assert 404 == viewer.get("/air/locations/nowhere/hourly?format=csv").status_code
