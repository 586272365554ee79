"""The ledger over HTTP: filters, pages, one run."""

from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.domain.run import NewRun, Outcome, State
from airq_cron.system import System
from tests.unit.api.caller import Caller

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def enter(system: System, count: int, **given: str) -> list[str]:
    """Enter runs, one a minute from midnight on; return their ids."""
    values = {"job": "fetch-paris-data", "kind": "fetch", "queue": "data-fetch"} | given
    runs = [
        NewRun(priority="normal", scheduled_for=BEGIN + number * MINUTE, **values)  # type: ignore[arg-type]
        for number in range(count)
    ]
    return system.store.write(lambda unit: unit.runs.insert(runs))


def test_an_empty_ledger_is_an_empty_page(viewer: Caller):
    """Nothing ran yet: no items, no next page."""
    assert {"items": [], "next_cursor": None} == viewer.get("/cron/runs").json


def test_pages_show_every_run_once_newest_first(viewer: Caller, system: System):
    """Following the cursors to the end loses and repeats nothing."""
    ids = enter(system, 7)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = viewer.get(f"/cron/runs?limit=3{cursor and '&cursor=' + cursor}").json
        seen += [run["id"] for run in page["items"]]
        cursor = page["next_cursor"]

    assert list(reversed(ids)) == seen


def test_new_runs_do_not_disturb_the_turning_of_pages(viewer: Caller, system: System):
    """What comes in between shows up on the first page only."""
    enter(system, 4)
    first = viewer.get("/cron/runs?limit=2").json
    enter(system, 2, job="health-check", queue="monitoring")
    second = viewer.get(f"/cron/runs?limit=9&cursor={first['next_cursor']}").json

    assert ["2026-03-01T00:03:00Z", "2026-03-01T00:02:00Z"] == [
        run["scheduled_for"] for run in first["items"]
    ]
    assert not {run["id"] for run in first["items"]} & {
        run["id"] for run in second["items"]
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 6),
        ("job=fetch-paris-data", 4),
        ("queue=monitoring", 2),
        ("state=scheduled", 6),
        ("state=failed", 0),
        ("origin=schedule", 6),
        ("origin=manual:x", 0),
        ("since=2026-03-01T00:02:00Z", 2),
        ("until=2026-03-01T00:02:00Z", 4),
        ("since=2026-03-01T02:01:00%2B02:00&until=2026-03-01T00:02:00Z", 2),
        ("job=health-check&since=2026-03-01T00:01:00Z", 1),
        ("job=no-such-job", 0),
    ],
)
def test_filters_let_through_what_they_name(
    viewer: Caller, system: System, query: str, count: int
):
    """Each filter narrows the list, together they narrow it further."""
    enter(system, 4)
    enter(system, 2, job="health-check", queue="monitoring")

    assert count == len(viewer.get(f"/cron/runs?{query}").json["items"])


@pytest.mark.parametrize(
    ("query", "field", "bound"),
    [
        ("limit=0", "limit", "1000"),
        ("limit=-1", "limit", "1000"),
        ("limit=1001", "limit", "1000"),
        ("limit=1e9", "limit", "whole"),
        ("limit=NaN", "limit", "whole"),
        ("limit=", "limit", "whole"),
        ("limit=1&limit=2", "limit", "once"),
        ("state=done", "state", "succeeded"),
        ("queue=default", "queue", "data-fetch"),
        ("since=yesterday", "since", "2026"),
        ("until=1500-01-01T00:00:00Z", "until", "1970"),
        ("cursor=abc", "cursor", "cursor"),
        ("origin=", "origin", "1"),
        ("job=a%00b", "job", "printed"),
        ("page=2", "page", "Unknown"),
    ],
)
def test_a_bad_filter_is_refused_with_its_bound(
    viewer: Caller, query: str, field: str, bound: str
):
    """422 names the field and what would be right."""
    answer = viewer.get(f"/cron/runs?{query}")

    assert 422 == answer.status_code
    (error,) = answer.json["errors"]
    assert field == error["field"]
    assert bound in error["message"]


def test_one_run_shows_its_attempts(viewer: Caller, system: System):
    """A run that failed tells who tried, when, and how it ended."""
    (run_id,) = enter(system, 1)

    def claim_and_fail() -> None:
        claim = system.store.write(
            lambda unit: unit.runs.claim(
                run_id, owner="data@host:7", lease=timedelta(seconds=10)
            )
        )
        assert claim is not None
        system.store.write(
            lambda unit: unit.runs.finish(
                claim, State.FAILED, outcome=Outcome.FAILED, error="no answer"
            )
        )

    claim_and_fail()
    run = viewer.get(f"/cron/runs/{run_id}").json

    assert ("failed", "no answer", 1, "data@host:7") == (
        run["state"],
        run["error"],
        run["attempt"],
        run["worker"],
    )
    assert [
        {
            "number": 1,
            "worker": "data@host:7",
            "started_at": "2026-03-01T12:00:30Z",
            "finished_at": "2026-03-01T12:00:30Z",
            "outcome": "failed",
            "error": "no answer",
        }
    ] == run["attempts"]


def test_a_run_has_the_members_of_the_design(viewer: Caller, system: System):
    """No member more, no member less."""
    (run_id,) = enter(system, 1)
    members = (
        "id job scheduled_for state reason attempt queued_at started_at finished_at"
        " worker error queue origin part parent crashes deadline_at kind parts"
        " interval_start entered_by decision not_before sends discarded_at"
    )

    assert set(members.split()) == set(viewer.get("/cron/runs").json["items"][0])
    assert {*members.split(), "attempts", "result"} == set(
        viewer.get(f"/cron/runs/{run_id}").json
    )


@pytest.mark.parametrize(
    "run_id", ["00000000-0000-5000-8000-000000000000", "latest", "1", "%27", "x" * 99]
)
def test_an_unknown_run_is_not_there(viewer: Caller, run_id: str):
    """404, whether the id could be one or not."""
    assert 404 == viewer.get(f"/cron/runs/{run_id}").status_code
