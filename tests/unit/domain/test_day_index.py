"""The index of a day, and that of its worst hour."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from airq_cron.domain.day_index import Basis, DayIndex, us_day_index, worst_hour_index
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.pollutant import Pollutant, Unit
from tests.air_rows import DAWN, figures
from tests.day_rows import gas, micros, statistic


def hour(number: int, mean: str, **more: Any) -> HourlyAggregate:
    """Return an hour of fine dust in Paris."""
    return figures(number, micros(mean), **more)


def test_the_golden_day_has_its_index():
    """Paris on 2014-03-14: 96.5417 ug/m3 are 180."""
    found = us_day_index([statistic("96.541666"), gas(Pollutant.NO2, "76")])

    assert found.index is not None
    assert (180, "Unhealthy", Pollutant.PM2_5, Basis.DAY) == (
        found.index.index,
        found.index.category,
        found.main_pollutant,
        found.basis,
    )
    assert {Pollutant.PM2_5, Pollutant.NO2} == set(found.pollutants)


def test_too_few_hours_have_no_index():
    """Insufficient is not zero."""
    assert DayIndex("us-epa-2024", Basis.DAY) == us_day_index(
        [statistic("96", valid=17)]
    )


def test_a_day_without_figures_has_no_index():
    """Nothing was measured, nothing is said."""
    assert DayIndex("us-epa-2024", Basis.DAY) == us_day_index([])
    assert DayIndex("eaqi-2024", Basis.WORST_HOUR) == worst_hour_index([], [])


def test_the_worst_hour_speaks_for_the_day():
    """Its begin is named, and the first of equal ones."""
    hours = [hour(3, "60"), hour(1, "4"), hour(2, "60"), hour(4, "20")]
    found = worst_hour_index([statistic("36")], hours)

    assert found.index is not None
    assert (4, "Poor", DAWN + timedelta(hours=2)) == (
        found.index.index,
        found.index.category,
        found.hour,
    )


def test_within_a_band_the_higher_hour_is_worse():
    """Levels alone would name the first hour of the band."""
    hours = [hour(1, "51"), hour(2, "89")]
    found = worst_hour_index([statistic("70")], hours)

    assert DAWN + timedelta(hours=2) == found.hour


def test_the_worst_pollutant_is_the_main_one():
    """Each pollutant has its own worst hour; the place has the worst of them."""
    hours = [
        hour(1, "4"),
        hour(5, "170", pollutant=Pollutant.O3),
        hour(6, "20", pollutant=Pollutant.O3),
    ]
    found = worst_hour_index([statistic(), gas(Pollutant.O3)], hours)

    assert (Pollutant.O3, DAWN + timedelta(hours=5)) == (
        found.main_pollutant,
        found.hour,
    )
    assert {Pollutant.PM2_5: 1, Pollutant.O3: 5} == {
        name: rating.index.index for name, rating in found.pollutants.items()
    }


@pytest.mark.parametrize(
    "other",
    [
        {"provider": "open-meteo"},
        {"pollutant": Pollutant.PM10},
        {"unit": Unit.MG_M3},
    ],
)
def test_hours_of_others_do_not_count(other: dict[str, Any]):
    """Only the provider, pollutant and unit that speak for the day are looked at."""
    found = worst_hour_index([statistic("4")], [hour(1, "4"), hour(2, "900", **other)])

    assert found.index is not None
    assert 1 == found.index.index


def test_an_insufficient_pollutant_has_no_worst_hour():
    """The hours that lack may have been worse."""
    found = worst_hour_index([statistic("90", valid=17)], [hour(1, "90")])

    assert DayIndex("eaqi-2024", Basis.WORST_HOUR) == found


def test_what_the_european_index_does_not_know_is_left_out():
    """It has no carbon monoxide."""
    row = gas(Pollutant.CO, "300")
    found = worst_hour_index([row], [hour(1, "300", pollutant=Pollutant.CO)])

    assert None is found.index
    assert Decimal(300) == row.mean
