"""Whatever is asked, the answer is no 500 and has the one shape of errors."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airq_cron.domain.role import Role
from airq_cron.system import System
from tests.unit.api.caller import Caller, make_caller

NAMES = st.sampled_from(
    [
        *("job", "state", "queue", "origin", "since", "until", "limit", "cursor"),
        *("from", "to", "pollutant", "provider", "x", "schedule", "timezone"),
    ]
)
WORDS = st.one_of(
    st.sampled_from(
        [
            "0",
            "-1",
            "1000",
            "1001",
            "1e9",
            "NaN",
            "pm2_5",
            "open-meteo",
            "2026-03-01",
            "1970-01-01",
            "2099-12-31",
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:00+14:00",
            "WyJhIl0",
            "WyIyMDI2LTAzLTAxVDAwOjAwOjAwWiIsIngiXQ",
        ]
    ),
    st.text(max_size=20),
)
PATHS = st.sampled_from(
    [
        "/cron/runs",
        "/cron/jobs",
        "/cron/jobs/fetch-paris-data",
        "/cron/jobs/fetch-paris-data/preview",
        "/cron/jobs/stats",
        "/cron/backfills",
        "/cron/dead-letters",
        "/cron/jobs/health-check/runs/last/explain",
        "/cron/status/overview",
        "/cron/health/trends/data-fetch",
        "/air/locations",
        "/air/locations/paris",
        "/air/locations/paris/latest",
        "/air/locations/paris/series",
        "/air/locations/paris/hourly",
        "/air/locations/paris/daily",
        "/",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("enabled", "id", "name", "lat", "lon", "zone", "providers", "x"),
                    *("job", "from", "to", "overlap", "concurrency"),
                    *("kind", "schedule", "params", "retry", "catchup", "note"),
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
WRITES = st.sampled_from(
    [
        ("POST", "/air/locations"),
        ("POST", "/cron/backfills"),
        ("PATCH", "/air/locations/paris"),
        ("POST", "/cron/jobs/fetch-paris-data/toggle"),
        ("POST", "/cron/jobs/health-check/execute"),
        ("PUT", "/air/locations/paris"),
        ("POST", "/cron/jobs"),
        ("PUT", "/cron/jobs/health-check"),
        ("PATCH", "/cron/jobs/health-check"),
        ("POST", "/cron/jobs/health-check/pause"),
    ]
)
QUIET = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def anyone(app: Flask, system: System) -> Caller:
    """Give a caller who may do everything."""
    return make_caller(app, system, Role.ADMIN)


def check_shape(answer: Any) -> None:
    """See that an error is a problem, and nobody's fault but the caller's."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert "application/problem+json" == answer.mimetype
        assert answer.status_code == json.loads(answer.data)["status"]


@QUIET
@given(path=PATHS, query=st.dictionaries(NAMES, WORDS, max_size=4))
def test_any_query_is_answered(anyone: Caller, path: str, query: dict[str, str]):
    """Reading ends in an answer or in a problem of the caller's."""
    check_shape(anyone.get(path, query_string=query))


@QUIET
@given(write=WRITES, body=JSON)
def test_any_json_is_answered(anyone: Caller, write: tuple[str, str], body: Any):
    """Writing ends in an answer or in a problem of the caller's."""
    method, path = write
    data = json.dumps(body)
    check_shape(
        anyone.ask(
            method,
            path,
            data=data,
            content_type="application/json",
            headers={"If-Match": "*"},
        )
    )


@QUIET
@given(write=WRITES, body=st.binary(max_size=100), kind=st.text(max_size=30))
def test_any_bytes_are_answered(
    anyone: Caller, write: tuple[str, str], body: bytes, kind: str
):
    """Bytes of any declared type end in an answer too."""
    method, path = write
    kind = kind.encode("ascii", "ignore").decode().replace("\n", "").replace("\r", "")
    check_shape(anyone.ask(method, path, data=body, headers={"Content-Type": kind}))


@QUIET
@given(path=st.text(max_size=40) | st.binary(max_size=40))
def test_any_path_is_answered(anyone: Caller, path: str | bytes):
    """No address can bring the process into trouble."""
    check_shape(anyone.get("/" + quote(path)))
