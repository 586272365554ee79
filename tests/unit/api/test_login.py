"""People log in with a browser: by a link or a token, and never by accident."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.role import Role
from airq_cron.services.issue_token import create_token
from airq_cron.services.log_in import make_link
from airq_cron.system import System
from airq_cron.testing import FakeClock
from api.login_page import local_path
from tests.unit.api.caller import Caller
from tests.unit.api.test_edges import make_app

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OWN = {"Origin": "http://localhost"}
TOGGLE = "/cron/jobs/weekly-cleanup/toggle"


@pytest.fixture
def secret(system: System) -> str:
    """Give an operator's token."""
    at = system.clock.now()
    return create_token(system.store, name="ci", role=Role.OPERATOR, at=at).secret


@pytest.fixture
def key(system: System, secret: str) -> str:
    """Give the key of a link that logs in by that token."""
    return make_link(system.store, "ci", system.clock.now(), by="cli:me")


@pytest.fixture
def browser(app: Flask) -> Caller:
    """Give a browser: it keeps its cookies and sends no token."""
    return Caller(app, None)


def log_in(browser: Caller, **form: str) -> Any:
    """Send the form as the page does."""
    return browser.post("/login", data=form, headers=PERSON | OWN)


def test_a_link_shows_a_button_and_uses_up_nothing(browser: Caller, key: str):
    """Programs that look at links before people do cannot spoil them."""
    for method in ("GET", "HEAD", "GET"):
        page = browser.ask(method, f"/login?key={key}", headers=PERSON)
        assert (200, "text/html") == (page.status_code, page.mimetype)
        assert "Set-Cookie" not in page.headers
    assert "<button>Log in</button>" in page.text
    assert 'name="token"' not in page.text

    assert 303 == log_in(browser, key=key).status_code
    assert 200 == browser.get("/cron/runs").status_code


def test_a_link_logs_in_once(app: Flask, browser: Caller, key: str):
    """The second browser is told where a new one comes from."""
    log_in(browser, key=key)
    late = log_in(Caller(app, None), key=key)

    assert (401, "text/html") == (late.status_code, late.mimetype)
    assert "airq login" in late.text
    assert "Set-Cookie" not in late.headers


def test_a_link_expires(browser: Caller, key: str, clock: FakeClock):
    """After a quarter of an hour."""
    clock.advance(timedelta(minutes=15))

    assert 401 == log_in(browser, key=key).status_code


def test_a_token_that_is_pasted_logs_in(browser: Caller, secret: str):
    """With the blanks that come along; what it may is what the token may."""
    answer = log_in(browser, token=f"  {secret}\n", next="/cron/runs?limit=2")

    assert (303, "/cron/runs?limit=2") == (
        answer.status_code,
        answer.headers["Location"],
    )
    assert 200 == browser.get("/cron/runs?limit=2").status_code
    assert 403 == browser.get("/cron/tokens").status_code


def test_the_cookie_is_for_our_own_pages_only(browser: Caller, secret: str):
    """No script reads it, no other site has it sent; it is not the token."""
    cookie = log_in(browser, token=secret).headers["Set-Cookie"]

    assert cookie.startswith("airq_session=")
    parts = set(cookie.split("; "))
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} < parts
    assert "Domain" not in cookie
    assert secret not in cookie


def test_with_tls_the_cookie_is_secure(system: System, secret: str):
    """And of a name that no other host can set; the plain name opens nothing."""
    app = make_app(system, behind_tls=True)
    browser = Caller(app, None)
    answer = browser.post(
        "/login", data={"token": secret}, headers={"Origin": "https://localhost"}
    )
    cookie = answer.headers["Set-Cookie"]
    value = cookie.split("=", 1)[1].split(";")[0]

    assert cookie.startswith("__Host-airq_session=")
    assert "Secure" in cookie.split("; ")
    statuses = [
        Caller(app, None, f"{name}={value}").get("/").status_code
        for name in ("airq_session", "__Host-airq_session")
    ]
    assert [401, 200] == statuses


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token": "airq_x"}, {"key": "x"}])
def test_a_wrong_form_is_answered_with_the_page(browser: Caller, form: dict[str, str]):
    """Why it did not work stands on it, and where the person wanted to go."""
    page = log_in(browser, **form, next="/docs")

    assert 401 == page.status_code
    assert 'role="alert"' in page.text
    assert 'name="next" value="/docs"' in page.text
    assert 401 == browser.get("/").status_code


def test_programs_get_a_problem(browser: Caller):
    """As everywhere else."""
    answer = browser.post("/login", data={"token": "airq_x"})

    assert (401, "application/problem+json") == (answer.status_code, answer.mimetype)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_the_login_takes_forms_only(browser: Caller, kind: str):
    """415 says what to send."""
    answer = browser.post("/login", data=b"{}", headers={"Content-Type": kind})

    assert 415 == answer.status_code
    assert "x-www-form-urlencoded" in answer.json["detail"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
    ids=str,
)
def test_a_change_by_a_session_says_where_it_comes_from(
    browser: Caller, secret: str, sent: dict[str, str], status: int
):
    """A browser always says so; what does not is no page of ours."""
    log_in(browser, token=secret)

    answer = browser.post(TOGGLE, json={"enabled": True}, headers=sent)

    assert status == answer.status_code


def test_another_site_logs_nobody_in(browser: Caller, secret: str):
    """Nor out: a person must not act by a stranger's token without knowing it."""
    evil = {"Origin": "https://evil.example"}

    assert (
        403 == browser.post("/login", data={"token": secret}, headers=evil).status_code
    )
    log_in(browser, token=secret)
    assert 403 == browser.post("/logout", headers=evil).status_code
    assert 200 == browser.get("/").status_code


def test_logging_out_closes_the_session(app: Flask, browser: Caller, secret: str):
    """For whoever kept the cookie as well; looking at the page closes nothing."""
    value = log_in(browser, token=secret).headers["Set-Cookie"].split(";")[0]
    copy = Caller(app, None, value)
    page = browser.get("/logout", headers=PERSON)
    assert "<strong>ci</strong> (operator)" in page.text
    assert 200 == copy.get("/").status_code

    left = browser.post("/logout", headers=OWN)

    assert (303, "/login") == (left.status_code, left.headers["Location"])
    assert "Max-Age=0" in left.headers["Set-Cookie"]
    assert 401 == browser.get("/").status_code
    assert 401 == copy.get("/").status_code


def test_logging_in_anew_leaves_no_old_session(
    app: Flask, browser: Caller, secret: str
):
    """The cookie from before opens nothing more."""
    old = log_in(browser, token=secret).headers["Set-Cookie"].split(";")[0]
    log_in(browser, token=secret)

    assert 401 == Caller(app, None, old).get("/").status_code
    assert 200 == browser.get("/").status_code


def test_a_session_that_has_ended_asks_to_log_in_again(
    browser: Caller, secret: str, clock: FakeClock
):
    """On a page that leads back to where the person was."""
    log_in(browser, token=secret)
    clock.advance(timedelta(hours=2))

    page = browser.get("/cron/runs?limit=2&state=failed", headers=PERSON)

    assert 401 == page.status_code
    assert "The session has ended" in page.text
    assert 'value="/cron/runs?limit=2&amp;state=failed"' in page.text


def test_a_token_that_is_sent_counts_before_a_cookie(
    app: Flask, browser: Caller, secret: str, viewer: Caller
):
    """A program with both is judged by its token, valid or not."""
    log_in(browser, token=secret)
    wrong = {"Authorization": "Bearer airq_guess"}

    assert 401 == browser.get("/", headers=wrong).status_code
    assert 200 == browser.get("/").status_code


@pytest.mark.parametrize("path", ["/login", "/login?key=<b>&next=//evil", "/logout"])
def test_the_pages_run_nothing_and_load_from_here(viewer: Caller, path: str):
    """No script, no inline style, no frame; the form goes here only."""
    page = viewer.get(path, headers=PERSON)
    policy = page.headers["Content-Security-Policy"]

    assert 200 == page.status_code
    assert not re.search(r"<script|<style|style=|\bon\w+=|<b>|//evil", page.text)
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    # `no-referrer` would make a browser send `Origin: null` with the form.
    assert "strict-origin" == page.headers["Referrer-Policy"]
    assert "no-store" == page.headers["Cache-Control"]


def test_the_style_is_there_before_anybody_has_logged_in(browser: Caller):
    """And nothing else of the folder it lies in."""
    page = browser.get("/login", headers=PERSON)
    places = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert ["/login/assets/login.css"] == places
    assert "text/css" == browser.get(places[0]).mimetype
    assert 401 == browser.get("/login/assets/docs.js").status_code


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "\n//evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_the_way_back_never_leads_elsewhere(browser: Caller, secret: str, wanted: str):
    """Whatever the link said, one stays here."""
    answer = log_in(browser, token=secret, next=wanted)

    assert "/" == answer.headers["Location"]


@given(wanted=st.text(max_size=30) | st.from_regex(r"[/\\]{1,3}[a-z.]{1,9}"))
def test_a_way_back_is_a_path_or_the_root(wanted: str):
    """One slash, then something that is no slash of any kind."""
    path = local_path(wanted)

    assert path in {wanted, "/"}
    assert re.fullmatch(r"/(?:[^/\\\s][ -~]*)?", path)


def test_no_secret_of_a_login_is_logged(
    app: Flask, browser: Caller, key: str, secret: str, caplog: pytest.LogCaptureFixture
):
    """Neither link, nor token, nor cookie, when it works and when it does not."""
    with caplog.at_level(logging.DEBUG):
        answers = [log_in(browser, key=key) for _ in range(2)]
        answers.append(log_in(browser, token=secret))
        browser.get(f"/login?key={key}")
        Caller(app, secret).get("/nothing")
        Caller(app, secret + "x").get("/cron/runs")
    cookies = [answer.headers.get("Set-Cookie", "") for answer in answers]
    values = [one.split("=", 1)[1].split(";")[0] for one in cookies if one]

    assert 2 == len(values)
    for hidden in (key, secret, *values):
        assert hidden not in caplog.text


def test_two_processes_share_their_sessions(system: System, secret: str):
    """They lie in the database: any process of the API knows them."""
    here, there = make_app(system), make_app(system)
    value = log_in(Caller(here, None), token=secret).headers["Set-Cookie"]

    browser = Caller(there, None, value.split(";")[0])

    assert 200 == browser.get("/").status_code
