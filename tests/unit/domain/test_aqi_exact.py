"""
Every concentration there is, against a second computation of the same index.

It is written from the agency's table in another shape (scaled whole numbers, one
row of bounds a category) and in fractions; it shares nothing with the product but
the names.
"""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.aqi import Averaging, compute_index
from airq_cron.domain.measurement import HIGHEST_STORED
from airq_cron.domain.pollutant import Pollutant, Unit

# Last concentration of each category, counted in steps of the table; 0 where the
# category has no values there. The line before it ends one step below.
CATEGORIES = (
    "Good",
    "Moderate",
    "Unhealthy for Sensitive Groups",
    "Unhealthy",
    "Very Unhealthy",
    "Hazardous",
)
ENDS = (50, 100, 150, 200, 300, 500)
STEPS = {
    # unit, steps a unit, first step, last step of each category
    ("o3", "8h"): ("ppm", 1000, 0, (54, 70, 85, 105, 200)),
    ("o3", "1h"): ("ppm", 1000, 125, (0, 0, 164, 204, 404, 604)),
    ("pm2_5", "24h"): ("ug/m3", 10, 0, (90, 354, 554, 1254, 2254, 3254)),
    ("pm10", "24h"): ("ug/m3", 1, 0, (54, 154, 254, 354, 424, 604)),
    ("co", "8h"): ("ppm", 10, 0, (44, 94, 124, 154, 304, 504)),
    ("so2", "1h"): ("ppb", 1, 0, (35, 75, 185, 304)),
    ("so2", "24h"): ("ppb", 1, 305, (0, 0, 0, 0, 604, 1004)),
    ("no2", "1h"): ("ppb", 1, 0, (53, 100, 360, 649, 1249, 2049)),
}
LEVELS = {
    "pm2_5": (5, 15, 50, 90, 140),
    "pm10": (15, 45, 120, 195, 270),
    "no2": (10, 25, 60, 100, 150),
    "o3": (60, 100, 120, 160, 180),
    "so2": (20, 40, 125, 190, 275),
}
LARGEST = Decimal(HIGHEST_STORED)
VALUES = st.decimals(-LARGEST, LARGEST, allow_nan=False, allow_infinity=False)
# Most of what can happen happens near the tables.
NEAR = st.decimals(-1, 3000, allow_nan=False, places=5)
ANY_VALUE = VALUES | NEAR | NEAR.map(lambda one: one / 1000)


def second(table: tuple[str, str], value: Fraction) -> tuple[int | None, str | None]:
    """Return index and category by the agency's equation 1."""
    _, scale, first, tops = STEPS[table]
    steps = max(floor(value * scale), 0) if value > 0 else 0
    if steps < first or (table == ("o3", "8h") and steps > tops[-1]):
        return None, None
    if table == ("so2", "1h") and steps > tops[-1]:
        return 200, "Unhealthy"
    place = next((i for i, top in enumerate(tops) if steps <= top), len(tops) - 1)
    low = first if place == 0 or not tops[place - 1] else tops[place - 1] + 1
    bottom = 0 if place == 0 else ENDS[place - 1] + 1
    slope = Fraction(ENDS[place] - bottom, tops[place] - low)
    return floor(slope * (steps - low) + bottom + Fraction(1, 2)), CATEGORIES[place]


def american(table: tuple[str, str], value: Decimal) -> tuple[int | None, str | None]:
    """Return index and category as the product computes them."""
    pollutant, averaging = table
    found = compute_index(
        "us-epa-2024",
        Pollutant(pollutant),
        Averaging(averaging),
        value,
        Unit(STEPS[table][0]),
    )
    return found.index, found.category


def european(pollutant: str, value: Decimal) -> tuple[int | None, Decimal | None]:
    """Return level and scale as the product computes them."""
    found = compute_index(
        "eaqi-2024", Pollutant(pollutant), Averaging.H1, value, Unit.UG_M3
    )
    return found.index, found.scaled


@pytest.mark.parametrize("table", STEPS, ids="-".join)
def test_every_representable_concentration_has_the_agencys_index(
    table: tuple[str, str],
) -> None:
    """From below zero to 1.3 times the last bound, step by step: no one differs."""
    _, scale, _, tops = STEPS[table]
    values = [Decimal(i) / scale for i in range(-2, tops[-1] * 13 // 10 + 1)]

    wrong = {
        value: (american(table, value), second(table, Fraction(value)))
        for value in values
        if american(table, value) != second(table, Fraction(value))
    }

    assert {} == wrong


@pytest.mark.parametrize("table", STEPS, ids="-".join)
def test_what_lies_between_two_steps_is_cut(table: tuple[str, str]) -> None:
    """The last digit before the next step changes nothing, at every bound."""
    _, scale, _, tops = STEPS[table]

    for top in tops:
        bound, after = Decimal(top) / scale, Decimal(top + 1) / scale
        assert american(table, bound) == american(table, after - Decimal("1e-20"))


@given(st.sampled_from(sorted(STEPS)), ANY_VALUE)
def test_any_finite_value_has_the_index_of_the_equation(
    table: tuple[str, str], value: Decimal
) -> None:
    """However many digits it has and however far it lies: nothing is raised."""
    assert second(table, Fraction(value)) == american(table, value)


@given(st.sampled_from(sorted(STEPS)), ANY_VALUE, ANY_VALUE)
def test_the_american_index_never_falls_as_the_air_worsens(
    table: tuple[str, str], one: Decimal, other: Decimal
) -> None:
    """Where both have an index, the larger value has no smaller one."""
    better, _ = american(table, min(one, other))
    worse, _ = american(table, max(one, other))

    if better is not None and worse is not None:
        assert better <= worse


@pytest.mark.parametrize("pollutant", LEVELS)
def test_every_tenth_has_its_european_level(pollutant: str) -> None:
    """Bounds belong to the better level; the finer number is on the same line."""
    bounds = LEVELS[pollutant]

    for tenths in range(-2, bounds[-1] * 13):
        value = Fraction(tenths, 10)
        level = 1 + sum(bound < value for bound in bounds)
        place = min(level, len(bounds))
        low = bounds[place - 2] if place > 1 else 0
        scaled = 20 * (place - 1) + 20 * (max(value, Fraction()) - low) / (
            bounds[place - 1] - low
        )
        expected = level, Decimal(floor(scaled + Fraction(1, 2)))
        assert expected == european(pollutant, Decimal(tenths) / 10)


@given(st.sampled_from(sorted(LEVELS)), ANY_VALUE, ANY_VALUE)
def test_the_european_level_never_falls_as_the_air_worsens(
    pollutant: str, one: Decimal, other: Decimal
) -> None:
    """Level and finer number alike, and every finite value has both."""
    better = european(pollutant, min(one, other))
    worse = european(pollutant, max(one, other))

    assert better[0] is not None
    assert worse[0] is not None
    assert better[1] is not None
    assert worse[1] is not None
    assert better[0] <= worse[0]
    assert better[1] <= worse[1]
    assert 1 <= better[0] <= 6
