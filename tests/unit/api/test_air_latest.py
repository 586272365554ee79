"""The newest concentrations of a place, and their indices, over HTTP."""

import pytest

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

FAIR = {"index": 2, "category": "Fair", "color": "#50CCAA"}
MODERATE = {"index": 51, "category": "Moderate", "color": "#FFFF00"}


def test_latest_is_the_newest_hour_of_each_pollutant(viewer: Caller, system: System):
    """Value, unit, provider, origin and age are told."""
    measure(system, [NOON - HOUR, NOON])
    measure(system, [NOON - HOUR], pollutant=Pollutant.O3, value="61.23456")
    body = viewer.get(f"{PARIS}/latest").json

    assert [
        {
            "pollutant": "pm2_5",
            "unit": "ug/m3",
            "provider": "open-meteo",
            "origin": "modelled",
            "value": 9.1,
            "valid_from": "2026-03-01T12:00:00Z",
            "age_s": 30,
            "indices": {
                "eaqi-2024": FAIR | {"scaled": 28, "averaging": "1h"},
                "us-epa-2024": MODERATE | {"scaled": None, "averaging": "nowcast"},
            },
        },
        {
            "pollutant": "o3",
            "unit": "ug/m3",
            "provider": "open-meteo",
            "origin": "modelled",
            "value": 61.2346,
            "valid_from": "2026-03-01T11:00:00Z",
            "age_s": 3630,
            "indices": {"eaqi-2024": FAIR | {"scaled": 21, "averaging": "1h"}},
        },
    ] == body["items"]
    assert {
        "eaqi-2024": {"index": 2, "category": "Fair", "main_pollutant": "pm2_5"},
        "us-epa-2024": {
            "index": 51,
            "category": "Moderate",
            "main_pollutant": "pm2_5",
        },
    } == body["indices"]
    assert "paris" == body["location"]["id"]
    assert "2026-03-01T12:00:30Z" == body["as_of"]


def test_latest_of_a_place_without_data_is_empty(viewer: Caller):
    """Nothing measured yet is no error, and nothing is known of it."""
    body = viewer.get(f"{PARIS}/latest").json
    unknown = {"index": None, "category": None, "main_pollutant": None}

    assert [] == body["items"]
    assert {"eaqi-2024": unknown, "us-epa-2024": unknown} == body["indices"]


def test_ozone_is_judged_by_its_last_eight_hours(viewer: Caller, system: System):
    """137.2 ug/m3 are 0.07 ppm at 25 degrees; the newest hour alone says nothing."""
    hours = [NOON - age * HOUR for age in range(6)]
    measure(system, hours, pollutant=Pollutant.O3, value="137.2")
    (item,) = viewer.get(f"{PARIS}/latest").json["items"]

    rating = item["indices"]["us-epa-2024"]
    assert (100, "8h") == (rating["index"], rating["averaging"])


def test_what_is_old_says_nothing_of_the_present(viewer: Caller, system: System):
    """It keeps its own index; the place's is that of the fresh pollutants."""
    measure(system, [NOON], pollutant=Pollutant.NO2, value="5")
    measure(system, [NOON - 4 * HOUR, NOON - 5 * HOUR], value="200")
    body = viewer.get(f"{PARIS}/latest").json

    assert ["pm2_5", "no2"] == [item["pollutant"] for item in body["items"]]
    assert 6 == body["items"][0]["indices"]["eaqi-2024"]["index"]
    assert (1, "no2") == (
        body["indices"]["eaqi-2024"]["index"],
        body["indices"]["eaqi-2024"]["main_pollutant"],
    )


@pytest.mark.parametrize(("late_h", "provider"), [(3, "airparif"), (4, "open-meteo")])
def test_latest_prefers_measured_values_that_are_hardly_older(
    operator: Caller, system: System, late_h: int, provider: str
):
    """Three hours are forgiven to the preferred provider, more are not."""
    prefer_measured(operator)
    measure(system, [NOON])
    measure(system, [NOON - late_h * HOUR], source=MEASURED, value="12")

    (item,) = operator.get(f"{PARIS}/latest").json["items"]

    assert provider == item["provider"]
