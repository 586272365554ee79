"""Tokens over HTTP: shown once, listed without their secret, revoked at once."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from airq_cron.ports import AuditFilter
from airq_cron.system import System
from airq_cron.testing import FakeClock
from tests.unit.api.caller import Caller

PATH = "/cron/tokens"
NEW = {"name": "ci", "role": "operator"}


def make(admin: Caller, **more: Any) -> dict[str, Any]:
    """Have a token made and return the answer."""
    answer = admin.post(PATH, json=NEW | more)
    assert 201 == answer.status_code, answer.text
    return answer.json  # type: ignore[no-any-return]


def listed(admin: Caller) -> dict[str, Any]:
    """Return the tokens on the list by name."""
    return {one["name"]: one for one in admin.get(PATH).json["items"]}


def test_a_token_that_was_made_opens_what_its_role_may(app: Flask, admin: Caller):
    """Its secret is a token like any other; its address leads to it."""
    answer = admin.post(PATH, json=NEW)
    holder = Caller(app, answer.json["token"])

    assert 200 == holder.get("/cron/runs").status_code
    assert 403 == holder.get(PATH).status_code
    shown = admin.get(answer.headers["Location"])
    assert listed(admin)["ci"] == shown.json
    assert {"token"} == set(answer.json) - set(shown.json)


def test_a_secret_is_shown_this_once(admin: Caller, system: System):
    """Neither list nor audit trail nor the database file has it."""
    secret = make(admin)["token"]
    with system.store.read() as unit:
        trail = unit.audit.find(AuditFilter(), limit=100, after=None)

    assert secret not in admin.get(PATH).text
    assert secret not in json.dumps([entry.after for entry in trail])
    assert secret.encode() not in system.settings.sqlite_path.read_bytes()


def test_a_revoked_token_opens_nothing_more(app: Flask, admin: Caller):
    """From the next request on; it stays on the list, and again changes nothing."""
    made = make(admin)
    holder, address = Caller(app, made["token"]), f"{PATH}/{made['id']}"
    assert 200 == holder.get("/").status_code

    assert (204, b"") == (
        (answer := admin.ask("DELETE", address)).status_code,
        answer.data,
    )
    assert 401 == holder.get("/").status_code
    revoked = listed(admin)["ci"]["revoked_at"]
    assert revoked is not None
    assert 204 == admin.ask("DELETE", address).status_code
    assert revoked == listed(admin)["ci"]["revoked_at"]


def test_a_token_cannot_revoke_itself(admin: Caller):
    """It is told what else to do, and goes on working."""
    answer = admin.ask("DELETE", f"{PATH}/{listed(admin)['admin']['id']}")

    assert (409, "urn:airq:problem:conflict") == (
        answer.status_code,
        answer.json["type"],
    )
    assert "airq token revoke" in answer.json["detail"]
    assert 200 == admin.get(PATH).status_code


def test_the_name_of_a_revoked_token_can_be_given_again(admin: Caller):
    """And revoking the old one by its id does not touch the new one."""
    old = make(admin)
    assert 409 == admin.post(PATH, json=NEW).status_code
    admin.ask("DELETE", f"{PATH}/{old['id']}")
    new = make(admin)

    admin.ask("DELETE", f"{PATH}/{old['id']}")

    assert admin.get(f"{PATH}/{new['id']}").json["revoked_at"] is None


def test_a_token_ends_when_it_was_told_to(app: Flask, admin: Caller, clock: FakeClock):
    """The instant is in the answer, and kept to."""
    made = make(admin, expires_at="2026-03-01T13:00:00Z")
    holder = Caller(app, made["token"])

    assert "2026-03-01T13:00:00Z" == made["expires_at"]
    assert 200 == holder.get("/").status_code
    clock.advance(timedelta(hours=1))
    assert 401 == holder.get("/").status_code


def test_the_last_use_is_shown(app: Flask, admin: Caller):
    """To the minute, so that one nobody uses can be found."""
    made = make(admin)
    assert listed(admin)["ci"]["last_used_at"] is None

    Caller(app, made["token"]).get("/")

    assert "2026-03-01T12:00:30Z" == listed(admin)["ci"]["last_used_at"]


def test_who_made_and_revoked_a_token_is_on_the_trail(admin: Caller, system: System):
    """Once each, also when revoking was asked for twice."""
    address = f"{PATH}/{make(admin)['id']}"
    for _ in range(2):
        admin.ask("DELETE", address)
    with system.store.read() as unit:
        where = AuditFilter(subject="token:ci")
        trail = unit.audit.find(where, limit=100, after=None)

    assert [("token:admin", "token.revoke"), ("token:admin", "token.create")] == [
        (entry.actor, entry.action) for entry in trail
    ]


def test_tokens_come_in_pages(admin: Caller):
    """By name, each once, whatever is made in between."""
    for name in ("c", "a", "b"):
        make(admin, name=name)
    seen, query = [], "limit=2"
    while True:
        page = admin.get(f"{PATH}?{query}").json
        seen += [one["name"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"limit=2&cursor={page['next_cursor']}"

    assert ["a", "admin", "b", "c"] == seen


@pytest.mark.parametrize(
    ("changed", "field", "phrase"),
    [
        ({"name": ""}, "name", "100"),
        ({"name": "x" * 101}, "name", "100"),
        ({"name": "  "}, "name", "100"),
        ({"name": "a\nb"}, "name", ""),
        ({"role": "king"}, "role", "admin"),
        ({"role": "Admin"}, "role", "admin"),
        ({"role": None}, "role", ""),
        ({"expires_at": "2026-03-01T12:00:30Z"}, "expires_at", "past"),
        ({"expires_at": "2099-01-01T00:00:00Z"}, "expires_at", "3650 days"),
        ({"expires_at": "tomorrow"}, "expires_at", ""),
        ({"secret": "airq_mine"}, "secret", ""),
    ],
)
def test_a_wrong_wish_makes_no_token(
    admin: Caller, changed: dict[str, Any], field: str, phrase: str
):
    """The field is named, with its bound."""
    answer = admin.post(PATH, json=NEW | changed)
    problem = answer.json["errors"][0]

    assert (422, field) == (answer.status_code, problem["field"])
    assert phrase in problem["message"]
    assert {"admin"} == set(listed(admin))


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_token_is_not_found(admin: Caller, method: str):
    """404, by whatever method."""
    address = f"{PATH}/00000000-0000-5000-8000-000000000000"

    assert 404 == admin.ask(method, address).status_code
