"""Refused calls without a valid token: counted by the minute, whatever floods us."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from airq_cron.domain.role import Role
from airq_cron.errors import StoreError
from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.services.instance_key import keep_key
from airq_cron.services.verify_trail import verify_trail
from airq_cron.system import System
from airq_cron.testing import FakeClock
from api.call_watch import KEY, CallWatch
from tests.unit.api.caller import Caller, make_caller
from tests.unit.api.test_edges import make_app

TOGGLE = "/cron/jobs/weekly-cleanup/toggle"
GUESS = {"Authorization": "Bearer airq_guess"}
MINUTE = timedelta(minutes=1)


def pass_minute(app: Flask, clock: FakeClock) -> None:
    """Tell the database what was counted, and let the minute be over."""
    watch: CallWatch = app.extensions[KEY]
    watch.flush()
    clock.advance(2 * MINUTE)
    watch.flush()


def refused(system: System) -> list[AuditEntry]:
    """Return the refused calls in the trail, the first refused first."""
    where = AuditFilter(action="call.refuse")
    with system.store.read() as unit:
        return unit.audit.find(where, limit=999, after=None)[::-1]


def test_each_reason_of_a_minute_is_told_in_one_row(
    app: Flask, stranger: Caller, system: System, clock: FakeClock
):
    """401, 403, 421 and 429, by address; the row stands for so many calls."""
    for _ in range(3):
        stranger.get("/cron/jobs")
    for _ in range(12):
        stranger.get("/cron/jobs", headers=GUESS)
    stranger.get("/healthz", headers={"Host": "evil.example"})
    stranger.post(TOGGLE, headers={"Origin": "https://evil.example"})
    assert [] == refused(system)
    began_at = clock.now().replace(second=0)
    pass_minute(app, clock)

    (row,) = refused(system)
    assert ("nobody", "api", "127.0.0.1", 17, began_at) == (
        row.actor,
        row.subject,
        row.address,
        row.calls,
        row.at,
    )
    assert (
        "401 not authenticated: 13; 403 from another site: 1; "
        "421 for a foreign host: 1; 429 too many failures: 2" == row.note
    )


def test_failed_logins_are_refused_calls(
    app: Flask, stranger: Caller, system: System, clock: FakeClock
):
    """The page needs no token, and still nobody was let in."""
    form = {"content_type": "application/x-www-form-urlencoded", "data": "token=x"}
    answer = stranger.post("/login", **form)
    pass_minute(app, clock)

    assert 401 == answer.status_code
    assert [1] == [row.calls for row in refused(system)]


def test_a_call_with_a_valid_token_is_a_row_of_its_own(
    app: Flask, viewer: Caller, system: System, clock: FakeClock
):
    """With who tried what; it is not counted twice."""
    assert 403 == viewer.post(TOGGLE, json={"enabled": True}).status_code
    pass_minute(app, clock)

    (row,) = refused(system)
    assert ("token:viewer", f"POST {TOGGLE}", 1) == (row.actor, row.subject, row.calls)


def test_what_is_allowed_is_no_refusal(
    app: Flask, viewer: Caller, system: System, clock: FakeClock
):
    """Nor is what is not there."""
    for path in ("/", "/cron/jobs", "/nothing", "/healthz"):
        viewer.get(path)
    pass_minute(app, clock)

    assert [] == refused(system)


def test_a_flood_costs_the_trail_one_row_an_address_and_minute(
    system: System, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    """Refusing itself writes nothing at all, so the flood waits for no database."""
    app = make_app(system, trusted_proxies=1)
    flood = Caller(app, None)
    with monkeypatch.context() as patch:
        patch.setattr(type(system.store), "write", _no_write)
        for number in range(300):
            sent = {"X-Forwarded-For": f"192.0.2.{number % 3}"}
            assert 401 == flood.get("/cron/jobs", headers=sent).status_code
    pass_minute(app, clock)

    assert {(f"192.0.2.{number}", 100) for number in range(3)} == {
        (row.address, row.calls) for row in refused(system)
    }
    verdict = verify_trail(system.store, keep_key(system.settings))
    assert (3, None) == (verdict.rows, verdict.broken)


def _no_write(*_: Any, **__: Any) -> None:
    raise AssertionError("a refused call has written")


def test_one_of_ipv6_is_a_whole_network(system: System, clock: FakeClock):
    """Whoever has one address there has 2^64."""
    app = make_app(system, trusted_proxies=1)
    for number in range(1, 9):
        sent = {"X-Forwarded-For": f"2001:db8:0:7::{number}"}
        Caller(app, None).get("/", headers=sent)
    pass_minute(app, clock)

    assert [("2001:db8:0:7::", 8)] == [
        (row.address, row.calls) for row in refused(system)
    ]


def test_a_token_elsewhere_is_noted(system: System, clock: FakeClock):
    """Also when its role forbids what it asks for."""
    app = make_app(system, trusted_proxies=1)
    viewer = make_caller(app, system, Role.VIEWER)
    began_at = clock.now()
    for method, address in (
        ("GET", "192.0.2.1"),
        ("GET", "192.0.2.1"),
        ("POST", "198.51.100.7"),
    ):
        viewer.ask(method, TOGGLE, headers={"X-Forwarded-For": address})
        clock.advance(MINUTE)
    app.extensions[KEY].flush()

    with system.store.read() as unit:
        found = unit.calls.new_addresses(began_at, 9)
    assert [("viewer", "198.51.100.7")] == [(one.token, one.address) for one in found]


def test_a_database_that_is_away_does_not_end_the_watch(
    app: Flask,
    stranger: Caller,
    system: System,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
):
    """The counts wait in their table until it is back."""
    watch: CallWatch = app.extensions[KEY]
    stranger.get("/")
    watch.flush()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(system.store), "write", _no_database)
        clock.advance(2 * MINUTE)
        watch.flush()
    assert "calls_not_noted" in {getattr(one, "action", "") for one in caplog.records}
    clock.advance(MINUTE)
    watch.flush()

    assert [1] == [row.calls for row in refused(system)]


def _no_database(*_: Any, **__: Any) -> None:
    raise StoreError("away")
