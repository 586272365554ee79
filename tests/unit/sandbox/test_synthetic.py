"""The model: deterministic, within its ranges, and plausible."""

from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant
from airq_cron.sandbox import Synthetic
from airq_cron.sandbox.synthetic import RANGES

# Thursday 2026-01-01 00:00 UTC.
YEAR = 490_896
PARIS = (48.8566, 2.3522)


def value(pollutant: Pollutant, hour: int, place: tuple[float, float] = PARIS) -> float:
    """Return what the model says; it always says something."""
    found = Synthetic().value(pollutant, *place, hour)
    assert found is not None
    return found


def average(pollutant: Pollutant, hours: range | list[int]) -> float:
    """Return the mean over *hours* in Paris."""
    return mean(value(pollutant, hour) for hour in hours)


@pytest.mark.parametrize(
    ("pollutant", "expected"),
    [
        (Pollutant.PM2_5, 16.6),
        (Pollutant.PM10, 29.8),
        (Pollutant.O3, 35.7),
        (Pollutant.NO2, 27.8),
        (Pollutant.SO2, 2.4),
        (Pollutant.CO, 360.2),
    ],
)
def test_known_hour_has_its_value(pollutant: Pollutant, expected: float) -> None:
    """The model gives this hour on every machine, in every process, for ever."""
    assert expected == value(pollutant, 494_000)


@given(
    pollutant=st.sampled_from(Pollutant),
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    hour=st.integers(0, 1_000_000),
)
def test_values_lie_in_their_ranges(
    pollutant: Pollutant, lat: float, lon: float, hour: int
) -> None:
    """Anywhere, at any hour: one decimal, within the range, and the same again."""
    low, high = RANGES[pollutant]

    first = value(pollutant, hour, (lat, lon))

    assert low <= first <= high
    assert first == round(first, 1)
    assert first == value(pollutant, hour, (lat, lon))


def test_places_differ_by_grid_cell() -> None:
    """Neighbours in one cell share their air, cities do not."""
    hours = range(YEAR, YEAR + 24)
    cell = [value(Pollutant.NO2, hour, (48.86, 2.35)) for hour in hours]

    assert cell == [value(Pollutant.NO2, hour, (48.9, 2.4)) for hour in hours]
    assert cell != [value(Pollutant.NO2, hour, (45.8, 4.8)) for hour in hours]


def test_traffic_makes_rush_hours() -> None:
    """NO2 is higher at 8 and 18 by the sun than at 3, and lower at weekends."""
    week = [YEAR + 24 * 7 * n for n in range(52)]
    at = {h: average(Pollutant.NO2, [w + h for w in week]) for h in (3, 8, 18)}
    saturday = average(Pollutant.NO2, [w + 48 + 18 for w in week])

    assert at[3] * 1.5 < at[8]
    assert at[3] * 1.5 < at[18]
    assert saturday < at[18] * 0.8


def test_sun_makes_ozone() -> None:
    """Ozone peaks in the afternoon, and in summer."""
    days = [YEAR + 24 * n for n in range(365)]
    night, noon = (
        average(Pollutant.O3, [day + hour for day in days]) for hour in (3, 14)
    )
    january = average(Pollutant.O3, range(YEAR, YEAR + 24 * 31))
    july = average(Pollutant.O3, range(YEAR + 24 * 181, YEAR + 24 * 212))

    assert night * 1.5 < noon
    assert january * 1.2 < july


def test_winter_makes_particles() -> None:
    """PM2.5 is higher in January than in July, the other way round in the south."""
    january, july = (
        range(YEAR + 24 * first, YEAR + 24 * (first + 31)) for first in (0, 181)
    )
    south = (-33.9, 18.4)

    assert average(Pollutant.PM2_5, july) * 1.2 < average(Pollutant.PM2_5, january)
    assert mean(value(Pollutant.PM2_5, h, south) for h in january) * 1.2 < mean(
        value(Pollutant.PM2_5, h, south) for h in july
    )


def test_coarse_particles_contain_the_fine() -> None:
    """PM10 is never below PM2.5."""
    for hour in range(YEAR, YEAR + 2000):
        assert value(Pollutant.PM2_5, hour) < value(Pollutant.PM10, hour)


def test_weather_changes_slowly() -> None:
    """From hour to hour carbon monoxide moves by less than half of itself."""
    values = [value(Pollutant.CO, YEAR + n) for n in range(2000)]

    for before, after in pairwise(values):
        assert 0.5 < after / before < 2


def test_says_what_it_is() -> None:
    """Nobody can take it for measured air."""
    assert Origin.SYNTHETIC is Synthetic().origin
    assert "synthetic" in Synthetic().title
