"""Breakers over HTTP: seen, opened, reset."""

from datetime import timedelta

import pytest

from airq_cron.cli.breaker_document import breaker_document, change_document
from airq_cron.domain.breaker import Result
from airq_cron.errors import BreakerOpenError, TransientError
from airq_cron.ports import AuditFilter
from airq_cron.ports.breaker import Ending
from airq_cron.system import System
from airq_cron.telemetry.breakers import RedisBreakerStorage
from tests.unit.api.caller import Caller

PATH = "/cron/breakers/open-meteo"
REASON = {"reason": "their maintenance"}


def fail(system: System, times: int = 5) -> None:
    """Let calls of the only provider fail."""
    rules = system.settings.breaker_rules
    for number in range(times):
        permit = f"p{number}"
        system.breaker_storage.admit("open-meteo", permit, rules)
        ending = Ending(Result.FAILURE, "silent for 10 s")
        system.breaker_storage.settle("open-meteo", permit, rules, ending)


def test_a_breaker_that_is_at_rest_is_closed(viewer: Caller):
    """With its rules: the window is twice the minute of the job that asks."""
    body = viewer.get(PATH).json

    assert ("CLOSED", 0, 5, 300.0) == (
        body["state"],
        body["failures"],
        body["threshold"],
        body["timeout_s"],
    )
    assert (60.0, 120.0) == (body["window_s"], body["effective_window_s"])
    assert body == viewer.get("/cron/breakers").json["items"][0]


def test_an_open_one_says_since_when_and_why(viewer: Caller, system: System):
    """And when it will try."""
    fail(system)
    body = viewer.get(PATH).json

    assert ("OPEN", 5, "silent for 10 s") == (
        body["state"],
        body["failures"],
        body["last_error"],
    )
    assert ("2026-03-01T12:00:30Z", "2026-03-01T12:05:30Z") == (
        body["opened_at"],
        body["tries_at"],
    )


def test_looking_changes_nothing(viewer: Caller, system: System):
    """However often."""
    fail(system)
    system.clock.wait(301)
    bodies = [viewer.get(PATH).json for _ in range(3)]

    assert {"OPEN"} == {body["state"] for body in bodies}


def test_it_is_opened_by_hand_with_a_reason(operator: Caller, system: System):
    """Nobody is asked then, and everybody reads why."""
    answer = operator.post(f"{PATH}/open", json=REASON)

    assert (200, "OPEN") == (answer.status_code, answer.json["state"])
    assert {"reason": "their maintenance", "by": "token:operator"}.items() <= (
        answer.json["hold"].items()
    )
    with pytest.raises(BreakerOpenError, match="their maintenance"):
        system._breaker("open-meteo").call(print)


def test_a_hold_with_an_end_ends(operator: Caller, system: System):
    """By itself."""
    body = REASON | {"expires_at": "2026-03-01T13:00:00Z"}
    operator.post(f"{PATH}/open", json=body)
    system.clock.wait(3600)

    assert ("CLOSED", None) == (
        operator.get(PATH).json["state"],
        operator.get(PATH).json["hold"],
    )


def test_a_hold_may_last_for_minutes(operator: Caller):
    """From now on, by the clock of the database."""
    answer = operator.post(f"{PATH}/open", json=REASON | {"minutes": 90})

    assert "2026-03-01T13:30:30Z" == answer.json["hold"]["expires_at"]


def test_a_reset_closes_it_whoever_opened_it(operator: Caller, system: System):
    """Failures are forgotten with it."""
    fail(system)
    operator.post(f"{PATH}/open", json=REASON)
    answer = operator.post(f"{PATH}/reset")

    assert ("CLOSED", 0, None) == (
        answer.json["state"],
        answer.json["failures"],
        answer.json["hold"],
    )
    assert 409 == operator.post(f"{PATH}/reset").status_code


def test_a_reset_says_when_the_fleet_cannot_be_reached(
    operator: Caller, system: System
):
    """503, and nothing has changed: not even what a person set."""
    fail(system)
    operator.post(f"{PATH}/open", json=REASON)
    away = RedisBreakerStorage("redis://127.0.0.1:1/0")
    vars(system.breaker_storage)["_shared"] = away
    answer = operator.post(f"{PATH}/reset")

    assert 503 == answer.status_code
    assert "their maintenance" == operator.get(PATH).json["hold"]["reason"]


def test_a_row_that_began_can_be_reset(operator: Caller, system: System):
    """Closed, but with failures."""
    fail(system, 2)

    assert 0 == operator.post(f"{PATH}/reset").json["failures"]


def test_its_history_is_told(operator: Caller, system: System):
    """By whom, why and after how many failures; in pages."""
    breaker = system._breaker("open-meteo")
    for _ in range(5):
        with pytest.raises(TransientError):
            breaker.call(_raise)
    operator.post(f"{PATH}/reset")
    first = operator.get(f"{PATH}/history?limit=1").json
    rest = operator.get(f"{PATH}/history?cursor={first['next_cursor']}").json

    assert [
        ("OPEN", "CLOSED", "reset", "token:operator"),
        ("CLOSED", "OPEN", "503", "fleet"),
    ] == [
        (one["from"], one["to"], one["reason"], one["actor"])
        for one in first["items"] + rest["items"]
    ]
    assert 5 == rest["items"][0]["failures"]


def _raise() -> None:
    raise TransientError("503")


def test_what_people_do_is_audited(operator: Caller, system: System):
    """With what it was before."""
    operator.post(f"{PATH}/open", json=REASON)
    operator.post(f"{PATH}/reset")
    with system.store.read() as unit:
        where = AuditFilter(subject="breaker:open-meteo")
        found = unit.audit.find(where, limit=9, after=None)

    assert ["breaker.reset", "breaker.open"] == [one.action for one in found]
    assert [{"state": "OPEN"}, {"state": "CLOSED"}] == [
        {"state": (one.before or {})["state"]} for one in found
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (REASON | {"minutes": 0}, "minutes"),
        (REASON | {"minutes": 527_041}, "minutes"),
        (REASON | {"minutes": 1, "expires_at": "2026-03-01T13:00:00Z"}, "minutes"),
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        (REASON | {"expires_at": "2026-03-01T12:00:00Z"}, "expires_at"),
        (REASON | {"expires_at": "2028-03-01T12:00:00Z"}, "expires_at"),
        (REASON | {"until": "x"}, "until"),
    ],
)
def test_a_wrong_word_is_refused(operator: Caller, body: dict[str, object], field: str):
    """With the field named."""
    answer = operator.post(f"{PATH}/open", json=body)

    assert 422 == answer.status_code
    assert field == answer.json["errors"][0]["field"]


@pytest.mark.parametrize("deed", ["open", "reset"])
def test_a_viewer_only_looks(viewer: Caller, deed: str):
    """Steering needs an operator."""
    assert 403 == viewer.post(f"{PATH}/{deed}", json=REASON).status_code


@pytest.mark.parametrize("path", ["", "/history", "/open", "/reset"])
def test_an_unknown_provider_has_no_breaker(operator: Caller, path: str):
    """404 for every deed."""
    method = operator.post if path in {"/open", "/reset"} else operator.get
    more = {"json": REASON} if path == "/open" else {}

    assert 404 == method(f"/cron/breakers/waqi{path}", **more).status_code


def test_the_overview_tells_of_it(viewer: Caller, system: System):
    """As a reason, and with all its figures."""
    fail(system)
    body = viewer.get("/cron/status/overview").json

    assert (
        "the breaker of open-meteo is open since 2026-03-01T12:00:30Z: silent for 10 s"
    ) in body["reasons"]
    assert [viewer.get(PATH).json] == body["breakers"]


def test_the_overview_says_when_breakers_are_local(viewer: Caller, system: System):
    """Redis is away: a warning, no crash."""
    system.breaker_storage.is_local = True
    vars(system.breaker_storage)["_shared"] = None

    warnings = viewer.get("/cron/status/overview").json["warnings"]
    assert ["breakers"] == [one["code"] for one in warnings]


def test_the_command_line_prints_the_same(viewer: Caller, system: System):
    """Key by key."""
    fail(system)
    desk = system.breaker_desk
    (line,) = desk.lines()

    assert viewer.get(PATH).json == breaker_document(line)
    history = desk.history("open-meteo", limit=9, after=None).items
    assert viewer.get(f"{PATH}/history").json["items"] == [
        change_document(one) for one in history
    ]


def test_a_timeout_of_the_settings_is_the_breakers(system: System):
    """In milliseconds there."""
    assert timedelta(minutes=5) == system.settings.breaker_rules.timeout
