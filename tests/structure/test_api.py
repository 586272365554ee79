"""The API's addresses: each has a role, a description, and a line in the docs."""

import ast
from typing import Any

import pytest
from flask import Flask

from airq_cron.config import load
from airq_cron.domain.role import Role
from airq_cron.system import build
from api.app import create_app
from api.auth import PUBLIC, needed_role
from api.docs import document_of
from api.openapi import as_text
from tests.structure.sources import ROOT, definitions, files

LONGEST_ENDPOINT = 12
READING = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def app() -> Flask:
    """Give the application; nothing is connected."""
    return create_app(build(load({})))


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    """Give its OpenAPI document."""
    return document_of(app)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return address, method and operation of the whole document."""
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


def test_every_rule_has_a_role_or_is_public(app: Flask):
    """A route that nobody thought about is closed, and fails here."""
    rules = {rule.endpoint for rule in app.url_map.iter_rules()}
    roles = {endpoint for endpoint in rules if needed_role(app, endpoint)}

    assert rules == roles | PUBLIC
    assert set() == roles & PUBLIC


def test_what_changes_something_needs_an_operator(app: Flask):
    """No rule with a writing method is open to viewers."""
    writing = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if set(rule.methods or ()) - READING
    }
    # These change nothing but the session and the browser of the one who asks.
    writing -= {"login.enter", "login.leave", "pages.set_theme"}
    roles = {endpoint: needed_role(app, endpoint) for endpoint in writing}

    assert [] == [name for name, role in roles.items() if role in (None, Role.VIEWER)]


def test_the_committed_document_is_current(document: dict[str, Any]):
    """`make openapi` writes docs/openapi.json."""
    assert as_text(document) == (ROOT / "docs" / "openapi.json").read_text("utf-8")


def test_every_operation_is_described(document: dict[str, Any]):
    """Summary, role, success and failure are said for each."""
    for path, method, operation in operations(document):
        name = f"{method} {path}"
        statuses = set(operation["responses"])
        assert operation["summary"], name
        assert operation["x-role"] in {"public", *Role}, name
        assert {"500"} < statuses, name
        assert any(status.startswith("2") for status in statuses), name
        if operation["x-role"] != "public":
            assert {"401", "403", "503"} <= statuses, name
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= statuses, name


def test_every_success_has_an_example(document: dict[str, Any]):
    """Who reads the document sees a whole answer."""
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                assert "example" in content, f"{method} {path} {status}"


def test_no_reference_is_dangling(document: dict[str, Any]):
    """Everything the document refers to is in it."""
    text = as_text(document)
    for group, members in document["components"].items():
        for line in text.splitlines():
            prefix = f'"$ref": "#/components/{group}/'
            if prefix in line:
                assert line.split(prefix)[1].rstrip('",') in members


def test_every_address_is_in_the_reference(app: Flask):
    """api.md names each address and its role, dashboard.md those for people."""
    reference = ROOT / "docs" / "reference"
    page = "".join(
        (reference / name).read_text("utf-8") for name in ("api.md", "dashboard.md")
    )
    shown = {
        f"`{method} {_plain(rule.rule)}`"
        for rule in app.url_map.iter_rules()
        for method in set(rule.methods or ()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static" and "/assets/" not in rule.rule
    }

    assert [] == sorted(line for line in shown if line not in page)


def test_endpoint_functions_are_short():
    """Load, call a service, dump: at most twelve lines."""
    long = [
        f"{path}:{name}"
        for path in files("api")
        for name, node in definitions(path)
        if isinstance(node, ast.FunctionDef)
        and any("area." in ast.unparse(one) for one in node.decorator_list)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_ENDPOINT
    ]

    assert [] == long


def _plain(rule: str) -> str:
    """Turn `<job:jobName>` into `{jobName}`."""
    parts = [
        "{" + part.strip("<>").split(":")[-1] + "}" if part[:1] == "<" else part
        for part in rule.split("/")
    ]
    return "/".join(parts)
