"""Changes are of like with like, and sources are named."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.daily import DailyStatistic
from airq_cron.domain.measurement import Origin
from airq_cron.domain.period import Period
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.report import Change, SourceLine, change_since, source_lines
from airq_cron.domain.source import Source
from tests.day_rows import DAY, gas, statistic

STEP = timedelta(days=1)
PERIOD = Period(
    datetime(2026, 2, 9, 23, tzinfo=UTC), datetime(2026, 2, 10, 23, tzinfo=UTC)
)


def earlier(step: int, mean: str = "20", **more: Any) -> DailyStatistic:
    """Return the day *step* days before."""
    return statistic(mean, day=DAY - step * STEP, **more)


def test_a_day_is_compared_with_the_one_before():
    """The difference is exact, and has a share of what was before."""
    before, week = change_since(statistic("25"), [earlier(1)])

    assert Change(Decimal(20), Decimal(5)) == before
    assert before is not None
    assert Decimal(25) == before.percent
    assert week is None


def test_a_change_from_nothing_has_no_percent():
    """Nothing can be divided by zero, or by less."""
    assert None is Change(Decimal(0), Decimal(5)).percent
    assert None is Change(Decimal("-0.3"), Decimal(5)).percent


@pytest.mark.parametrize(
    "other",
    [
        {"provider": "open-meteo"},
        {"pollutant": Pollutant.PM10},
        {"unit": Unit.MG_M3},
        {"valid": 17},
        {"valid": 0},
    ],
)
def test_like_is_compared_with_like(other: dict[str, Any]):
    """Another provider, pollutant or unit, or a day of few hours, is no measure."""
    assert (None, None) == change_since(statistic("25"), [earlier(1, **other)])


def test_an_insufficient_day_has_no_change():
    """Half a day is not compared with whole ones."""
    rows = [earlier(step) for step in range(1, 8)]

    assert (None, None) == change_since(statistic("25", valid=17), rows)


@pytest.mark.parametrize(("days", "known"), [(7, True), (6, True), (5, False)])
def test_a_week_needs_six_of_its_days(days: int, *, known: bool):
    """75 % of seven are more than five."""
    rows = [earlier(step) for step in range(1, days + 1)]
    _, week = change_since(statistic("25"), rows)

    assert known == (week is not None)


def test_the_week_is_the_seven_days_before():
    """Neither the day itself nor the eighth day before counts."""
    rows = [earlier(step, "10") for step in range(1, 8)]
    rows += [earlier(8, "1000"), statistic("25")]
    _, week = change_since(statistic("25"), rows)

    assert Change(Decimal(10), Decimal(15)) == week


means = st.lists(st.none() | st.decimals("0", "2000", places=3), min_size=7, max_size=7)


@given(today=st.decimals("0", "2000", places=3), week=means)
def test_the_change_is_the_difference_of_exact_means(
    today: Decimal, week: list[Decimal | None]
):
    """It agrees with fractions, whichever days are missing."""
    rows = [
        earlier(step, str(mean))
        for step, mean in enumerate(week, start=1)
        if mean is not None
    ]
    before, of_week = change_since(statistic(str(today)), rows)
    known = [Fraction(mean) for mean in week if mean is not None]

    assert (week[0] is None) == (before is None)
    assert (len(known) < 6) == (of_week is None)
    if of_week is not None:
        exact = Fraction(today) - sum(known, Fraction(0)) / len(known)
        assert abs(Fraction(of_week.difference) - exact) < Fraction(1, 10**18)
    if before is not None:
        assert before.earlier + before.difference == today


def test_each_provider_is_named_once_with_its_line():
    """Without a line its id stands for it."""
    rows = [
        statistic(),
        gas(Pollutant.O3, provider="open-meteo", origin=Origin.MODELLED),
        gas(Pollutant.NO2),
    ]

    assert (
        SourceLine("airparif", Origin.MEASURED, "Airparif, ODbL"),
        SourceLine("open-meteo", Origin.MODELLED, "open-meteo"),
    ) == source_lines(rows, {"airparif": "Airparif, ODbL"}, [], PERIOD)


def source(begin: int, end: int, **more: Any) -> Source:
    """Return a station that gave hours, counted from the begin of the day."""
    values: dict[str, Any] = {
        "provider": "airparif",
        "location": "paris",
        "pollutant": Pollutant.PM2_5,
        "station": "1",
        "name": "Châtelet",
        "distance_m": 100,
        "attribution": "Airparif",
        "licence": "",
        "seen_at": PERIOD.end,
    }
    hour = timedelta(hours=1)
    return Source(
        **values | more,
        first_at=PERIOD.start + begin * hour,
        last_at=PERIOD.start + end * hour,
    )


@pytest.mark.parametrize(
    ("station", "named"),
    [
        (source(0, 23), True),
        (source(-100, 0), True),
        (source(-100, -1), False),
        (source(24, 30), False),
        (source(0, 23, pollutant=Pollutant.O3), False),
        (source(0, 23, provider="openaq"), False),
    ],
)
def test_stations_are_named_that_gave_hours_of_the_day(station: Source, *, named: bool):
    """Others gave nothing that is shown."""
    lines = source_lines([statistic()], {}, [station], PERIOD)

    assert named == ("Châtelet, Airparif" in [one.attribution for one in lines])
