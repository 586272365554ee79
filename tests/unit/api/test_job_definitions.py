"""Jobs over HTTP as definitions: made, changed, paused, looked ahead, removed."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from airq_cron.domain.job import BUILT_IN
from airq_cron.domain.role import Role
from airq_cron.ports import AuditFilter
from airq_cron.system import System
from airq_cron.testing import FakeClock
from tests.unit.api.caller import Caller, make_caller

NEW = {"name": "mine", "kind": "health", "schedule": "0 * * * *"}
FETCH = "/cron/jobs/fetch-paris-data"
MINE = "/cron/jobs/mine"
WRITES = [
    ("POST", "/cron/jobs", NEW),
    ("PUT", FETCH, NEW),
    ("PATCH", FETCH, {"pause_after": 3}),
    ("DELETE", FETCH, None),
    ("POST", f"{FETCH}/reset", None),
]
SWITCHES = [
    ("POST", f"{FETCH}/pause", {"note": "x"}),
    ("POST", f"{FETCH}/resume", None),
]


@pytest.fixture
def admin(app: Flask, system: System) -> Caller:
    """Give somebody who may do everything."""
    return make_caller(app, system, Role.ADMIN)


def make(admin: Caller, **more: Any) -> Any:
    """Make a job that fires every hour; return the answer."""
    return admin.post("/cron/jobs", json=NEW | more)


def edit(admin: Caller, method: str, path: str, tag: str | None, **given: Any) -> Any:
    """Send a change with an If-Match header."""
    headers = {} if tag is None else {"If-Match": tag}
    return admin.ask(method, path, headers=headers, **given)


def test_the_list_has_every_job_with_its_policies(viewer: Caller) -> None:
    """By name, in pages."""
    first = viewer.get("/cron/jobs?limit=2").json
    rest = viewer.get(f"/cron/jobs?cursor={first['next_cursor']}").json

    jobs = first["items"] + rest["items"]
    assert sorted(job.name for job in BUILT_IN) == [job["name"] for job in jobs]
    assert rest["next_cursor"] is None
    assert {"catchup", "retry", "overlap", "overrides", "version"} < set(jobs[0])


def test_a_job_is_told_whole(viewer: Caller) -> None:
    """In the words of the design, with the tag of its version."""
    answer = viewer.get("/cron/jobs/hourly-aggregations")

    assert '"1"' == answer.headers["ETag"]
    assert {
        "name": "hourly-aggregations",
        "description": "Recompute the hourly figures of every hour that changed",
        "category": "analytics",
        "kind": "aggregate",
        "params": {},
        "schedule": "0 * * * *",
        "timezone": "UTC",
        "enabled": True,
        "note": None,
        "queue": "analytics",
        "priority": "normal",
        "overlap": "queue_all",
        "catchup": {"mode": "all", "window_s": 86400, "cap": 24},
        "retry": {
            "backoff": "fixed",
            "attempts": 2,
            "delay_s": 60.0,
            "cap_s": 300.0,
        },
        "time_limit_s": 1800,
        "soft_limit_s": None,
        "run_limit_s": None,
        "start_margin_s": None,
        "jitter_s": 0,
        "pause_after": None,
        "source": "code",
        "overrides": {},
        "version": 1,
        "next_run_at": "2026-03-01T13:00:00Z",
    } == answer.json


def test_a_job_is_made(admin: Caller, system: System) -> None:
    """201 says where it is; the audit says who made it."""
    answer = make(admin, timezone="Europe/Paris", retry={"attempts": 1, "delay_s": 0.5})

    assert 201 == answer.status_code
    assert (MINE, '"1"') == (answer.headers["Location"], answer.headers["ETag"])
    assert ("person", "monitoring", "2026-03-01T13:00:00Z") == (
        answer.json["source"], answer.json["queue"], answer.json["next_run_at"]
    )  # fmt: skip
    assert answer.json == admin.get(MINE).json
    with system.store.read() as unit:
        (entry,) = unit.audit.find(AuditFilter("job:mine"), limit=9, after=None)
    assert ("token:admin", "job.create") == (entry.actor, entry.action)


def test_the_same_body_again_is_a_conflict(admin: Caller) -> None:
    """Whoever retries learns that it is there."""
    assert [201, 409] == [make(admin).status_code for _ in range(2)]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "Mine"}, "name"),
        ({"name": "stats"}, "name"),
        ({"kind": "workers.fetch"}, "kind"),
        ({"schedule": "* * * * * *"}, "schedule"),
        ({"schedule": "every 1s"}, "schedule"),
        ({"schedule": "at 2020-01-01T00:00:00Z"}, "schedule"),
        ({"timezone": "Mars"}, "timezone"),
        ({"params": {"x": 1}}, "params.x"),
        ({"params": []}, "params"),
        ({"overlap": "maybe"}, "overlap"),
        ({"catchup": {"mode": "some"}}, "catchup.mode"),
        ({"catchup": {"window_s": 0}}, "catchup.window_s"),
        ({"catchup": {"cap": 10_001}}, "catchup.cap"),
        ({"retry": {"backoff": "fixed", "attempts": 101}}, "retry.attempts"),
        ({"retry": {"attempts": 2}}, "retry.backoff"),
        ({"retry": {"delay_s": "1"}}, "retry.delay_s"),
        ({"retry": {"delay_s": -1}}, "retry.delay_s"),
        ({"time_limit_s": 3001}, "time_limit_s"),
        ({"time_limit_s": 10, "soft_limit_s": 10}, "soft_limit_s"),
        ({"jitter_s": 1800}, "jitter_s"),
        ({"pause_after": 0}, "pause_after"),
        ({"description": "x" * 501}, "description"),
        ({"note": "x"}, "note"),
        ({"cursor": "2020-01-01T00:00:00Z"}, "cursor"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_wrong_field_is_named(
    admin: Caller, more: dict[str, Any], field: str
) -> None:
    """422, and no job is made."""
    answer = make(admin, **more)

    assert (422, [field]) == (
        answer.status_code, [one["field"] for one in answer.json["errors"]]
    )  # fmt: skip
    assert 404 == admin.get(MINE).status_code


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_is_made_against_what_was_seen(admin: Caller, method: str) -> None:
    """428 without If-Match, 412 when somebody was faster, done with the tag."""
    tag = make(admin).headers["ETag"]
    body = {"PUT": {"kind": "health", "schedule": "@daily"}, "PATCH": {"category": "x"}}
    given = {"json": body[method]} if method in body else {}

    answers = [
        edit(admin, method, MINE, one, **given)
        for one in (None, '"7"', 'W/"1"', '"x"', "1", tag)
    ]

    assert [428, 412, 412, 412, 422, 204 if method == "DELETE" else 200] == [
        answer.status_code for answer in answers
    ]
    assert "urn:airq:problem:precondition-required" == answers[0].json["type"]
    assert ("urn:airq:problem:stale", tag) == (
        answers[1].json["type"], answers[1].headers["ETag"]
    )  # fmt: skip


def test_a_star_matches_whatever_is_there(admin: Caller) -> None:
    """For those who know that they want it so."""
    make(admin)

    assert 200 == edit(admin, "PATCH", MINE, "*", json={"category": "x"}).status_code
    assert 204 == edit(admin, "DELETE", MINE, "*").status_code
    assert 404 == edit(admin, "DELETE", MINE, "*").status_code


def test_a_part_is_changed(admin: Caller) -> None:
    """Members that are left out stay, null takes a limit away."""
    make(admin, catchup={"mode": "all", "cap": 3}, run_limit_s=60)

    answer = edit(
        admin,
        "PATCH",
        MINE,
        '"1"',
        json={"catchup": {"window_s": 60}, "run_limit_s": None, "jitter_s": 30},
    )

    assert ({"mode": "all", "window_s": 60, "cap": 3}, None, 30, '"2"') == (
        answer.json["catchup"],
        answer.json["run_limit_s"],
        answer.json["jitter_s"],
        answer.headers["ETag"],
    )


def test_a_definition_is_replaced(admin: Caller) -> None:
    """What is left out takes its default."""
    make(admin, pause_after=3)

    answer = edit(
        admin, "PUT", MINE, '"1"', json={"kind": "health", "schedule": "@daily"}
    )

    assert ("@daily", None) == (answer.json["schedule"], answer.json["pause_after"])


def test_a_code_job_is_overridden_and_reset(admin: Caller) -> None:
    """It cannot be deleted, and says what code says."""
    changed = edit(admin, "PATCH", FETCH, '"1"', json={"time_limit_s": 30})
    refused = edit(admin, "DELETE", FETCH, "*")
    reset = admin.post(f"{FETCH}/reset")

    assert {"time_limit_s": 50} == changed.json["overrides"]
    assert 409 == refused.status_code
    assert "toggle" in refused.json["detail"]
    assert ({}, 50) == (reset.json["overrides"], reset.json["time_limit_s"])
    make(admin)
    assert 409 == admin.post(f"{MINE}/reset").status_code


def test_a_job_is_paused_with_a_note_and_resumed(
    operator: Caller, system: System, clock: FakeClock
) -> None:
    """By an operator, who is named in the audit."""
    paused = operator.post(f"{FETCH}/pause", json={"note": "moving"})
    clock.advance(timedelta(hours=1))
    resumed = operator.post(f"{FETCH}/resume")

    assert (200, False, "moving", None) == (
        paused.status_code,
        paused.json["enabled"],
        paused.json["note"],
        paused.json["next_run_at"],
    )
    assert (True, None, "2026-03-01T13:01:00Z") == (
        resumed.json["enabled"], resumed.json["note"], resumed.json["next_run_at"]
    )  # fmt: skip
    subject = AuditFilter("job:fetch-paris-data")
    with system.store.read() as unit:
        found = unit.audit.find(subject, limit=9, after=None)
    assert [("token:operator", "job.resume"), ("token:operator", "job.pause")] == [
        (entry.actor, entry.action)
        for entry in found
        if entry.action.startswith("job.")
    ]


def test_toggle_and_execute_are_audited_with_the_caller(
    operator: Caller, system: System
) -> None:
    """Every change is somebody's."""
    operator.post(f"{FETCH}/toggle", json={"enabled": False})
    operator.post(f"{FETCH}/execute")

    with system.store.read() as unit:
        found = unit.audit.find(AuditFilter(), limit=9, after=None)
    assert [("token:operator", "job.execute"), ("token:operator", "job.toggle")] == [
        (entry.actor, entry.action)
        for entry in found
        if entry.action.startswith("job.")
    ]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_definitions_are_for_admins(
    viewer: Caller, operator: Caller, method: str, path: str, body: Any
) -> None:
    """Others are told so, and nothing is done."""
    for caller in (viewer, operator):
        given = {} if body is None else {"json": body}
        answer = edit(caller, method, path, "*", **given)
        assert 403 == answer.status_code
    assert 1 == viewer.get(FETCH).json["version"]


@pytest.mark.parametrize(("method", "path", "body"), SWITCHES)
def test_switching_is_not_for_viewers(
    viewer: Caller, method: str, path: str, body: Any
) -> None:
    """They look."""
    given = {} if body is None else {"json": body}

    assert 403 == viewer.ask(method, path, **given).status_code


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"kind": "health", "schedule": "@daily"}),
        ("PATCH", "", {"category": "x"}),
        ("DELETE", "", None),
        ("POST", "/pause", {}),
        ("POST", "/resume", None),
        ("POST", "/reset", None),
        ("GET", "/preview", None),
    ],
)
def test_an_unknown_job_is_not_there(
    admin: Caller, method: str, path: str, body: Any
) -> None:
    """By any door."""
    given = {} if body is None else {"json": body}

    answer = edit(admin, method, f"/cron/jobs/nope{path}", "*", **given)

    assert 404 == answer.status_code


def test_fire_times_are_shown_in_utc_and_local(viewer: Caller) -> None:
    """The night on which Paris has 02:30 twice, minute by minute."""
    found = viewer.get(
        f"{FETCH}/preview?from=2026-10-25T00:00:00Z&to=2026-10-25T02:00:00Z"
    ).json

    assert (120, None) == (len(found["items"]), found["next_cursor"])
    assert {"fold"} == {item["mark"] for item in found["items"]}
    assert {
        "scheduled_for": "2026-10-25T00:00:00Z",
        "local": "2026-10-25T02:00:00+02:00",
        "mark": "fold",
        "change": None,
    } == found["items"][0]
    assert "2026-10-25T02:59:00+01:00" == found["items"][-1]["local"]


def test_a_proposed_change_is_compared(viewer: Caller) -> None:
    """Days are those of its zone, and each fire time says what becomes of it."""
    found = viewer.get(
        "/cron/jobs/weekly-cleanup/preview"
        "?from=2026-03-29&to=2026-03-29&schedule=30+2+*+*+*&timezone=Europe/Paris"
    ).json

    assert ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z") == (
        found["from"], found["to"]
    )  # fmt: skip
    assert [
        ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00", "gap", "added"),
        ("2026-03-29T02:00:00Z", "2026-03-29T02:00:00+00:00", None, "removed"),
    ] == [
        (item["scheduled_for"], item["local"], item["mark"], item["change"])
        for item in found["items"]
    ]


def test_a_long_preview_has_pages(viewer: Caller) -> None:
    """A thousand fire times at most, and a cursor."""
    path = f"{FETCH}/preview?from=2026-03-01&to=2026-03-02"
    first = viewer.get(path).json
    second = viewer.get(f"{path}&cursor={first['next_cursor']}").json

    assert (1000, 1000) == (len(first["items"]), len(second["items"]))
    assert "2026-03-01T15:40:00Z" == second["items"][0]["scheduled_for"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-01-02&to=2026-01-01", "to"),
        ("from=2026-01-01&to=2027-01-03", "to"),
        ("from=tomorrow", "from"),
        ("schedule=x", "schedule"),
        ("schedule=every+1s", "schedule"),
        ("timezone=Mars", "timezone"),
        ("limit=1001", "limit"),
        ("cursor=x", "cursor"),
        ("at=now", "at"),
    ],
)
def test_a_wrong_question_is_named(viewer: Caller, query: str, field: str) -> None:
    """422 with the name in the address."""
    answer = viewer.get(f"{FETCH}/preview?{query}")

    assert (422, [field]) == (
        answer.status_code, [one["field"] for one in answer.json["errors"]]
    )  # fmt: skip
