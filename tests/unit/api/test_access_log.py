"""Each request has an id and leaves one line, without anything secret."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airq_cron.log import set_up_logging
from airq_cron.services.check_ready import Readiness
from api.request_id import GIVEN, HEADER, name_log_lines
from tests.unit.api.caller import Caller

CANARY = "airq_hunter2canary"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Give what is logged, and put the root logger back as it was."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logging("json", stream)
    name_log_lines()
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def requests(lines: io.StringIO) -> list[dict[str, Any]]:
    """Return the lines about requests."""
    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [one for one in found if one["logger"] == "airq.access"]


def test_each_request_leaves_one_line(viewer: Caller, lines: io.StringIO) -> None:
    """Method, path, route, status, length, client, who, time and id."""
    answer = viewer.get("/cron/jobs/fetch-paris-data")
    (line,) = requests(lines)

    assert "GET /cron/jobs/fetch-paris-data 200" == line["message"]
    assert ("viewer", 200) == (line["who"], line["status"])
    assert "/cron/jobs/<job:name>" == line["route"]
    assert answer.content_length == line["bytes"]
    assert "127.0.0.1" == line["client"]
    assert line["took_ms"] >= 0
    assert answer.headers[HEADER] == line["request_id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("DELETE", "/healthz", 405),
        ("POST", "/air/locations", 403),
        ("GET", "/cron/runs?limit=x", 422),
        ("HEAD", "/cron/runs", 200),
    ],
)
def test_what_fails_leaves_one_too(
    viewer: Caller, lines: io.StringIO, method: str, path: str, status: int
) -> None:
    """Whoever answered, and whatever."""
    viewer.ask(method, path)

    assert [(method, status)] == [
        (one["method"], one["status"]) for one in requests(lines)
    ]


def test_strangers_leave_a_line_without_a_name(
    stranger: Caller, lines: io.StringIO
) -> None:
    """401 is logged; nobody is known."""
    stranger.get("/cron/runs")
    (line,) = requests(lines)

    assert (401, False) == (line["status"], "who" in line)


def test_an_error_can_be_found_by_the_id(
    stranger: Caller, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The traceback has the id that the caller was told."""

    def fail(self: Readiness) -> dict[str, str]:
        raise RuntimeError

    monkeypatch.setattr(Readiness, "missing", fail)
    answer = stranger.get("/readyz")
    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    (error,) = (one for one in found if "traceback" in one)

    assert 500 == answer.status_code
    assert answer.headers[HEADER] == error["request_id"]


def test_nothing_secret_is_in_a_line(viewer: Caller, lines: io.StringIO) -> None:
    """Not from the address, the query, the head or the body."""
    viewer.get(f"/{CANARY}")
    viewer.get("/login", query_string={"key": CANARY, "next": CANARY})
    viewer.get("/", headers={"Cookie": f"x={CANARY}", "User-Agent": CANARY})
    viewer.post("/login", data={"token": CANARY})
    viewer.get("/cron/runs", headers={"Authorization": f"Bearer {CANARY}"})

    assert 5 == len(requests(lines))
    assert "hunter2" not in json.dumps(requests(lines))
    assert ["key", "next"] == requests(lines)[1]["query"]


def test_the_id_of_the_caller_is_kept(stranger: Caller) -> None:
    """So that a request can be followed from one service to the next."""
    answer = stranger.get("/healthz", headers={HEADER: "gateway-7:42.1"})

    assert "gateway-7:42.1" == answer.headers[HEADER]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_an_id_that_could_forge_a_line_is_replaced(stranger: Caller, sent: str) -> None:
    """Whatever was sent, what comes back is short and plain."""
    got = stranger.get("/healthz", headers={HEADER: sent}).headers[HEADER]

    assert GIVEN.fullmatch(got)
    assert got == sent or not GIVEN.fullmatch(sent)


def test_no_two_requests_share_an_id(stranger: Caller) -> None:
    """Unless the caller wants it so."""
    ids = {stranger.get("/healthz").headers[HEADER] for _ in range(20)}

    assert 20 == len(ids)
