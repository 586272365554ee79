"""Backfills over HTTP: start, follow, call off."""

from datetime import timedelta
from typing import Any

import pytest

from airq_cron.ports import AuditFilter
from airq_cron.system import System
from airq_cron.testing import FakeClock
from tests.unit.api.caller import Caller

DAYS = {"job": "daily-statistics", "from": "2026-02-01", "to": "2026-02-03"}
MEMBERS = (
    "id job from to overlap concurrency state total ended progress states"
    " entered_by created_at finished_at cancelled_at"
)


def start(operator: Caller, **more: Any) -> Any:
    """Start a backfill of three runs and return the answer."""
    return operator.post("/cron/backfills", json=DAYS | more)


def test_it_is_accepted_and_says_where_to_look(operator: Caller) -> None:
    """202 with what was entered and its address."""
    answer = start(operator)

    found = answer.json
    assert 202 == answer.status_code
    assert f"/cron/backfills/{found['id']}" == answer.headers["Location"]
    assert set(MEMBERS.split()) == set(found)
    assert DAYS == {name: found[name] for name in DAYS}
    assert ("queue_all", 1, "running", 3, 0, 0, "token:operator") == (
        found["overlap"], found["concurrency"], found["state"], found["total"],
        found["ended"], found["progress"], found["entered_by"],
    )  # fmt: skip
    assert {"queued": 1, "waiting": 2} == found["states"]


def test_its_address_gives_the_same(operator: Caller, viewer: Caller) -> None:
    """To a viewer as well."""
    started = start(operator).json

    assert started == viewer.get(f"/cron/backfills/{started['id']}").json


def test_policy_and_bound_can_be_given(operator: Caller) -> None:
    """They are the backfill's own, whatever the job has."""
    found = start(operator, overlap="skip", concurrency=2).json

    assert ("skip", 2) == (found["overlap"], found["concurrency"])
    assert {"queued": 2, "skipped": 1} == found["states"]


def test_without_a_bound_all_go_at_once(operator: Caller) -> None:
    """Under `allow`, and only there."""
    found = start(operator, overlap="allow").json

    assert found["concurrency"] is None
    assert {"queued": 3} == found["states"]


def test_pages_show_every_backfill_once_newest_first(
    operator: Caller, viewer: Caller, clock: FakeClock
) -> None:
    """Following the cursors to the end loses and repeats nothing."""
    ids = []
    for _ in range(3):
        ids.append(start(operator).json["id"])
        clock.advance(timedelta(seconds=1))
    first = viewer.get("/cron/backfills?limit=2").json
    second = viewer.get(f"/cron/backfills?limit=2&cursor={first['next_cursor']}").json

    assert ids[::-1] == [one["id"] for one in first["items"] + second["items"]]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(("job", "count"), [("daily-statistics", 1), ("nope", 0)])
def test_the_list_can_be_of_one_job(
    operator: Caller, viewer: Caller, job: str, count: int
) -> None:
    """A filter narrows it."""
    start(operator)

    assert count == len(viewer.get(f"/cron/backfills?job={job}").json["items"])


def test_cancelling_twice_is_as_good_as_once(operator: Caller, system: System) -> None:
    """The second call finds it cancelled; the audit trail tells of one."""
    address = f"/cron/backfills/{start(operator).json['id']}"

    first = operator.post(f"{address}/cancel")
    second = operator.post(f"{address}/cancel")

    assert (200, first.json) == (second.status_code, second.json)
    assert ("cancelled", 3, 1, {"cancelled": 3}) == tuple(
        first.json[name] for name in ("state", "ended", "progress", "states")
    )
    with system.store.read() as unit:
        found = unit.audit.find(
            AuditFilter(actor="token:operator"), limit=9, after=None
        )
    assert ["backfill.cancel", "backfill.start"] == [one.action for one in found]


@pytest.mark.parametrize(
    ("given", "field", "phrase"),
    [
        ({"to": "2026-01-01"}, "to", "before from"),
        ({"from": "2098-01-01", "to": "2098-01-02"}, "from", "no fire time"),
        ({"from": "soon"}, "from", "Not a date"),
        ({"from": None}, "from", "null"),
        ({"overlap": "sometimes"}, "overlap", "queue_all"),
        ({"concurrency": 0}, "concurrency", "1"),
        ({"concurrency": 51}, "concurrency", "50"),
        ({"concurrency": 1.5}, "concurrency", "whole"),
        ({"job": ""}, "job", "1"),
        ({"days": 3}, "days", "Unknown"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    operator: Caller, given: dict[str, Any], field: str, phrase: str
) -> None:
    """422 names the field and what would be right."""
    answer = start(operator, **given)

    assert 422 == answer.status_code
    (error,) = answer.json["errors"]
    assert field == error["field"]
    assert phrase in error["message"]


def test_an_unknown_job_is_not_there(operator: Caller) -> None:
    """404, and nothing is entered."""
    assert 404 == start(operator, job="nope").status_code
    assert [] == operator.get("/cron/backfills").json["items"]


@pytest.mark.parametrize("name", ["000000000000", "latest", "x" * 99])
def test_an_unknown_backfill_is_not_there(operator: Caller, name: str) -> None:
    """404, whether the id could be one or not."""
    assert 404 == operator.get(f"/cron/backfills/{name}").status_code
    assert 404 == operator.post(f"/cron/backfills/{name}/cancel").status_code


def test_a_viewer_changes_nothing(operator: Caller, viewer: Caller) -> None:
    """403 for starting and for cancelling."""
    address = f"/cron/backfills/{start(operator).json['id']}/cancel"

    assert 403 == start(viewer).status_code
    assert 403 == viewer.post(address).status_code
