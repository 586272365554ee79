"""What holds at each address there is, asked of every one of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from airq_cron.config import load
from airq_cron.domain.page import encode_cursor
from airq_cron.domain.role import Role
from airq_cron.system import System, build
from api.app import create_app
from api.docs import document_of
from tests.unit.api.caller import Caller, make_caller

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def addresses() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each address, filled with examples, and its operations."""
    for path, item in document_of(create_app(build(load({}))))["paths"].items():
        filled = path
        for one in item.get("parameters", ()):
            (example,) = one["schema"]["examples"]
            filled = filled.replace("{" + one["name"] + "}", example)
        yield filled, {name: it for name, it in item.items() if name != "parameters"}


ADDRESSES = dict(addresses())
BODIES = [
    (method.upper(), path, operation)
    for path, item in ADDRESSES.items()
    for method, operation in item.items()
    if "requestBody" in operation
]


@pytest.fixture
def admin(app: Flask, system: System) -> Caller:
    """Give who may do everything."""
    return make_caller(app, system, Role.ADMIN)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "json"])
def test_the_declared_type_is_checked_before_the_body_is_read(
    admin: Caller, kind: str
) -> None:
    """415 whatever the bytes are, at every address that takes a body."""
    for method, path, _ in BODIES:
        answer = admin.ask(method, path, data=b'{"x', headers={"Content-Type": kind})

        assert 415 == answer.status_code, f"{method} {path}"
        assert "application/problem+json" == answer.mimetype


@pytest.mark.parametrize(
    "body",
    [
        b'{"x',
        b"\xff",
        b'{"a": NaN}',
        b'{"a":1,"a":2}',
        b'{"a":1e999999999999999999999}',
    ],
)
def test_a_broken_body_is_a_bad_request(admin: Caller, body: bytes) -> None:
    """400, not 422: there is no field to name."""
    for method, path, _ in BODIES:
        answer = admin.ask(method, path, data=body, content_type="application/json")

        assert 400 == answer.status_code, f"{method} {path}"
        assert "urn:airq:problem:bad-request" == answer.json["type"]


def test_a_body_that_must_be_there_is_missed(admin: Caller) -> None:
    """Without one the answer is 415 or, where it may be left out, anything else."""
    for method, path, operation in BODIES:
        answer = admin.ask(method, path)
        missed = answer.status_code == 415

        assert operation["requestBody"].get("required", False) == missed, path


def test_an_unknown_field_is_refused(admin: Caller) -> None:
    """422 that names it, at every address that takes a body."""
    for method, path, _ in BODIES:
        answer = admin.ask(method, path, json={"no_such_field": 1})
        named = [one["field"] for one in answer.json["errors"]]

        assert (422, True) == (answer.status_code, "no_such_field" in named), path


def test_an_unknown_part_of_the_query_is_refused(admin: Caller) -> None:
    """422 that names it, at every address that takes a query."""
    for path, item in ADDRESSES.items():
        own = item.get("get", {}).get("parameters", ())
        if any(one["in"] == "query" for one in own):
            answer = admin.get(path, query_string={"no_such": "1"})

            assert 422 == answer.status_code, path
            assert "no_such" == answer.json["errors"][0]["field"], path


@pytest.mark.parametrize(
    "place", [("a",), ("",), ("2026-03-01T00:00:00Z", "1"), ("9" * 99,)]
)
def test_a_forged_cursor_is_nobodys_fault_but_the_callers(
    admin: Caller, place: tuple[str, ...]
) -> None:
    """Where one decodes and fits no place of the list: 422 that names it, never 500."""
    for path, item in ADDRESSES.items():
        own = item.get("get", {}).get("parameters", ())
        if any(one["name"] == "cursor" for one in own):
            answer = admin.get(path, query_string={"cursor": encode_cursor(place)})

            assert answer.status_code in {200, 404, 422}, f"{path}: {answer.text}"
            if answer.status_code == 422:
                assert "cursor" == answer.json["errors"][0]["field"], path


def test_other_methods_are_told_which_there_are(admin: Caller) -> None:
    """405 with Allow, and OPTIONS says the same; both as the document does."""
    for path, item in ADDRESSES.items():
        here = {method.upper() for method in item}
        told = here | {"OPTIONS"} | ({"HEAD"} if "GET" in here else set())
        for method in METHODS - here:
            answer = admin.ask(method, path)

            assert 405 == answer.status_code, f"{method} {path}"
            assert told == set(answer.headers["Allow"].split(", ")), path
        options = admin.ask("OPTIONS", path)

        assert told == set(options.headers["Allow"].split(", ")), path


def test_head_is_get_without_the_body(admin: Caller) -> None:
    """Whatever GET answers, HEAD answers with the same status and no bytes."""
    for path, item in ADDRESSES.items():
        if "get" in item:
            read, told = admin.get(path), admin.ask("HEAD", path)

            assert read.status_code == told.status_code, path
            assert b"" == told.data, path
