"""Nothing is open that is not on the list, and each role opens what it may."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from airq_cron.domain.role import Role
from airq_cron.services.issue_token import create_token
from airq_cron.system import System
from airq_cron.testing import FakeClock
from tests.unit.api.caller import Caller


@pytest.mark.parametrize(
    "path", ["/nothing", "/cron", "/static/none.js", "/docs/", "/healthz/x", "/%00"]
)
def test_unknown_addresses_need_a_token_as_well(
    stranger: Caller, viewer: Caller, path: str
):
    """Who has no token does not learn what is there."""
    assert 401 == stranger.get(path).status_code
    assert 404 == viewer.get(path).status_code


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer airq_guess",
        "Basic YWRtaW46YWlycV9ndWVzcw==",
        "bearer airq_" + "x" * 5000,
        "Bearer airq_\u00e9",
        "Token abc",
    ],
)
def test_what_is_no_token_is_refused(stranger: Caller, header: str):
    """Every other header is 401 with a challenge, in one shape."""
    answer = stranger.get("/cron/runs", headers={"Authorization": header})

    assert 401 == answer.status_code
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")
    assert "application/problem+json" == answer.mimetype


def test_the_challenge_tells_a_bad_token_from_none(stranger: Caller):
    """RFC 6750: only a token that was sent can be invalid."""
    bad = stranger.get("/", headers={"Authorization": "Bearer airq_guess"})

    assert 'error="invalid_token"' in bad.headers["WWW-Authenticate"]
    assert "invalid_token" not in stranger.get("/").headers["WWW-Authenticate"]


def test_a_person_is_told_how_to_get_in(stranger: Caller):
    """A browser gets a page, without script or style, instead of JSON."""
    answer = stranger.get("/", headers={"Accept": "text/html,*/*;q=0.8"})

    assert (401, "text/html") == (answer.status_code, answer.mimetype)
    assert "admin.token" in answer.text
    assert "airq login" in answer.text
    assert 'name="token"' in answer.text
    assert "WWW-Authenticate" in answer.headers
    assert not re.search(r"<script|<style|style=|\bon\w+=", answer.text)


def test_a_token_stops_working_when_it_expires(
    app: Flask, system: System, clock: FakeClock
):
    """The instant of expiry itself is too late."""
    issued = create_token(
        system.store,
        name="short",
        role=Role.VIEWER,
        at=clock.now(),
        expires_at=clock.now() + timedelta(hours=1),
    )
    caller = Caller(app, issued.secret)

    clock.advance(timedelta(minutes=59))
    assert 200 == caller.get("/").status_code
    clock.advance(timedelta(minutes=1))
    assert 401 == caller.get("/").status_code


def test_a_token_revoked_elsewhere_reads_for_a_second_at_most(
    system: System, clock: FakeClock, operator: Caller
):
    """It changes nothing from then on, and reads what it read less than 1 s ago."""
    assert 200 == operator.get("/").status_code
    revoke(system, "operator")

    assert 401 == operator.post("/cron/jobs/weekly-cleanup/toggle").status_code
    clock.advance(timedelta(seconds=1))
    assert 401 == operator.get("/").status_code


def test_a_token_is_not_kept_after_a_change(
    system: System, operator: Caller, viewer: Caller
):
    """What one of this server's callers changed is looked up by all."""
    assert 200 == viewer.get("/").status_code
    revoke(system, "viewer")
    operator.post("/cron/jobs/weekly-cleanup/toggle")

    assert 401 == viewer.get("/").status_code


def revoke(system: System, name: str) -> None:
    """Revoke a token as the command line does, past this server."""
    at = system.clock.now()
    system.store.write(lambda unit: unit.tokens.revoke(name, at))


def test_a_low_role_is_told_which_it_needs(viewer: Caller):
    """403 names the role, so that a person can ask for it."""
    answer = viewer.post("/cron/jobs/fetch-paris-data/execute")

    assert 403 == answer.status_code
    assert "operator" in answer.json["detail"]


def test_a_body_that_is_too_large_is_refused_unread(operator: Caller):
    """One mebibyte is the limit, whatever the address does with a body."""
    body = b"x" * (1024 * 1024 + 1)

    for path in ("/air/locations", "/cron/jobs/fetch-paris-data/execute"):
        answer = operator.post(path, data=body, content_type="application/json")
        assert (413, "urn:airq:problem:too-large") == (
            answer.status_code,
            answer.json["type"],
        )


def test_every_answer_carries_the_security_headers(stranger: Caller, viewer: Caller):
    """Errors, pages and JSON alike are closed to frames, sniffing and scripts."""
    for answer in (
        stranger.get("/"),
        stranger.get("/healthz"),
        viewer.get("/"),
        viewer.get("/docs"),
        viewer.get("/nothing"),
        viewer.post("/nothing"),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "no-referrer" == answer.headers["Referrer-Policy"]
        assert "Access-Control-Allow-Origin" not in answer.headers
