"""Alerts over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.flip import Flip
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
