"""Why did it (not) run, over HTTP."""

import pytest

from airq_cron.services.tick import tick
from airq_cron.system import System
from airq_cron.testing import FakeClock
from tests import entries
from tests.unit.api.caller import Caller

PATH = "/cron/jobs/fetch-paris-data/runs/{}/explain"


def test_a_run_is_explained(viewer: Caller, system: System, clock: FakeClock):
    """As one timeline, with the run, its hour and the fire times beside it."""
    clock.wait(60)
    tick(system.store, system.dispatcher, by="beat@host")
    body = viewer.get(PATH.format("2026-03-01T12:01:00Z")).json

    assert ("fetch-paris-data", "2026-03-01T13:01:00+01:00", "queued", None) == (
        body["job"],
        body["local"],
        body["reason"],
        body["hour"],
    )
    (story,) = body["runs"]
    assert story["run"] == viewer.get(f"/cron/runs/{story['run']['id']}").json
    assert ["due", "inserted", "decided", "published", "queued", "now"] == [
        one["event"] for one in story["timeline"]
    ]
    assert "beat@host" == story["timeline"][1]["by"]
    assert ("2026-03-01T12:00:00Z", "2026-03-01T12:02:00Z") == (
        body["previous_fire_at"],
        body["next_fire_at"],
    )


@pytest.mark.parametrize(
    ("when", "scheduled_for"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01T13:00:00%2B01:00", "2026-03-01T12:00:00Z"),
        ("2026-03-01 13:00", "2026-03-01T12:00:00Z"),
        ("2026-03-01T13:00", "2026-03-01T12:00:00Z"),
        ("last", "2026-03-01T12:00:00Z"),
    ],
)
def test_an_instant_is_written_in_several_ways(
    viewer: Caller, when: str, scheduled_for: str
):
    """UTC, with an offset, local, or just the last."""
    assert scheduled_for == viewer.get(PATH.format(when)).json["scheduled_for"]


def test_without_a_run_the_answer_is_a_reason(viewer: Caller):
    """200: that there is none is an answer."""
    answer = viewer.get(PATH.format("2026-03-01T12:00:10Z"))

    assert (200, "not_a_fire_time", []) == (
        answer.status_code,
        answer.json["reason"],
        answer.json["runs"],
    )


def test_the_roll_up_of_the_hour_is_told(viewer: Caller, system: System):
    """With the totals and spreads of the statistics."""
    claimed = entries.begin(system.store, of="fetch-paris-data")
    entries.finish(system.store, claimed)

    hour = viewer.get(PATH.format("2026-03-01T12:00:00Z")).json["hour"]

    assert ("2026-03-01T12:00:00Z", 1, 1.0) == (
        hour["hour"],
        hour["runs"]["succeeded"],
        hour["success_rate"],
    )
    assert {"avg", "p50", "p95"} == set(hour["duration_ms"])


@pytest.mark.parametrize(
    "when",
    ["yesterday", "2026-02-30T00:00:00Z", "2026-10-25 02:30", "2500-01-01 00:00"],
)
def test_what_is_no_instant_is_refused(viewer: Caller, when: str):
    """422 says what would be one; a time that comes twice is none."""
    answer = viewer.get(PATH.format(when))

    assert 422 == answer.status_code
    assert "scheduled_for" == answer.json["errors"][0]["field"]


@pytest.mark.parametrize(
    "path",
    [
        "/cron/jobs/no-such-job/runs/last/explain",
        PATH.format("a_b"),
        PATH.format("x" * 41),
    ],
)
def test_what_is_not_there_is_404(viewer: Caller, path: str):
    """An unknown job, or what cannot stand in an address."""
    assert 404 == viewer.get(path).status_code
