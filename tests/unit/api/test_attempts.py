"""Who fails too often has to wait; nobody else does."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from airq_cron.domain.attempts import MOST_FAILURES, WINDOW
from airq_cron.domain.role import Role
from airq_cron.services.issue_token import create_token
from airq_cron.services.throttle import FallbackThrottle, LocalThrottle
from airq_cron.system import System
from airq_cron.telemetry.throttle import RedisThrottle
from airq_cron.testing import FakeClock
from tests.unit.api.caller import Caller
from tests.unit.api.test_edges import make_app

PERSON = {"Accept": "text/html"}


def guess(caller: Caller, **more: Any) -> Any:
    """Send a token that there is not."""
    sent = {"Authorization": "Bearer airq_guess"} | more.pop("headers", {})
    return caller.get("/cron/runs", headers=sent, **more)


def try_login(caller: Caller, token: str = "airq_guess", **more: Any) -> Any:
    """Send the form."""
    return caller.post("/login", data={"token": token}, **more)


@pytest.mark.parametrize("attempt", [guess, try_login])
def test_after_so_many_failures_the_answer_is_429(stranger: Caller, attempt: Any):
    """With the seconds after which one may try again."""
    statuses = [attempt(stranger).status_code for _ in range(MOST_FAILURES)]
    answer = attempt(stranger)

    assert {401} == set(statuses)
    assert (429, "urn:airq:problem:too-many-failures") == (
        answer.status_code,
        answer.json["type"],
    )
    wait_s = int(answer.headers["Retry-After"])
    assert 0 < wait_s <= WINDOW.total_seconds()
    assert f"{wait_s} s" in answer.json["detail"]


@pytest.mark.parametrize("attempt", [guess, try_login])
def test_after_retry_after_one_may_try_again(
    stranger: Caller, clock: FakeClock, attempt: Any
):
    """And not a second before."""
    for _ in range(MOST_FAILURES):
        attempt(stranger)
    wait_s = int(attempt(stranger).headers["Retry-After"])
    clock.advance(timedelta(seconds=wait_s - 1))
    assert 429 == attempt(stranger).status_code
    clock.advance(timedelta(seconds=1))

    assert 401 == attempt(stranger).status_code


def test_logging_in_waits_even_with_a_good_token(
    app: Flask, system: System, stranger: Caller
):
    """Beyond the bound nothing that is pasted is looked at."""
    at = system.clock.now()
    good = create_token(system.store, name="ci", role=Role.VIEWER, at=at).secret
    for _ in range(MOST_FAILURES):
        try_login(stranger)

    page = try_login(Caller(app, None), good, headers=PERSON)

    assert (429, "text/html") == (page.status_code, page.mimetype)
    assert "Retry-After" in page.headers
    assert "Too many failed attempts" in page.text


def test_a_good_token_is_not_held_up_by_a_bad_one(stranger: Caller, viewer: Caller):
    """Both may stand behind one proxy; a secret of 256 bits is not guessed."""
    for _ in range(MOST_FAILURES + 1):
        guess(stranger)

    assert 200 == viewer.get("/cron/runs").status_code
    assert 401 == try_login(stranger).status_code


def test_who_sends_nothing_fails_nothing(stranger: Caller):
    """A browser that is not logged in yet may ask as often as it likes."""
    statuses = {stranger.get("/").status_code for _ in range(MOST_FAILURES + 5)}

    assert {401} == statuses


def test_each_address_is_counted_for_itself(stranger: Caller):
    """As the connection has it; what a client says of itself does not count."""
    first, second = ({"REMOTE_ADDR": f"192.0.2.{number}"} for number in (1, 2))
    for number in range(MOST_FAILURES):
        said = {"X-Forwarded-For": f"198.51.100.{number}"}
        guess(stranger, headers=said, environ_base=first)

    assert 429 == guess(stranger, environ_base=first).status_code
    assert 401 == guess(stranger, environ_base=second).status_code


def test_behind_a_proxy_it_is_the_address_that_the_proxy_saw(system: System):
    """The last entry, which no client writes."""
    stranger = Caller(make_app(system, trusted_proxies=1), None)
    for number in range(MOST_FAILURES):
        said = {"X-Forwarded-For": f"198.51.100.{number}, 192.0.2.1"}
        guess(stranger, headers=said)

    answers = [
        guess(stranger, headers={"X-Forwarded-For": f"192.0.2.{number}"})
        for number in (1, 2)
    ]
    assert [429, 401] == [answer.status_code for answer in answers]


def test_it_works_while_redis_is_away(
    system: System, stranger: Caller, clock: FakeClock
):
    """Each process then counts for itself."""
    away = RedisThrottle("redis://127.0.0.1:1/0")
    vars(system)["throttle"] = FallbackThrottle(away, LocalThrottle(clock), clock)
    statuses = [guess(stranger).status_code for _ in range(MOST_FAILURES + 1)]

    assert [401] * MOST_FAILURES + [429] == statuses
