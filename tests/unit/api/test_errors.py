"""Every error becomes a problem of one shape."""

import json
from http import HTTPStatus

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound, UnprocessableEntity

from airq_cron.errors import (
    AirqError,
    ConfigError,
    ConflictError,
    InvalidError,
    JobBusyError,
    NotFoundError,
    StoreError,
    UnreachableError,
)
from api.errors import describe, flatten
from api.problem import Problem, ProblemSchema, title_of

CANARY = "hunter2"
CASES: list[tuple[Exception, int, str]] = [
    (NotFoundError("job", "nothing"), 404, "not-found"),
    (ConflictError("not now"), 409, "conflict"),
    (JobBusyError("fetch", "id-1"), 409, "job-busy"),
    (InvalidError("lat", "too far north"), 422, "bad-field"),
    (StoreError(f"postgresql://u:{CANARY}@host"), 503, "unavailable"),
    (
        UnreachableError("AIRQ_REDIS_URL", f"redis://:{CANARY}@host", "refused"),
        503,
        "unavailable",
    ),
    (
        ConfigError("AIRQ_DATABASE_URL", f"not postgresql://u:{CANARY}@host"),
        503,
        "misconfigured",
    ),
    (AirqError(CANARY), 500, "internal"),
    (RuntimeError(CANARY), 500, "internal"),
]


@pytest.mark.parametrize(("error", "status", "slug"), CASES)
def test_our_errors_have_their_status(error: Exception, status: int, slug: str):
    """Each class of the error tree is one kind of problem, and tells no secret."""
    body = describe(error).body()

    assert status == body["status"]
    assert f"urn:airq:problem:{slug}" == body["type"]
    assert title_of(status) == body["title"]
    assert {} == ProblemSchema().validate(body)
    assert CANARY not in json.dumps(body)


def test_an_invalid_field_is_named():
    """The error that names a field gives it to the client."""
    body = describe(InvalidError("lat", "too far north")).body()

    assert [{"field": "lat", "message": "too far north"}] == body["errors"]


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ({"json": {"_schema": ["no object"]}}, "body"),
        ({"query": {"limit": ["no object"]}}, "limit"),
    ],
)
def test_what_is_about_no_field_is_about_the_body(
    messages: dict[str, object], field: str
):
    """As when a list was sent where an object is wanted."""
    error = UnprocessableEntity()
    vars(error)["data"] = {"messages": messages}

    body = describe(error).body()

    assert f"{field}: no object" == body["detail"]
    assert [{"field": field, "message": "no object"}] == body["errors"]


def test_a_busy_job_names_the_run_in_the_way():
    """The id of the unfinished run is in the answer, with its address."""
    body = describe(JobBusyError("fetch", "id-1")).body()

    assert ("id-1", "/cron/runs/id-1") == (body["run_id"], body["instance"])


def test_unavailable_says_when_to_ask_again():
    """A client that is turned away learns when to come back."""
    answer = describe(StoreError()).response()

    assert "5" == answer.headers["Retry-After"]


def test_the_methods_that_are_allowed_are_listed():
    """405 carries the Allow header."""
    with Flask("test").test_request_context("/", method="PUT"):
        problem = describe(MethodNotAllowed(valid_methods=["POST", "GET"]))

    assert {"Allow": "GET, POST"} == dict(problem.headers)


def test_what_flask_says_of_a_missing_page_is_replaced():
    """The detail does not depend on the framework's wording."""
    assert "there is nothing at this address" == describe(NotFound()).detail


def test_nested_messages_become_dotted_paths():
    """A message deep in a list is told with the way to it."""
    messages = {"items": {0: {"lat": ["bad", "worse"]}}, "_schema": ["whole"]}

    assert [
        ("items.0.lat", "bad"),
        ("items.0.lat", "worse"),
        ("", "whole"),
    ] == list(flatten(messages))


def test_validation_messages_reach_the_client():
    """What webargs found is in `errors`, by field."""
    error = UnprocessableEntity()
    error.data = {"messages": {"json": {"enabled": ["Missing."]}}}  # type: ignore[attr-defined]

    problem = describe(error)

    assert (("enabled", "Missing."),) == problem.errors
    assert "enabled: Missing." == problem.detail


def test_a_problem_is_sent_as_problem_json():
    """The media type is the one of RFC 9457."""
    answer = Problem(404, "not-found", "gone").response()

    assert (404, "application/problem+json") == (answer.status_code, answer.mimetype)
    assert {"type", "title", "status", "detail"} == set(answer.get_json(force=True))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 415, 500, 503])
def test_titles_are_the_phrases_of_http(status: int):
    """A title is the standard phrase of its status."""
    assert HTTPStatus(status).phrase == title_of(status)
