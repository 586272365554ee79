"""What every address of the API keeps to, read from its OpenAPI document."""

from collections.abc import Iterator
from typing import Any

import pytest

from airq_cron.config import load
from airq_cron.system import build
from api.app import create_app
from api.docs import document_of
from api.print_reference import page
from tests.structure.sources import ROOT

Operation = dict[str, Any]
LARGEST_PAGE = 1000
# Lists that are given whole: how long they are is a matter of set-up, not of use.
WHOLE = {
    "/cron/alert-rules",
    "/air/locations/{id}/daily/{date}/revisions",
    "/air/locations/{id}/gaps",
    "/air/locations/{id}/sources",
    "/air/schemes",
    "/cron/breakers",
    "/cron/channels",
    "/cron/config",
    "/cron/health/bottlenecks",
    "/cron/health/recommendations/{queueName}",
    "/cron/providers",
    "/cron/providers/{name}/samples",
}
JOB = "/cron/jobs/{name}"
VERSIONED = {(JOB, "put"), (JOB, "patch"), (JOB, "delete")}
REPEATABLE = {
    ("/air/locations", "post"),
    ("/cron/jobs/{jobName}/execute", "post"),
    ("/cron/jobs", "post"),
    ("/cron/backfills", "post"),
    ("/cron/maintenance/cleanup", "post"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Give the document; nothing is connected."""
    return document_of(create_app(build(load({}))))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Yield address, method and operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                shared = item.get("parameters", [])
                own = operation.get("parameters", [])
                yield path, method, operation | {"parameters": [*shared, *own]}


def sent(operation: Operation, where: str) -> dict[str, Any]:
    """Return the parameters that are sent in the query or the head, by name."""
    return {one["name"]: one for one in operation["parameters"] if one["in"] == where}


def schema_of(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    """Return the schema of the JSON that all is well with, or nothing."""
    for status, answer in operation["responses"].items():
        kind = answer.get("content", {}).get("application/json")
        if status.startswith("2") and kind and "$ref" in kind["schema"]:
            name = kind["schema"]["$ref"].rpartition("/")[2]
            found: dict[str, Any] = document["components"]["schemas"][name]
            return found
    return {}


def lists_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the query of every list, by its address."""
    return {
        path: sent(operation, "query")
        for path, method, operation in operations(document)
        if method == "get"
        and {"items", "next_cursor"}
        <= set(schema_of(document, operation).get("properties", ()))
    }


def test_every_parameter_is_explained(document: dict[str, Any]) -> None:
    """In the address, the query and the head."""
    silent = [
        f"{method} {path}: {one['name']}"
        for path, method, operation in operations(document)
        for one in operation["parameters"]
        if not one.get("description")
    ]

    assert [] == silent


def test_every_list_is_cut_into_pages(document: dict[str, Any]) -> None:
    """By a cursor and a bounded limit, unless it is one of those given whole."""
    lists = lists_of(document)
    paged = {path for path, query in lists.items() if {"limit", "cursor"} <= set(query)}

    assert set(lists) == paged | WHOLE
    assert set() == paged & WHOLE
    for path in paged:
        bounds = lists[path]["limit"]["schema"]
        assert (1, LARGEST_PAGE) == (bounds["minimum"], bounds["maximum"]), path


def test_changes_of_a_job_name_the_version_they_were_made_for(
    document: dict[str, Any],
) -> None:
    """PUT, PATCH and DELETE take If-Match and tell 412 and 428; nothing else does."""
    guarded = {
        (path, method)
        for path, method, operation in operations(document)
        if "If-Match" in sent(operation, "header")
        or {"412", "428"} & set(operation["responses"])
    }
    complete = {
        (path, method)
        for path, method, operation in operations(document)
        if "If-Match" in sent(operation, "header")
        and {"412", "428"} <= set(operation["responses"])
    }

    assert VERSIONED == guarded == complete


def test_what_must_not_happen_twice_takes_a_key(document: dict[str, Any]) -> None:
    """A repeated call with the same Idempotency-Key is the first one."""
    assert REPEATABLE == {
        (path, method)
        for path, method, operation in operations(document)
        if "Idempotency-Key" in sent(operation, "header")
    }


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    """Who reads the document sees a whole request."""
    for path, method, operation in operations(document):
        for kind in operation.get("requestBody", {}).get("content", {}).values():
            assert "example" in kind, f"{method} {path}"


def test_every_operation_has_its_own_name(document: dict[str, Any]) -> None:
    """Clients are generated with these names."""
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(names) == len(set(names))


def test_what_is_made_says_where_it_is(document: dict[str, Any]) -> None:
    """201 and 202 carry Location."""
    for path, method, operation in operations(document):
        for status in {"201", "202"} & set(operation["responses"]):
            headers = operation["responses"][status].get("headers", {})
            assert "Location" in headers, f"{method} {path}"


def test_the_page_of_addresses_is_current(document: dict[str, Any]) -> None:
    """`make reference` writes it anew."""
    committed = ROOT / "docs" / "reference" / "addresses.md"

    assert page(document) == committed.read_text()


def test_the_page_of_addresses_has_each_of_them(document: dict[str, Any]) -> None:
    """No tag was forgotten."""
    text = page(document)

    for path, method, _ in operations(document):
        assert f"### `{method.upper()} {path}`\n" in text


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    """One shape for all, and no operation has errors of its own."""
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "4":
                assert {"$ref": f"#/components/responses/{status}"} == answer, (
                    f"{method} {path}"
                )
    for status, answer in document["components"]["responses"].items():
        kinds = [] if status == "304" else ["application/problem+json"]
        assert kinds == list(answer.get("content", {})), status
