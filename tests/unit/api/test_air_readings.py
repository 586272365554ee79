"""What the air holds, over HTTP: as measured, and by hour."""

from datetime import UTC, datetime

import pytest

from airq_cron.domain.measurement import Quality
from airq_cron.domain.pollutant import Pollutant
from airq_cron.system import System
from tests.unit.api.air_facts import (
    HOUR,
    MEASURED,
    NOON,
    PARIS,
    measure,
    prefer_measured,
)
from tests.unit.api.caller import Caller


def test_the_series_is_what_was_measured(viewer: Caller, system: System):
    """Each item has its instant, its flags and when it was learnt."""
    measure(system, [NOON], value="5000.5", quality=Quality.EXTREME | Quality.ROUNDED)
    (item,) = viewer.get(f"{PARIS}/series").json["items"]

    assert {
        "pollutant": "pm2_5",
        "unit": "ug/m3",
        "provider": "open-meteo",
        "origin": "modelled",
        "value": 5000.5,
        "valid_from": "2026-03-01T12:00:00Z",
        "fetched_at": "2026-03-01T12:00:30Z",
        "quality": ["extreme", "rounded"],
    } == item


def test_hourly_figures_are_told(viewer: Caller, system: System):
    """Mean, extremes and their hour, and the European index, which is hourly."""
    measure(system, [NOON])
    (item,) = viewer.get(f"{PARIS}/hourly").json["items"]

    assert {
        "pollutant": "pm2_5",
        "unit": "ug/m3",
        "provider": "open-meteo",
        "origin": "modelled",
        "hour": "2026-03-01T12:00:00Z",
        "n": 1,
        "expected": 1,
        "coverage": 1.0,
        "mean": 9.1,
        "min": 9.1,
        "max": 9.1,
        "max_at": "2026-03-01T12:00:00Z",
        "p50": 9.1,
        "p95": 9.1,
        "indices": {
            "eaqi-2024": {
                "index": 2,
                "category": "Fair",
                "color": "#50CCAA",
                "scaled": 28,
                "averaging": "1h",
            }
        },
    } == item


@pytest.mark.parametrize("kind", ["series", "hourly"])
def test_pages_of_hours_lose_and_repeat_nothing(
    viewer: Caller, system: System, kind: str
):
    """Turning the pages gives every hour of the window once, in order."""
    hours = [NOON - number * HOUR for number in range(200)]
    measure(system, hours)
    measure(system, hours[50:60], pollutant=Pollutant.NO2)
    window = "from=2026-02-20T00:00:00Z&to=2026-03-01T13:00:00Z"
    seen: list[tuple[str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = viewer.get(
            f"{PARIS}/{kind}?{window}&limit=31{cursor and '&cursor=' + cursor}"
        ).json
        seen += [
            (item.get("hour") or item["valid_from"], item["pollutant"])
            for item in page["items"]
        ]
        cursor = page["next_cursor"]

    assert 210 == len(seen)
    assert sorted(set(seen)) == seen


@pytest.mark.parametrize("kind", ["series", "hourly"])
def test_a_long_gap_is_walked_through(viewer: Caller, system: System, kind: str):
    """A page is filled from both ends of a gap of half a year."""
    measure(
        system, [datetime(2025, 4, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)]
    )
    body = viewer.get(f"{PARIS}/{kind}?from=2025-03-15&to=2026-03-01").json

    assert (2, None) == (len(body["items"]), body["next_cursor"])


def test_a_day_is_the_day_of_the_place(viewer: Caller, system: System):
    """In Paris 2025-03-30 has 23 hours, from 23:00 UTC to 22:00 UTC."""
    start = datetime(2025, 3, 29, 20, tzinfo=UTC)
    measure(system, [start + number * HOUR for number in range(30)])
    body = viewer.get(f"{PARIS}/hourly?from=2025-03-30&to=2025-03-30&limit=99").json

    assert 23 == len(body["items"])
    assert "2025-03-29T23:00:00Z" == body["items"][0]["hour"]
    assert "2025-03-30T21:00:00Z" == body["items"][-1]["hour"]


def test_hours_come_from_who_speaks_for_the_day(operator: Caller, system: System):
    """Below 75 % the preferred provider is silent for the whole local day."""
    prefer_measured(operator)
    first = datetime(2026, 2, 26, 23, tzinfo=UTC)
    measure(system, [first + number * HOUR for number in range(48)])
    measure(system, [first + number * HOUR for number in range(17)], source=MEASURED)
    measure(
        system, [first + (24 + number) * HOUR for number in range(18)], source=MEASURED
    )
    items = operator.get(f"{PARIS}/hourly?from=2026-02-27&to=2026-02-28&limit=99").json[
        "items"
    ]

    assert {"open-meteo"} == {item["provider"] for item in items[:24]}
    assert 18 == len(items[24:])
    assert {"airparif"} == {item["provider"] for item in items[24:]}


def test_the_choice_does_not_depend_on_the_window(operator: Caller, system: System):
    """Half a day is answered by who speaks for the whole of it."""
    prefer_measured(operator)
    first = datetime(2026, 2, 26, 23, tzinfo=UTC)
    measure(system, [first + number * HOUR for number in range(24)])
    measure(system, [first + number * HOUR for number in range(6)], source=MEASURED)
    items = operator.get(
        f"{PARIS}/series?from=2026-02-26T23:00:00Z&to=2026-02-27T02:00:00Z"
    ).json["items"]

    assert [("open-meteo", 3)] == [(items[0]["provider"], len(items))]


@pytest.mark.parametrize("kind", ["series", "hourly"])
def test_one_provider_or_pollutant_can_be_asked_for(
    viewer: Caller, system: System, kind: str
):
    """`provider` and `pollutant` narrow the list."""
    measure(system, [NOON], source=MEASURED)
    measure(system, [NOON])
    measure(system, [NOON], pollutant=Pollutant.SO2)

    def count(query: str) -> int:
        return len(viewer.get(f"{PARIS}/{kind}?{query}").json["items"])

    assert (2, 1, 2, 1, 0) == (
        count(""),
        count("provider=airparif"),
        count("provider=open-meteo"),
        count("pollutant=so2"),
        count("provider=nobody"),
    )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-03-01&to=2026-02-01", "to"),
        ("from=2025-01-01&to=2026-03-01", "to"),
        ("from=2027-01-01", "to"),
        ("from=x", "from"),
        ("to=2026-02-30", "to"),
        ("pollutant=pm25", "pollutant"),
        ("limit=1001", "limit"),
        ("cursor=WyJhIl0", "cursor"),
        ("provider=", "provider"),
    ],
)
@pytest.mark.parametrize("kind", ["series", "hourly"])
def test_an_impossible_window_is_refused(
    viewer: Caller, kind: str, query: str, field: str
):
    """422 names the field; windows are bounded."""
    answer = viewer.get(f"{PARIS}/{kind}?{query}")

    assert 422 == answer.status_code
    assert [field] == [error["field"] for error in answer.json["errors"]]


@pytest.mark.parametrize("kind", ["latest", "series", "hourly", "daily"])
def test_the_air_of_an_unknown_place_is_not_there(viewer: Caller, kind: str):
    """404 names the place."""
    answer = viewer.get(f"/air/locations/rome/{kind}")

    assert (404, "unknown location: rome") == (
        answer.status_code,
        answer.json["detail"],
    )
