"""The audit trail over HTTP."""

import pytest

from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.system import System
from tests.unit.api.caller import Caller

PATH = "/cron/audit"
TOGGLE = "/cron/jobs/health-check/toggle"
HEADERS = {"X-Request-ID": "a-call"}


def newest(system: System) -> AuditEntry:
    """Return the last entry."""
    with system.store.read() as unit:
        return unit.audit.find(AuditFilter(), limit=1, after=None)[0]


def test_a_change_is_told_with_where_it_came_from(admin: Caller, operator: Caller):
    """And with the id by which the log knows the request."""
    operator.post(TOGGLE, json={"enabled": False}, headers=HEADERS)

    entry = admin.get(f"{PATH}?subject=job:health-check").json["items"][0]

    assert ("token:operator", "127.0.0.1", "a-call", 1) == (
        entry["actor"],
        entry["address"],
        entry["request_id"],
        entry["calls"],
    )
    assert entry["after"]["enabled"] is False


def test_a_call_that_a_role_forbids_is_told(
    admin: Caller, viewer: Caller, system: System
):
    """With who tried what, and why not."""
    answer = viewer.post(TOGGLE, json={"enabled": False}, headers=HEADERS)

    (entry,) = admin.get(f"{PATH}?action=call.refuse").json["items"]
    assert 403 == answer.status_code
    assert ("token:viewer", f"POST {TOGGLE}", "127.0.0.1", "a-call") == (
        entry["actor"],
        entry["subject"],
        entry["address"],
        entry["request_id"],
    )
    assert "the role operator" in entry["note"]
    with system.store.read() as unit:
        assert unit.jobs.get("health-check").enabled


def test_what_is_done_here_afterwards_came_from_no_address(
    system: System, operator: Caller
):
    """A request leaves nothing behind in its thread."""
    operator.post(TOGGLE, json={"enabled": False})
    entry = AuditEntry("cli:ann", "job.pause", "job:x")
    system.store.write(lambda unit: unit.audit.record(entry))

    assert (None, None) == (newest(system).address, newest(system).request_id)


def test_a_long_path_is_cut(viewer: Caller, system: System):
    """The trail is no place to fill."""
    viewer.post(f"/cron/jobs/{'x' * 500}/toggle", json={"enabled": False})

    assert len(newest(system).subject) < 300


def test_the_list_comes_in_pages_and_is_filtered(admin: Caller, operator: Caller):
    """Every entry once, newest first."""
    for enabled in (False, True, False):
        operator.post(TOGGLE, json={"enabled": enabled})
    query = f"{PATH}?actor=token:operator"

    first = admin.get(f"{query}&limit=2").json
    rest = admin.get(f"{query}&limit=2&cursor={first['next_cursor']}").json

    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert sorted(set(ids), reverse=True) == ids
    assert 3 == len(ids)
    at = first["items"][0]["at"]
    assert [] == admin.get(f"{query}&until={at}").json["items"]
    assert 3 == len(admin.get(f"{query}&since={at}").json["items"])


# A place whose number is none: ["2026-03-01T00:00:00+00:00","x"].
ODD = "WyIyMDI2LTAzLTAxVDAwOjAwOjAwKzAwOjAwIiwieCJd"


@pytest.mark.parametrize(
    "query", ["cursor=x", f"cursor={ODD}", "limit=0", "actor=", "since=x", "x=1"]
)
def test_a_bad_filter_is_refused(admin: Caller, query: str):
    """422 with the field."""
    assert 422 == admin.get(f"{PATH}?{query}").status_code


def test_only_admins_may_read_it(viewer: Caller, operator: Caller):
    """It tells of everybody."""
    assert [403, 403] == [one.get(PATH).status_code for one in (viewer, operator)]
