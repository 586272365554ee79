"""Providers over HTTP: what they allow, what they said, and enabling them."""

from datetime import timedelta

import pytest

from airq_cron.cli.providers import provider_document, sample_document
from airq_cron.domain.quota import QUOTAS
from airq_cron.ports import AuditFilter, FetchState, Sample, Unit
from airq_cron.services.providers import ProviderDesk
from airq_cron.services.refusals import settle_refusals
from airq_cron.system import System
from airq_cron.telemetry.traffic import RedisTraffic
from airq_cron.testing import FakeClock
from tests.unit.api.caller import Caller

PATH = "/cron/providers/open-meteo"
HOUR = timedelta(hours=1)


def say(system: System, outcome: str, location: str = "paris") -> None:
    """Let the provider have said something about a place."""
    at = system.clock.now()
    state = FetchState("open-meteo", location, at, outcome, "it said so")

    def work(unit: Unit) -> None:
        unit.locations.note_fetch([state])
        settle_refusals(unit, [state])

    system.store.write(work)


def test_a_provider_tells_what_it_allows(viewer: Caller):
    """And what counts of it now."""
    body = viewer.get(PATH).json

    assert [("minute", 600), ("hour", 5000), ("day", 10_000)] == [
        (one["name"], one["limit"]) for one in body["windows"]
    ]
    assert {0.0} == {one["used"] for one in body["windows"]}
    assert (None, None, [], 0) == (
        body["disabled_at"],
        body["not_before"],
        body["refused"],
        body["samples"],
    )
    assert [body] == viewer.get("/cron/providers").json["items"]


def test_a_call_in_flight_is_seen(viewer: Caller, system: System):
    """While it holds the lane."""
    with system.gate.passing("open-meteo", 10):
        assert viewer.get(PATH).json["in_flight"]

    assert viewer.get(PATH).json["in_flight"] is False


def test_calls_are_told_in_calls(viewer: Caller, system: System):
    """Though they are counted in tenths."""
    windows = QUOTAS["open-meteo"]
    system._traffic.take("open-meteo", windows[:2], 15)
    system.store.write(
        lambda unit: unit.upstreams.take("open-meteo", windows[2:], 15, unit.runs.now())
    )

    assert {1.5} == {one["used"] for one in viewer.get(PATH).json["windows"]}


def test_a_disabled_one_says_why_and_is_enabled(
    viewer: Caller, operator: Caller, system: System
):
    """Once; whoever did it stands in the audit trail."""
    say(system, "permanent_provider")
    body = viewer.get(PATH).json
    assert ("2026-03-01T12:00:30Z", "it said so") == (
        body["disabled_at"],
        body["reason"],
    )

    answer = operator.post(f"{PATH}/enable")
    assert (200, None) == (answer.status_code, answer.json["disabled_at"])
    assert 409 == operator.post(f"{PATH}/enable").status_code
    with system.store.read() as unit:
        where = AuditFilter(subject="provider:open-meteo")
        (entry,) = unit.audit.find(where, limit=9, after=None)
    assert ("provider.enable", "token:operator") == (entry.action, entry.actor)


def test_a_refused_place_is_told_and_asked_for_again(operator: Caller, system: System):
    """By name."""
    say(system, "permanent_location")
    (refused,) = operator.get(PATH).json["refused"]
    assert ("paris", "it said so") == (refused["location"], refused["detail"])

    body = {"location": "paris"}
    assert [] == operator.post(f"{PATH}/enable", json=body).json["refused"]
    answer = operator.post(f"{PATH}/enable", json=body)
    assert (409, True) == (answer.status_code, "paris" in answer.json["detail"])


def test_a_time_that_was_named_is_told(viewer: Caller, system: System):
    """Nobody asks before."""
    at = system.clock.now()
    state = FetchState("open-meteo", "paris", at, "quota", "", at + HOUR)
    system.store.write(lambda unit: unit.locations.note_fetch([state]))

    assert "2026-03-01T13:00:30Z" == viewer.get(PATH).json["not_before"]


def test_samples_are_for_operators(viewer: Caller, operator: Caller, system: System):
    """An answer may hold what nobody expected."""
    sample = Sample("open-meteo", system.clock.now(), "no JSON", "<html>", 9000)
    system.store.write(lambda unit: unit.upstreams.keep_sample(sample, newest=5))

    assert 403 == viewer.get(f"{PATH}/samples").status_code
    assert [
        {
            "at": "2026-03-01T12:00:30Z",
            "reason": "no JSON",
            "body": "<html>",
            "size": 9000,
        }
    ] == operator.get(f"{PATH}/samples").json["items"]
    assert 1 == viewer.get(PATH).json["samples"]


def test_the_command_line_prints_the_same(operator: Caller, system: System):
    """Key by key."""
    say(system, "permanent_location")
    sample = Sample("open-meteo", system.clock.now(), "no JSON", "<html>", 9000)
    system.store.write(lambda unit: unit.upstreams.keep_sample(sample, newest=5))
    desk = system.provider_desk

    assert operator.get(PATH).json == provider_document(desk.line("open-meteo"))
    assert operator.get(f"{PATH}/samples").json["items"] == [
        sample_document(one) for one in desk.samples("open-meteo")
    ]


@pytest.mark.parametrize("path", ["", "/samples", "/enable"])
def test_an_unknown_provider_is_not_there(operator: Caller, path: str):
    """404 for every deed."""
    method = operator.post if path == "/enable" else operator.get

    assert 404 == method(f"/cron/providers/waqi{path}").status_code


def test_without_redis_short_windows_are_unknown(system: System, clock: FakeClock):
    """Null, never 0."""
    away = RedisTraffic("redis://127.0.0.1:1/0")
    desk = ProviderDesk(system.store, lambda: away, {"open-meteo": "x"}, QUOTAS)

    assert [None, None, 0.0] == [one.used for one in desk.line("open-meteo").windows]


def test_the_overview_says_who_is_not_asked(viewer: Caller, system: System):
    """A provider, or a place of one, each with its reason."""
    say(system, "permanent_location")
    say(system, "permanent_provider", "paris")
    say(system, "permanent_location")

    reasons = viewer.get("/cron/status/overview").json["reasons"]
    assert "provider open-meteo is disabled: it said so" in reasons
    assert "provider open-meteo refuses paris: it said so" in reasons
