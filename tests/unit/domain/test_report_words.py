"""What a report says in words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from airq_cron.domain.daily import DailyStatistic, DayStatus
from airq_cron.domain.day_index import us_day_index, worst_hour_index
from airq_cron.domain.period import Period
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.domain.report import PollutantReport, Report
from airq_cron.domain.report_words import (
    AVERAGING_NAMES,
    NAMES,
    UNIT_NAMES,
    day_text,
    figure_text,
    headline,
    limits_sentence,
    signed_text,
)
from airq_cron.domain.scales.scheme import Averaging
from airq_cron.domain.standards import compare
from tests.air_rows import figures, place
from tests.day_rows import DAY, gas, micros, statistic


def report(*rows: DailyStatistic, **more: Any) -> Report:
    """Return the report of a day with these figures."""
    made = Report(
        location=place(),
        date=DAY,
        zone="Europe/Paris",
        period=Period(
            datetime(2026, 2, 9, 23, tzinfo=UTC), datetime(2026, 2, 10, 23, tzinfo=UTC)
        ),
        hours_expected=24,
        status=DayStatus.FINAL,
        so_far=False,
        pollutants=tuple(
            PollutantReport(row, (), None, None, compare(row)) for row in rows
        ),
        indices=(us_day_index(rows), worst_hour_index(rows, [])),
        flips=(),
        sources=(),
        revisions=0,
        as_of=datetime(2026, 2, 11, tzinfo=UTC),
    )
    return replace(made, **more)


def test_the_first_sentence_says_how_the_air_was():
    """Word, number and reason, and neither more."""
    assert (
        "The air in Paris on Tuesday 10 February 2026 was unhealthy: US index 180, "
        "because of PM2.5."
    ) == headline(report(statistic("96.541666"), gas(Pollutant.O3)))


def test_a_day_that_goes_on_is_told_so_far():
    """Nobody takes it for the whole day."""
    told = headline(report(statistic("5"), so_far=True))

    assert "Tuesday 10 February 2026 is so far good" in told


def test_the_european_index_speaks_where_the_american_is_silent():
    """It says that it is of the worst hour."""
    row = gas(Pollutant.O3, "100")
    hour = figures(1, micros("170"), pollutant=Pollutant.O3)
    told = report(row, indices=(us_day_index([]), worst_hour_index([row], [hour])))

    assert (
        "The air in Paris on Tuesday 10 February 2026 was very poor in its worst "
        "hour, by the European index, because of ozone."
    ) == headline(told)


@pytest.mark.parametrize(
    ("rows", "so_far", "expected"),
    [
        ([], False, "There is no data of the air in Paris"),
        (
            [statistic("96", valid=17)],
            False,
            "There is insufficient data to judge the air in Paris",
        ),
        (
            [statistic("96", valid=3)],
            True,
            "There is not enough data yet to judge the air in Paris",
        ),
    ],
)
def test_without_enough_data_no_number_is_named(
    rows: list[DailyStatistic], expected: str, *, so_far: bool
):
    """Insufficient is said, and zero is not."""
    told = headline(report(*rows, so_far=so_far))

    assert told.startswith(expected)
    assert "index" not in told


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([statistic("10")], "0 limits exceeded, 3 met."),
        ([statistic("20")], "1 limit exceeded, 2 met."),
        ([statistic("96")], "3 limits exceeded, 0 met."),
        (
            [statistic("96"), gas(Pollutant.NO2, valid=3)],
            "3 limits exceeded, 0 met, 6 not judged.",
        ),
        ([statistic(valid=3)], "No limit can be judged: the data is insufficient."),
        ([], "No limit can be judged: the data is insufficient."),
    ],
)
def test_limits_are_counted(rows: list[DailyStatistic], expected: str):
    """Exceeded, met, and not judged are three things."""
    assert expected == limits_sentence(report(*rows))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("96.5417", "96.5"),
        ("0.05", "0.0500"),
        ("0.06999", "0.0700"),
        ("1", "1.0"),
        ("2.25", "2.3"),
        ("0", "0.0"),
        ("-4.9", "-4.9"),
    ],
)
def test_a_figure_has_as_many_decimals_as_it_needs(value: str, expected: str):
    """Mixing ratios in ppm would vanish with one."""
    assert expected == figure_text(Decimal(value))


def test_an_unknown_figure_is_a_hyphen():
    """It is not zero."""
    assert ("-", "-") == (figure_text(None), signed_text(None))


@pytest.mark.parametrize(
    ("value", "expected"), [("13.875", "+13.9"), ("-4.14", "-4.1"), ("0.01", "±0")]
)
def test_a_difference_has_its_sign(value: str, expected: str):
    """Up and down are told apart at once."""
    assert expected == signed_text(Decimal(value))


def test_a_day_is_said_as_people_say_it():
    """No leading zero."""
    assert "Saturday 3 January 2015" == day_text(date(2015, 1, 3))


def test_everything_has_a_name():
    """No report fails for want of a word."""
    assert (set(Pollutant), set(Unit), set(Averaging)) == (
        set(NAMES),
        set(UNIT_NAMES),
        set(AVERAGING_NAMES),
    )
