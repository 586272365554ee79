"""Alerts over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.flip import Flip
from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.system import System
from tests.flips import FLIP
from tests.unit.api.caller import Caller

PATH = "/cron/alerts"


@pytest.fixture
def flips(system: System) -> list[Flip]:
    """Give three alerts, the first raised first; the first was cleared."""
    found = [
        replace(
            FLIP,
            key=f"key-{number}",
            condition=f"condition-{number}",
            raised_at=FLIP.raised_at + timedelta(hours=number),
        )
        for number in range(3)
    ]
    system.store.write(lambda unit: [unit.flips.put(flip) for flip in found])
    ended_at = FLIP.began_at + timedelta(hours=5)
    system.store.write(
        lambda unit: unit.flips.clear(found[0].id, ended_at=ended_at, message="Over.")
    )
    return found


def test_alerts_are_listed_with_what_became_of_them(viewer: Caller, flips: list[Flip]):
    """The last raised first; instants of the facts beside those of finding out."""
    *_, first = viewer.get(PATH).json["items"]

    assert ("cleared", "Over.", "2026-03-01T05:00:00Z") == (
        first["state"],
        first["cleared_message"],
        first["ended_at"],
    )
    assert ("high_aqi", "paris", "2026-03-01") == (
        first["kind"],
        first["location"],
        first["day"],
    )
    assert {"pollutant": "pm2_5", "worst": 162.5} == first["detail"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [2, 1, 0]),
        ("state=open", [2, 1]),
        ("state=cleared", [0]),
        ("kind=high_aqi&location=paris", [2, 1, 0]),
        ("location=lyon", []),
        ("since=2026-03-01T02:00:00Z", [2, 1]),
        ("until=2026-03-01T02:00:00Z", [0]),
    ],
)
def test_the_list_is_filtered(
    viewer: Caller, flips: list[Flip], query: str, expected: list[int]
):
    """By state, kind, place and when they were raised."""
    items = viewer.get(f"{PATH}?{query}").json["items"]

    assert [flips[number].id for number in expected] == [one["id"] for one in items]


def test_the_list_comes_in_pages(viewer: Caller, flips: list[Flip]):
    """Every alert once."""
    first = viewer.get(f"{PATH}?limit=2").json
    rest = viewer.get(f"{PATH}?limit=2&cursor={first['next_cursor']}").json

    found = [one["id"] for one in first["items"] + rest["items"]]
    assert [one.id for one in flips[::-1]] == found
    assert rest["next_cursor"] is None


def test_one_alert_is_the_same_as_in_the_list(viewer: Caller, flips: list[Flip]):
    """By its id."""
    (item,) = viewer.get(f"{PATH}?state=cleared").json["items"]

    assert item == viewer.get(f"{PATH}/{flips[0].id}").json


def test_an_unknown_alert_is_not_there(viewer: Caller):
    """404 with the id."""
    assert 404 == viewer.get(f"{PATH}/{FLIP.id}").status_code
    assert 404 == viewer.get(f"{PATH}/nothing").status_code


@pytest.mark.parametrize(
    "query", ["state=both", "kind=x", "cursor=x", "limit=0", "x=1"]
)
def test_a_wrong_filter_is_refused(viewer: Caller, query: str):
    """With the field named."""
    answer = viewer.get(f"{PATH}?{query}")

    assert 422 == answer.status_code
    assert query.split("=", maxsplit=1)[0] == answer.json["errors"][0]["field"]


def test_a_stranger_sees_none(stranger: Caller):
    """A token is needed."""
    assert 401 == stranger.get(PATH).status_code


def test_who_acknowledges_is_named(operator: Caller, flips: list[Flip], system: System):
    """With the note, in the alert and in the audit trail."""
    path = f"{PATH}/{flips[1].id}/acknowledge"
    body = operator.post(path, json={"note": "I look"}).json
    operator.post(path, json={"note": "I look"})

    assert ("open", "token:operator", "I look") == (
        body["state"],
        body["acknowledged_by"],
        body["acknowledged_note"],
    )
    assert "2026-03-01T12:00:30Z" == body["acknowledged_at"]
    (entry,) = audited(system, flips[1])
    assert ("token:operator", "alert.acknowledge", "I look") == (
        entry.actor,
        entry.action,
        entry.note,
    )


def test_an_acknowledgement_needs_no_body(operator: Caller, flips: list[Flip]):
    """A note is welcome, not needed."""
    answer = operator.post(f"{PATH}/{flips[1].id}/acknowledge")

    assert (200, None) == (answer.status_code, answer.json["acknowledged_note"])


def test_a_silence_begins_and_ends(operator: Caller, flips: list[Flip], system: System):
    """By minutes, or until an instant; the alert itself stays open."""
    path = f"{PATH}/{flips[1].id}/silence"
    silent = operator.post(path, json={"minutes": 30}).json
    until = operator.post(path, json={"until": "2026-03-02T00:00:00Z"}).json
    ended = operator.post(path, json={"minutes": 0}).json

    assert ["2026-03-01T12:30:30Z", "2026-03-02T00:00:00Z", None] == [
        one["silenced_until"] for one in (silent, until, ended)
    ]
    assert "open" == silent["state"]
    assert ["alert.silence"] * 3 == [one.action for one in audited(system, flips[1])]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "minutes"),
        ({"minutes": 5, "until": "2026-03-02T00:00:00Z"}, "minutes"),
        ({"minutes": -1}, "minutes"),
        ({"minutes": 43_201}, "minutes"),
        ({"until": "2026-03-01T00:00:00Z"}, "until"),
        ({"until": "2026-05-01T00:00:00Z"}, "until"),
        ({"minutes": 5, "note": ""}, "note"),
    ],
)
def test_a_silence_has_one_end_to_come(
    operator: Caller, flips: list[Flip], body: dict[str, object], field: str
):
    """422 with the field named."""
    answer = operator.post(f"{PATH}/{flips[1].id}/silence", json=body)

    assert 422 == answer.status_code
    assert field in answer.text


@pytest.mark.parametrize("verb", ["acknowledge", "silence"])
def test_what_is_over_is_neither_acknowledged_nor_silenced(
    operator: Caller, flips: list[Flip], verb: str
):
    """409: nothing would be told anyway."""
    body = {"minutes": 5} if verb == "silence" else {}

    assert 409 == operator.post(f"{PATH}/{flips[0].id}/{verb}", json=body).status_code
    assert 404 == operator.post(f"{PATH}/{FLIP.id}/{verb}", json=body).status_code


@pytest.mark.parametrize("verb", ["acknowledge", "silence"])
def test_viewers_only_look(viewer: Caller, flips: list[Flip], verb: str):
    """403."""
    path = f"{PATH}/{flips[1].id}/{verb}"

    assert 403 == viewer.post(path, json={"minutes": 5}).status_code


def audited(system: System, flip: Flip) -> list[AuditEntry]:
    with system.store.read() as unit:
        where = AuditFilter(subject=f"alert:{flip.id}")
        return unit.audit.find(where, limit=99, after=None)
