"""Whom the API answers for, and that no page of another site can use a reader."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, request

from airq_cron.domain.role import Role
from airq_cron.system import System, build
from api.app import create_app
from tests.unit.api.caller import Caller, make_caller

TOGGLE = "/cron/jobs/weekly-cleanup/toggle"
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")
CHANGES = ("POST", "PUT", "PATCH", "DELETE", "BREW")


def make_app(system: System, **changed: Any) -> Flask:
    """Return the application with other settings, over the same database."""
    other = build(replace(system.settings, **changed), system.clock, patience_s=0.2)
    vars(other).update(
        {name: part for name, part in vars(system).items() if name not in vars(other)}
    )
    return create_app(other)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:3000", "127.0.0.1:3000", "[::1]:3000", "LOCALHOST"]
)
def test_names_of_this_machine_are_served(viewer: Caller, host: str):
    """By every port: what counts is that a foreign name has none of them."""
    assert 200 == viewer.get("/", headers={"Host": host}).status_code


@pytest.mark.parametrize("path", ["/", "/healthz", "/docs", "/nothing", TOGGLE])
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "192.0.2.1", "", "0.0.0.0:3000"]
)
def test_a_foreign_host_is_misdirected(viewer: Caller, path: str, host: str):
    """DNS rebinding: the name leads here, and still it is not ours."""
    answer = viewer.get(path, headers={"Host": host})

    assert (421, "application/problem+json") == (answer.status_code, answer.mimetype)
    assert "AIRQ_ALLOWED_HOSTS" in answer.json["detail"]
    assert "evil" not in answer.text


def test_a_name_that_was_allowed_is_served(system: System):
    """With the setting, and then only exactly that name."""
    app = make_app(system, allowed_hosts=("air.example.org",), host="192.0.2.7")
    viewer = make_caller(app, system, Role.VIEWER)
    statuses = [
        viewer.get("/", headers={"Host": host}).status_code
        for host in ("air.example.org", "192.0.2.7:3000", "xair.example.org")
    ]

    assert [200, 200, 421] == statuses


def test_the_public_address_is_served(system: System):
    """Links in messages lead there; nobody has to name it twice."""
    app = make_app(system, public_url="https://Air.Example.org:8443")
    viewer = make_caller(app, system, Role.VIEWER)

    assert 200 == viewer.get("/", headers={"Host": "air.example.org:8443"}).status_code
    assert 421 == viewer.get("/", headers={"Host": "example.org"}).status_code


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_a_change_from_another_site_is_refused(
    operator: Caller, stranger: Caller, method: str, sent: dict[str, str]
):
    """Before it matters who the caller is, and whether the address exists."""
    for caller in (operator, stranger):
        for path in (TOGGLE, "/nothing"):
            answer = caller.ask(method, path, headers=sent)
            assert 403 == answer.status_code, path
            assert "other sites" in answer.json["detail"]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_programs_and_own_pages_may_change_things(
    operator: Caller, sent: dict[str, str]
):
    """Programs send neither header."""
    answer = operator.post(TOGGLE, json={"enabled": False}, headers=sent)

    assert 200 == answer.status_code


def test_reading_from_another_site_is_no_change(viewer: Caller):
    """A link leads here; without CORS the other page cannot read the answer."""
    sent = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for method in ("GET", "HEAD", "OPTIONS"):
        answer = viewer.ask(method, "/", headers=sent)
        assert 200 == answer.status_code
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_behind_tls_the_origin_is_https(system: System):
    """Though the proxy itself speaks plain HTTP to us."""
    app = make_app(system, behind_tls=True, allowed_hosts=("air.example.org",))
    operator = make_caller(app, system, Role.OPERATOR)
    statuses = {
        origin: operator.post(
            TOGGLE,
            json={"enabled": True},
            headers={"Host": "air.example.org", "Origin": origin},
        ).status_code
        for origin in ("https://air.example.org", "https://air.example.org:444")
    }

    assert [200, 403] == list(statuses.values())


def test_proxies_are_believed_as_far_as_they_were_named(system: System):
    """The last of `X-Forwarded-For` is the proxy's word, the others are anybody's."""
    sent = {"X-Forwarded-For": "6.6.6.6, 192.0.2.9", "X-Forwarded-Proto": "https"}
    seen = []
    for count in (0, 1):
        with make_app(system, trusted_proxies=count).test_client() as client:
            client.get("/healthz", headers=sent)
            seen.append((request.remote_addr, request.scheme))

    assert [("127.0.0.1", "http"), ("192.0.2.9", "https")] == seen


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "TRACE", "BREW"])
def test_every_answer_is_closed_to_frames_and_sniffing(
    stranger: Caller, viewer: Caller, method: str
):
    """Whoever asks, whatever comes of it, also where nothing is served."""
    for caller in (stranger, viewer):
        for path, host in (("/", "evil.example"), ("/", "localhost"), ("/x", "[::1]")):
            answer = caller.ask(method, path, headers={"Host": host})
            assert all(name in answer.headers for name in HEADERS)
            policy = answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "TRACE", "BREW", "CONNECT"])
def test_a_method_that_is_not_served_names_those_that_are(viewer: Caller, method: str):
    """405 with `Allow`, for methods nobody has heard of as well."""
    answer = viewer.ask(method, "/cron/status/overview")

    assert 405 == answer.status_code
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.headers["Allow"].split(", "))


def test_options_and_head_are_answered(viewer: Caller):
    """OPTIONS lists the methods, HEAD is GET without its body."""
    options = viewer.ask("OPTIONS", "/cron/jobs")
    head, get = (viewer.ask(method, "/cron/jobs") for method in ("HEAD", "GET"))

    assert {"GET", "HEAD", "OPTIONS", "POST"} == set(options.allow)
    assert b"" == options.data == head.data
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize(
    "host",
    ["localhost,localhost", "localhost,evil.example", "evil.example,localhost", ","],
)
def test_two_hosts_are_none(viewer: Caller, host: str):
    """As a server hands on two `Host` headers that it let pass."""
    assert 421 == viewer.get("/", headers={"Host": host}).status_code
