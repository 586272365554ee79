"""NowCast: the vectors people publish, and an exact second way to compute it."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.aqi import Averaging, compute_index
from airq_cron.domain.nowcast import nowcast, surrogate
from airq_cron.domain.pollutant import Pollutant, Unit, display
from airq_cron.errors import InvalidError

PM2_5, PM10 = Pollutant.PM2_5, Pollutant.PM10
# Newest hour first; the first is EPA's own example, the third the AirNow forum's.
VECTORS = [
    ("13 16 10 21 74 64 53 82 90 75 80 50", "17.4139", "17.4", 66),
    ("13 16 - 21 74 64 53 82 90 75 80 50", "18.4733", "18.4", 68),
    ("21 - 35 49.2 48.6 53.7 66.2 69.2 64.9 50 43 34.9", "28.4098", "28.4", 87),
    ("- 16 10 21 74 64 53 82 90 75 80 50", "21.8300", "21.8", 75),
    ("71 0 0 0 0 0 0 0 0 0 0 0", "35.5087", "35.5", 101),
    ("10 10 10 10 10 10 10 10 10 10 10 10", "10.0000", "10.0", 53),
    ("0 0 0 0 0 0 0 0 0 0 0 0", "0.0000", "0.0", 0),
]
HOUR = st.none() | st.decimals(-10, 2000, allow_nan=False, places=3)


def read(text: str) -> list[Decimal | None]:
    """Give the hours written in *text*; a hyphen is a missing one."""
    return [None if word == "-" else Decimal(word) for word in text.split()]


def by_the_book(hours: list[Decimal | None]) -> Fraction | None:
    """Compute the formula word by word, with fractions."""
    present = {i: Fraction(c) for i, c in enumerate(hours) if c is not None}
    if len(present.keys() & {0, 1, 2}) < 2:
        return None
    high, low = max(present.values()), min(present.values())
    weight = Fraction(1) if high <= 0 else max(1 - (high - low) / high, Fraction(1, 2))
    zero = Fraction(0)
    total = sum((weight**i * c for i, c in present.items()), zero)
    return max(total / sum((weight**i for i in present), zero), zero)


@pytest.mark.parametrize(("hours", "value", "cut", "index"), VECTORS)
def test_nowcast_is_the_published_one(
    hours: str, value: str, cut: str, index: int
) -> None:
    """To the last digit, and cut before it is looked up."""
    found = nowcast(PM2_5, read(hours))

    assert found is not None
    assert (Decimal(value), Decimal(cut)) == (display(found.value), found.truncated)
    of = compute_index("us-epa-2024", PM2_5, Averaging.H24, found.truncated, Unit.UG_M3)
    assert index == of.index


def test_nowcast_is_that_of_the_collected_vectors(shared_data: Path) -> None:
    """Eight of them: three published, five computed elsewhere."""
    text = (shared_data / "aqi-tables" / "pm_nowcast_vectors.json").read_text()
    vectors = json.loads(text, parse_float=Decimal)

    for vector in vectors:
        hours = vector["hours_newest_first"]
        found = nowcast(PM2_5, [None if one is None else Decimal(one) for one in hours])
        if vector["nowcast"] is None:
            assert found is None
        else:
            assert found is not None
            assert abs(found.value - vector["nowcast"]) < Decimal("1e-6")
            assert vector["truncated"] == found.truncated
    assert 8 == len(vectors)


@pytest.mark.parametrize("hours", ["", "- -", "- - 10 5 5", "1 - - 5 5 5", "9"])
def test_too_little_of_the_last_hours_gives_none(hours: str) -> None:
    """Two of the three newest hours are needed, however many older ones there are."""
    assert nowcast(PM2_5, read(hours)) is None


def test_pm10_is_cut_to_whole_numbers() -> None:
    """Its table has no tenths."""
    found = nowcast(PM10, read("54.9 54.9 54.9"))

    assert found is not None
    assert (Decimal("54.9"), Decimal(54)) == (found.value, found.truncated)


def test_negative_hours_count_and_a_negative_result_is_zero() -> None:
    """Noise around nothing must not add up to something."""
    below, mixed = nowcast(PM2_5, read("-4 -2")), nowcast(PM2_5, read("-3 6"))

    assert below is not None
    assert mixed is not None
    assert (Decimal(0), Decimal(0)) == (below.value, mixed.value)


@given(st.lists(HOUR, max_size=12))
def test_nowcast_is_exact(hours: list[Decimal | None]) -> None:
    """The same fraction as the formula's, and cut downwards."""
    exact, found = by_the_book(hours), nowcast(PM2_5, hours)

    assert (exact is None) == (found is None)
    if exact is not None and found is not None:
        assert abs(Fraction(found.value) - exact) < Fraction(1, 10**20)
        assert Fraction(int(exact * 10), 10) == Fraction(found.truncated)


@given(st.lists(HOUR, max_size=12))
def test_nowcast_lies_among_the_hours(hours: list[Decimal | None]) -> None:
    """A mean is never above the highest, nor below the lowest or nothing."""
    found, known = nowcast(PM10, hours), [one for one in hours if one is not None]

    if found is not None:
        # Its last digit is rounded, which a flat series shows.
        assert found.value <= max(*known, Decimal(0)) + Decimal("1e-20")
        assert found.value >= max(min(known), Decimal(0)) - Decimal("1e-20")


@pytest.mark.parametrize(
    ("pollutant", "hours", "field"),
    [
        (Pollutant.O3, "1 2 3", "pollutant"),
        (PM2_5, "1 " * 13, "hours"),
        (PM2_5, "1 NaN", "hours"),
        (PM2_5, "1 1e10", "hours"),
    ],
)
def test_what_has_no_nowcast_is_refused(
    pollutant: Pollutant, hours: str, field: str
) -> None:
    """Ozone has another rule, and nothing is guessed."""
    with pytest.raises(InvalidError) as caught:
        nowcast(pollutant, read(hours))

    assert field == caught.value.field


@pytest.mark.parametrize(
    ("hours", "value"),
    [
        ("40 10 10", "38.5"),
        ("- 40 10", "38.5"),
        ("- - 40 10", "38.5"),
        ("- - - 40", None),
        ("", None),
        ("-10", "0"),
        ("0", "4.5"),
    ],
)
def test_the_surrogate_of_ozone_follows_the_newest_hour(
    hours: str, value: str | None
) -> None:
    """Of the last three; it has a name of its own because it is no NowCast."""
    expected = None if value is None else Decimal(value)

    assert expected == surrogate(read(hours))
