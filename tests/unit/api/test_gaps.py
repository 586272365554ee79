"""Gaps over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from airq_cron.cli.gaps import completeness_document
from airq_cron.services.read_gaps import read_gaps
from airq_cron.system import System
from tests.unit.air import Air
from tests.unit.api.caller import Caller

HOUR = timedelta(hours=1)
PATH = "/air/locations/paris/gaps"


@pytest.fixture
def hole(system: System) -> None:
    """Store two days of Paris without four hours."""
    first = system.clock.now().replace(minute=0, second=0) - 48 * HOUR
    values = [None if 10 <= number < 14 else 20.0 for number in range(49)]
    Air().store(system.store, first, values)


@pytest.mark.usefixtures("hole")
def test_every_series_tells_what_is_missing(viewer: Caller):
    """With its age and its coverage."""
    body = viewer.get(PATH).json

    (item,) = body["items"]
    assert ("pm2_5", "open-meteo", "fresh", 3600) == (
        item["pollutant"],
        item["provider"],
        item["state"],
        item["interval_s"],
    )
    assert [("2026-02-27T22:00:00Z", "2026-02-28T02:00:00Z", 4, True)] == [
        (gap["from"], gap["to"], gap["hours"], gap["fillable"]) for gap in item["gaps"]
    ]
    assert {"expected": 45, "present": 41, "missing": 4, "coverage": 0.9111} == (
        item["last_7_days"]
    )
    assert body["next_cursor"] is None


@pytest.mark.usefixtures("hole")
def test_the_command_prints_the_same(viewer: Caller, system: System):
    """Key by key."""
    (found,) = read_gaps(system.store, system.providers, "paris")

    assert viewer.get(PATH).json["items"] == [completeness_document(found)]


@pytest.mark.usefixtures("hole")
def test_filling_answers_with_where_to_watch(operator: Caller):
    """A backfill like any other."""
    answer = operator.post(f"{PATH}/backfill")

    assert 202 == answer.status_code
    assert answer.headers["Location"] == f"/cron/backfills/{answer.json['id']}"
    assert (1, "fetch-paris-data") == (answer.json["total"], answer.json["job"])


def test_nothing_to_fill_is_a_conflict(operator: Caller):
    """With the reason."""
    answer = operator.post(f"{PATH}/backfill", json={"days": 7})

    assert (409, True) == (answer.status_code, "no gap" in answer.json["detail"])


@pytest.mark.parametrize("days", [0, 93, "x", -1])
def test_days_are_bounded(viewer: Caller, operator: Caller, days: Any):
    """Named, in the query and in the body."""
    for answer in (
        viewer.get(f"{PATH}?days={days}"),
        operator.post(f"{PATH}/backfill", json={"days": days}),
    ):
        assert 422 == answer.status_code
        assert "days" == answer.json["errors"][0]["field"]


def test_a_viewer_fills_nothing(viewer: Caller):
    """It costs calls upstream."""
    assert 403 == viewer.post(f"{PATH}/backfill").status_code


def test_an_unknown_place_is_not_there(operator: Caller):
    """404 either way."""
    assert 404 == operator.get("/air/locations/nowhere/gaps").status_code
    assert 404 == operator.post("/air/locations/nowhere/gaps/backfill").status_code
