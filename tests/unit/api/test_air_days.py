"""The daily statistics of a place, over HTTP."""

from datetime import date, timedelta

import pytest

from airq_cron.domain.daily import DayStatus
from airq_cron.domain.pollutant import Pollutant
from airq_cron.system import System
from tests.unit.api.air_facts import MODELLED, PARIS, day_of, prefer_measured, put_days
from tests.unit.api.caller import Caller

THE_DAY = {
    "items": [
        {
            "date": "2013-10-27",
            "zone": "Europe/Paris",
            "status": "final",
            "pollutants": {
                "pm2_5": {
                    "mean": 7.2,
                    "min": 7.2,
                    "max": 7.2,
                    "max_hour": "2026-03-01T12:00:00Z",
                    "median": 7.2,
                    "p95": 7.2,
                    "max_8h_eu": None,
                    "max_8h_eu_ends_at": None,
                    "max_8h_us": None,
                    "max_8h_us_starts_at": None,
                    "hours_valid": 25,
                    "hours_expected": 25,
                    "coverage": 1.0,
                    "status": "final",
                    "revision": 0,
                    "unit": "ug/m3",
                    "provider": "airparif",
                    "origin": "measured",
                    "indices": {
                        "us-epa-2024": {
                            "index": 40,
                            "category": "Good",
                            "color": "#00E400",
                            "scaled": None,
                            "averaging": "24h",
                        }
                    },
                }
            },
            "indices": {
                "us-epa-2024": {
                    "index": 40,
                    "category": "Good",
                    "main_pollutant": "pm2_5",
                }
            },
        }
    ],
    "as_of": "2026-03-01T12:00:30Z",
}


def test_a_day_has_the_form_of_the_design(viewer: Caller, system: System):
    """Every name is the one that outsiders rely on."""
    put_days(system, day_of(date(2013, 10, 27), valid=25, expected=25))
    body = viewer.get(f"{PARIS}/daily?from=2013-10-27&to=2013-10-27").json

    assert THE_DAY == body


def test_a_day_without_hours_has_no_mean(viewer: Caller, system: System):
    """Unknown is null, never zero."""
    put_days(
        system,
        day_of(date(2026, 2, 1), valid=0, status=DayStatus.INSUFFICIENT),
    )
    (item,) = viewer.get(f"{PARIS}/daily?from=2026-02-01&to=2026-02-01").json["items"]
    figures = item["pollutants"]["pm2_5"]

    assert (None, None, None, 0.0, "insufficient") == (
        figures["mean"],
        figures["min"],
        figures["max"],
        figures["coverage"],
        item["status"],
    )


def test_a_day_of_too_few_hours_has_no_index(viewer: Caller, system: System):
    """The other pollutants decide; without any, all of it is null."""
    first, second = date(2026, 2, 1), date(2026, 2, 2)
    put_days(
        system,
        day_of(first, valid=17, status=DayStatus.INSUFFICIENT),
        day_of(second, valid=17, status=DayStatus.INSUFFICIENT),
        day_of(second, pollutant=Pollutant.NO2),
    )
    body = viewer.get(f"{PARIS}/daily?from={first}&to={second}").json
    unknown = {"index": None, "category": None, "main_pollutant": None}

    assert [
        {"us-epa-2024": unknown},
        {"us-epa-2024": {"index": 3, "category": "Good", "main_pollutant": "no2"}},
    ] == [item["indices"] for item in body["items"]]
    assert {} == body["items"][0]["pollutants"]["pm2_5"]["indices"]


@pytest.mark.parametrize(("valid", "provider"), [(18, "airparif"), (17, "open-meteo")])
def test_the_first_provider_with_enough_hours_speaks(
    operator: Caller, system: System, valid: int, provider: str
):
    """Each pollutant of a day names the provider that speaks for it."""
    prefer_measured(operator)
    day = date(2026, 2, 1)
    put_days(
        system,
        day_of(day, valid=valid),
        day_of(day, source=MODELLED),
        day_of(day, source=MODELLED, pollutant=Pollutant.O3),
    )
    (item,) = operator.get(f"{PARIS}/daily?from={day}&to={day}").json["items"]

    assert {"pm2_5": provider, "o3": "open-meteo"} == {
        name: figures["provider"] for name, figures in item["pollutants"].items()
    }


def test_a_day_can_be_asked_of_one_provider(viewer: Caller, system: System):
    """`provider` overrules the choice; who has no figure gives no day."""
    day = date(2026, 2, 1)
    put_days(system, day_of(day, valid=3), day_of(day, source=MODELLED))

    def providers(name: str) -> list[str]:
        body = viewer.get(f"{PARIS}/daily?from={day}&to={day}&provider={name}").json
        return [item["pollutants"]["pm2_5"]["provider"] for item in body["items"]]

    assert (["airparif"], ["open-meteo"], []) == (
        providers("airparif"),
        providers("open-meteo"),
        providers("nobody"),
    )


def test_days_come_oldest_first_with_both_ends(viewer: Caller, system: System):
    """`to` is included."""
    days = [date(2026, 2, number) for number in (1, 2, 3, 4)]
    put_days(system, *(day_of(day) for day in reversed(days)))
    body = viewer.get(f"{PARIS}/daily?from=2026-02-02&to=2026-02-04").json

    assert ["2026-02-02", "2026-02-03", "2026-02-04"] == [
        item["date"] for item in body["items"]
    ]


def test_the_usual_days_are_the_last_seven(viewer: Caller, system: System):
    """Without dates: the present local day and the six before it."""
    days = [date(2026, 2, 22) + timedelta(days=number) for number in range(9)]
    put_days(system, *(day_of(day) for day in days))
    body = viewer.get(f"{PARIS}/daily").json

    assert ("2026-02-23", "2026-03-01", 7) == (
        body["items"][0]["date"],
        body["items"][-1]["date"],
        len(body["items"]),
    )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-03-02&to=2026-03-01", "to"),
        ("from=2000-01-01&to=2026-03-01", "to"),
        ("from=2026-3-1", "from"),
        ("to=2026-03-01T00:00:00Z", "to"),
        ("limit=5", "limit"),
    ],
)
def test_impossible_days_are_refused(viewer: Caller, query: str, field: str):
    """422 names the field; a span is bounded."""
    answer = viewer.get(f"{PARIS}/daily?{query}")

    assert 422 == answer.status_code
    assert [field] == [error["field"] for error in answer.json["errors"]]
