"""`Idempotency-Key` over HTTP: a call that is sent again makes nothing more."""

from typing import Any

import pytest

from airq_cron.domain.role import Role
from airq_cron.ports import AuditFilter
from airq_cron.services.issue_token import create_token
from airq_cron.system import System, build
from airq_cron.testing import FakeClock, RecordingDispatcher
from api.app import attach, make_routes
from tests.unit.api.caller import Caller

JOB = {"name": "mine", "kind": "health", "schedule": "0 * * * *"}
DAYS = {"job": "daily-statistics", "from": "2026-02-01", "to": "2026-02-03"}
PLACE = {"id": "here", "name": "Here", "lat": 1, "lon": 2, "zone": "UTC"}
MADE = [
    pytest.param("/cron/jobs", JOB, "schedule", "30 * * * *", 201, id="jobs"),
    pytest.param("/cron/backfills", DAYS, "to", "2026-02-04", 202, id="backfills"),
    pytest.param("/air/locations", PLACE, "name", "There", 201, id="locations"),
]
HEADERS = {"Idempotency-Key": "deploy-17"}


@pytest.mark.parametrize(("path", "body", "field", "other", "status"), MADE)
def test_a_call_that_is_sent_again_gives_the_first_answer(
    admin: Caller,
    system: System,
    path: str,
    body: dict[str, Any],
    field: str,
    other: str,
    status: int,
) -> None:
    """Also in another order of members; it is audited once."""
    del field, other
    first = admin.post(path, json=body, headers=HEADERS)
    shuffled = dict(reversed(list(body.items())))

    again = admin.post(path, json=shuffled, headers=HEADERS)

    assert (status, first.json) == (again.status_code, again.json)
    assert first.headers["Location"] == again.headers["Location"]
    assert first.headers.get("ETag") == again.headers.get("ETag")
    with system.store.read() as unit:
        trail = unit.audit.find(AuditFilter(actor="token:admin"), limit=9, after=None)
    assert 1 == len(trail)


@pytest.mark.parametrize(("path", "body", "field", "other", "status"), MADE)
def test_a_restart_forgets_no_key(
    admin: Caller,
    system: System,
    clock: FakeClock,
    path: str,
    body: dict[str, Any],
    field: str,
    other: str,
    status: int,
) -> None:
    """Another process on the same database knows it."""
    del field, other
    first = admin.post(path, json=body, headers=HEADERS)
    restarted = build(system.settings, clock, patience_s=1.0)
    vars(restarted).update(dispatcher=RecordingDispatcher())
    token = create_token(restarted.store, name="later", role=Role.ADMIN, at=clock.now())
    later = Caller(attach(make_routes(), restarted), token.secret)

    again = later.post(path, json=body, headers=HEADERS)
    restarted.store.dispose()

    assert status == again.status_code
    assert first.headers["Location"] == again.headers["Location"]


@pytest.mark.parametrize(("path", "body", "field", "other", "status"), MADE)
def test_another_body_is_refused(
    admin: Caller,
    path: str,
    body: dict[str, Any],
    field: str,
    other: str,
    status: int,
) -> None:
    """422 names the header, and what the first call made."""
    del status
    first = admin.post(path, json=body, headers=HEADERS)

    answer = admin.post(path, json=body | {field: other}, headers=HEADERS)

    (error,) = answer.json["errors"]
    assert (422, "Idempotency-Key") == (answer.status_code, error["field"])
    assert first.headers["Location"].rpartition("/")[2] in error["message"]


def test_the_key_of_one_path_is_another_on_the_other(admin: Caller) -> None:
    """They are about different things."""
    made = [
        admin.post(path, json=body, headers=HEADERS).status_code
        for path, body in (
            *(("/cron/jobs", JOB), ("/cron/backfills", DAYS)),
            ("/air/locations", PLACE),
        )
    ]

    assert [201, 202, 201] == made


def test_a_job_that_is_gone_is_a_conflict(admin: Caller) -> None:
    """Whoever repeats the call learns why."""
    made = admin.post("/cron/jobs", json=JOB, headers=HEADERS)
    tag = {"If-Match": made.headers["ETag"]}
    assert 204 == admin.ask("DELETE", "/cron/jobs/mine", headers=tag).status_code

    answer = admin.post("/cron/jobs", json=JOB, headers=HEADERS)

    assert (409, True) == (answer.status_code, "gone" in answer.json["detail"])


def test_a_place_that_is_gone_is_a_conflict(admin: Caller) -> None:
    """Likewise."""
    admin.post("/air/locations", json=PLACE, headers=HEADERS)
    assert 204 == admin.ask("DELETE", "/air/locations/here").status_code

    answer = admin.post("/air/locations", json=PLACE, headers=HEADERS)

    assert (409, True) == (answer.status_code, "gone" in answer.json["detail"])


@pytest.mark.parametrize("key", ["", "a b", "x" * 101])
@pytest.mark.parametrize(
    ("path", "body"),
    [("/cron/jobs", JOB), ("/cron/backfills", DAYS), ("/air/locations", PLACE)],
)
def test_an_impossible_key_is_refused(
    admin: Caller, path: str, body: dict[str, Any], key: str
) -> None:
    """422 names the header, and nothing is made."""
    answer = admin.post(path, json=body, headers={"Idempotency-Key": key})

    assert 422 == answer.status_code
    assert ["Idempotency-Key"] == [one["field"] for one in answer.json["errors"]]
