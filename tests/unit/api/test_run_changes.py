"""What people do with a run over HTTP: cancel, retry, discard; and its parts."""

import pytest

from airq_cron.domain.run import State
from airq_cron.ports import AuditFilter
from airq_cron.store.store import SqlStore
from airq_cron.system import System
from airq_cron.testing import RecordingDispatcher
from tests import entries
from tests.unit.api.caller import Caller

UNKNOWN = "00000000-0000-5000-8000-000000000000"


@pytest.fixture
def failed(system: System) -> str:
    """Give a run that failed."""
    claimed = entries.begin(system.store)
    entries.finish(system.store, claimed, State.FAILED, error="boom")
    return claimed.run_id


def actors(store: SqlStore, run_id: str) -> list[tuple[str, str]]:
    """Return who did what with a run, newest first."""
    with store.read() as unit:
        where = AuditFilter(subject=f"run:{run_id}")
        found = unit.audit.find(where, limit=9, after=None)
    return [(one.actor, one.action) for one in found]


def published(system: System) -> list[str]:
    """Return the runs whose messages were published."""
    assert isinstance(system.dispatcher, RecordingDispatcher)
    return system.dispatcher.ids


@pytest.mark.parametrize("given", [{}, {"json": {}}, {"json": {"reason": "too slow"}}])
def test_an_unfinished_run_is_cancelled(
    operator: Caller, system: System, given: dict[str, object]
):
    """With a reason or without, with a body or without."""
    run_id = entries.begin(system.store).run_id

    answer = operator.post(f"/cron/runs/{run_id}/cancel", **given)

    words = "cancelled by token:operator" + (": too slow" if given.get("json") else "")
    assert (200, "cancelled", words) == (
        answer.status_code,
        answer.json["state"],
        answer.json["reason"],
    )
    assert ["cancelled"] == [one["outcome"] for one in answer.json["attempts"]]
    assert [("token:operator", "run.cancel")] == actors(system.store, run_id)


def test_a_run_that_has_ended_cannot_be_cancelled(operator: Caller, failed: str):
    """409 says how it ended."""
    answer = operator.post(f"/cron/runs/{failed}/cancel")

    assert (409, "urn:airq:problem:conflict") == (
        answer.status_code,
        answer.json["type"],
    )
    assert "has ended as failed: boom" in answer.json["detail"]


def test_a_failed_run_is_retried(operator: Caller, system: System, failed: str):
    """It is published at once, under its id."""
    answer = operator.post(f"/cron/runs/{failed}/retry")

    run = answer.json
    assert (200, failed, "queued") == (answer.status_code, run["id"], run["state"])
    assert (None, None, None) == (run["error"], run["finished_at"], run["deadline_at"])
    assert (1, 1) == (run["attempt"], len(run["attempts"]))
    assert [failed] == published(system)
    assert [("token:operator", "run.retry")] == actors(system.store, failed)
    assert 409 == operator.post(f"/cron/runs/{failed}/retry").status_code


def test_a_failed_run_is_discarded(operator: Caller, system: System, failed: str):
    """It stays as it is, off the list; twice is once."""
    first = operator.post(f"/cron/runs/{failed}/discard", json={"reason": "known"})
    second = operator.post(f"/cron/runs/{failed}/discard")

    assert (200, "failed") == (first.status_code, first.json["state"])
    assert "2026-03-01T12:00:30Z" == first.json["discarded_at"]
    assert first.json == second.json
    assert [] == operator.get("/cron/dead-letters").json["items"]
    assert [("token:operator", "run.discard")] == actors(system.store, failed)


@pytest.mark.parametrize("deed", ["cancel", "retry", "discard"])
def test_only_operators_do_something_with_runs(viewer: Caller, failed: str, deed: str):
    """A viewer looks."""
    assert 403 == viewer.post(f"/cron/runs/{failed}/{deed}").status_code


@pytest.mark.parametrize("deed", ["cancel", "retry", "discard"])
def test_an_unknown_run_is_not_there(operator: Caller, deed: str):
    """404, as everywhere."""
    assert 404 == operator.post(f"/cron/runs/{UNKNOWN}/{deed}").status_code


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"json": {"reason": ""}}, 422),
        ({"json": {"reason": "x" * 501}}, 422),
        ({"json": {"reason": "a\nb"}}, 422),
        ({"json": {"why": "x"}}, 422),
        ({"json": []}, 422),
        ({"data": '{"reason": "x"}'}, 415),
        ({"data": "{", "content_type": "application/json"}, 400),
    ],
)
def test_a_reason_is_one_short_line(
    operator: Caller, failed: str, given: dict[str, object], status: int
):
    """What is sent is read strictly, even if it may be left out."""
    assert status == operator.post(f"/cron/runs/{failed}/discard", **given).status_code


def test_parts_are_listed_under_their_run(viewer: Caller, system: System):
    """By number, page by page; their run counts them."""
    claimed, ids = entries.split(system.store, 3)
    entries.finish(
        system.store, entries.claim(system.store, ids[1]), State.FAILED, error="x"
    )
    path = f"/cron/runs/{claimed.run_id}"

    first = viewer.get(f"{path}/parts?limit=2").json
    rest = viewer.get(f"{path}/parts?cursor={first['next_cursor']}").json
    failed = viewer.get(f"{path}/parts?state=failed").json

    assert ids == [one["id"] for one in first["items"] + rest["items"]]
    assert [2] == [one["part"] for one in failed["items"]]
    assert {claimed.run_id} == {one["parent"] for one in first["items"]}
    assert rest["next_cursor"] is None
    whole = viewer.get(path).json
    assert ("running", {"total": 3, "left": 2, "failed": 1}) == (
        whole["state"],
        whole["parts"],
    )


def test_a_run_without_parts_has_an_empty_page(viewer: Caller, failed: str):
    """Null counts, no items; an unknown run is not there."""
    assert {"items": [], "next_cursor": None} == viewer.get(
        f"/cron/runs/{failed}/parts"
    ).json
    assert viewer.get(f"/cron/runs/{failed}").json["parts"] is None
    assert 404 == viewer.get(f"/cron/runs/{UNKNOWN}/parts").status_code


@pytest.mark.parametrize("cursor", ["WyJhIl0", "WyIiXQ", "WyLCsiJd", "abc", "WyItMSJd"])
def test_a_wrong_cursor_of_parts_is_refused(viewer: Caller, failed: str, cursor: str):
    """422, whatever it holds."""
    answer = viewer.get(f"/cron/runs/{failed}/parts?cursor={cursor}")

    assert 422 == answer.status_code
    assert "cursor" == answer.json["errors"][0]["field"]
