"""Daily statistics: figures, coverage, and when a day is settled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.daily import (
    DailyStatistic,
    DayStatus,
    close_day,
    day_status,
    enough,
    settle,
)
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.measurement import Origin, Series
from airq_cron.domain.period import hour_starts, local_day
from airq_cron.domain.pollutant import Pollutant, Unit, display

ZONE = "Europe/Paris"
SPRING = date(2013, 3, 31)
PLAIN = date(2014, 3, 14)
AUTUMN = date(2013, 10, 27)
SERIES = Series(
    location="paris",
    provider="airparif",
    pollutant=Pollutant.PM2_5,
    unit=Unit.UG_M3,
    origin=Origin.MEASURED,
    first_at=datetime(2011, 1, 1, tzinfo=UTC),
    last_at=datetime(2017, 1, 1, tzinfo=UTC),
)
LONG_AFTER = datetime(2026, 1, 1, tzinfo=UTC)
P, F, R, I = (  # noqa: E741
    DayStatus.PROVISIONAL, DayStatus.FINAL, DayStatus.REVISED, DayStatus.INSUFFICIENT
)  # fmt: skip


def hours_of(day: date, means: Sequence[int | None]) -> list[HourlyAggregate]:
    """Give one aggregate for each hour of the local day that has a mean."""
    starts = hour_starts(local_day(day, ZONE))
    return [
        HourlyAggregate(
            hour=start,
            location=SERIES.location,
            provider=SERIES.provider,
            pollutant=SERIES.pollutant,
            unit=SERIES.unit,
            origin=SERIES.origin,
            n=1,
            mean_micros=mean,
            min_micros=mean,
            max_micros=mean,
            max_at=start,
            p50_micros=mean,
            p95_micros=mean,
        )
        for start, mean in zip(starts, means, strict=False)
        if mean is not None
    ]


def close(
    day: date,
    means: Sequence[int | None],
    *,
    at: datetime = LONG_AFTER,
    before: DailyStatistic | None = None,
) -> DailyStatistic:
    """Close a day of the series as the service does."""
    return close_hours(day, hours_of(day, means), at=at, before=before)


def close_hours(
    day: date,
    hours: Sequence[HourlyAggregate],
    *,
    at: datetime = LONG_AFTER,
    before: DailyStatistic | None = None,
) -> DailyStatistic:
    """Close a day with these hours."""
    return close_day(
        SERIES,
        hours,
        day=day,
        zone=ZONE,
        period=local_day(day, ZONE),
        at=at,
        before=before,
    )


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (PLAIN, 24), (AUTUMN, 25)])
def test_a_local_day_has_its_own_number_of_hours(day: date, hours: int) -> None:
    """Clock changes make days of 23 and 25 hours, all of them counted."""
    found = close(day, [1_000_000] * 25)

    assert (hours, hours, 1.0) == (
        found.hours_valid, found.hours_expected, found.coverage
    )  # fmt: skip
    assert Decimal(1) == found.mean
    assert F == found.status


def test_a_day_before_a_station_changed_its_unit_keeps_its_own() -> None:
    """The series is in another unit by now."""
    hours = [replace(hour, unit=Unit.PPM) for hour in hours_of(PLAIN, [20_000] * 24)]

    found = close_hours(PLAIN, hours)

    assert (Unit.PPM, Decimal("0.02")) == (found.unit, found.mean)


def test_hours_in_two_units_are_never_added_up() -> None:
    """The day on which a station changed its unit has those of one only."""
    hours = hours_of(PLAIN, [40_000_000] * 24)
    hours[:5] = [replace(hour, unit=Unit.PPM, mean_micros=20_000) for hour in hours[:5]]

    found = close_hours(PLAIN, hours)

    assert (Unit.UG_M3, 19, Decimal(40)) == (found.unit, found.hours_valid, found.mean)


@pytest.mark.parametrize(("expected", "least"), [(23, 18), (24, 18), (25, 19)])
def test_three_quarters_of_the_hours_are_enough(expected: int, least: int) -> None:
    """18 of 23, 18 of 24, 19 of 25."""
    assert enough(least, expected)
    assert not enough(least - 1, expected)


@pytest.mark.parametrize(("day", "least"), [(SPRING, 18), (PLAIN, 18), (AUTUMN, 19)])
def test_a_day_with_one_hour_too_few_is_insufficient(day: date, least: int) -> None:
    """Its figures are kept, and the status warns of them."""
    just_enough = close(day, [2_000_000] * least)
    too_few = close(day, [2_000_000] * (least - 1))

    assert (F, True) == (just_enough.status, just_enough.sufficient)
    assert (I, False) == (too_few.status, too_few.sufficient)
    assert Decimal(2) == too_few.mean


def test_a_day_without_hours_has_no_figures() -> None:
    """Nothing is made up, and unknown is not zero."""
    found = close(PLAIN, [])

    assert (I, 0, 24, 0, None, None, None, None) == (
        found.status,
        found.hours_valid,
        found.hours_expected,
        found.sum_micros,
        found.min_micros,
        found.max_micros,
        found.max_hour,
        found.mean,
    )
    assert 0.0 == found.coverage


def test_the_mean_is_exact_before_it_is_shown() -> None:
    """Twenty-four times 9.1 average 9.1, not 9.0999."""
    found = close(PLAIN, [9_100_000] * 24)

    assert Decimal("9.1") == found.mean
    assert "9.1000" == str(display(found.mean or Decimal(0)))


def test_the_first_hour_with_the_largest_mean_is_named() -> None:
    """A peak that is reached twice is dated to its begin."""
    means = [1] * 24
    means[5] = means[17] = 9

    assert (
        local_day(PLAIN, ZONE).start + timedelta(hours=5)
        == close(PLAIN, means).max_hour
    )


@given(
    means=st.lists(st.none() | st.integers(-(10**7), 10**12), min_size=25, max_size=25),
    day=st.sampled_from([SPRING, PLAIN, AUTUMN]),
)
def test_closing_twice_changes_nothing(means: list[int | None], day: date) -> None:
    """A day that is closed again from the same hours is the same row."""
    first = close(day, means)

    assert first == close(day, means, before=first)


def test_the_order_of_the_hours_does_not_matter() -> None:
    """Aggregates may come from the store in any order."""
    period = local_day(PLAIN, ZONE)

    found = {
        close_day(
            SERIES,
            hours,
            day=PLAIN,
            zone=ZONE,
            period=period,
            at=LONG_AFTER,
            before=None,
        )
        for hours in permutations(hours_of(PLAIN, [3, 1, 3, 2]))
    }

    assert 1 == len(found)


def test_a_day_is_provisional_until_a_day_after_its_end() -> None:
    """Late data are usual for some hours."""
    end = local_day(PLAIN, ZONE).end
    settled = end + timedelta(hours=24)

    assert P == close(PLAIN, [1] * 24, at=end).status
    assert P == close(PLAIN, [1] * 24, at=settled - timedelta.resolution).status
    assert F == close(PLAIN, [1] * 24, at=settled).status


def test_a_provisional_figure_may_change_without_a_revision() -> None:
    """Nobody was told that it is final."""
    end = local_day(PLAIN, ZONE).end
    before = close(PLAIN, [1] * 23, at=end)

    found = close(PLAIN, [1] * 24, before=before)

    assert (F, 0) == (found.status, found.revision)


@pytest.mark.parametrize(
    "means",
    [[1] * 23, [2] + [1] * 23, [0, 2] + [1] * 22],
    ids=["an hour less", "another sum", "the same sum of other hours"],
)
def test_a_settled_figure_that_changes_is_revised_for_ever(means: list[int]) -> None:
    """Readers who copied the first figure must be able to see it."""
    before = close(PLAIN, [1] * 24)

    changed = close(PLAIN, means, before=before)
    same_again = close(PLAIN, means, before=changed)
    back = close(PLAIN, [1] * 24, before=same_again)

    assert (R, 1) == (changed.status, changed.revision)
    assert changed == same_again
    assert (R, 2) == (back.status, back.revision)


def test_a_peak_that_moves_is_a_change() -> None:
    """The hour of the maximum is a figure as well."""
    before = close(PLAIN, [2] + [1] * 23)

    assert R == close(PLAIN, [1] * 23 + [2], before=before).status


def test_data_that_come_late_make_an_insufficient_day_final() -> None:
    """It was never published as sufficient, so nothing is revised."""
    before = close(PLAIN, [1] * 3)

    found = close(PLAIN, [1] * 24, before=before)

    assert (F, 0) == (found.status, found.revision)


def test_a_figure_that_was_lost_in_between_is_revised_when_it_returns() -> None:
    """It was final once; that it said nothing for a while does not undo that."""
    before = close(PLAIN, [1] * 24)

    lost = close(PLAIN, [1] * 17, before=before)
    back = close(PLAIN, [1] * 24, before=lost)

    assert (I, 1) == (lost.status, lost.revision)
    assert (R, 1) == (back.status, back.revision)


def test_a_settled_figure_is_never_taken_back_to_provisional() -> None:
    """A clock that stood wrong for a while does not make it less certain."""
    before = close(PLAIN, [1] * 24)

    assert before == close(
        PLAIN, [1] * 24, at=local_day(PLAIN, ZONE).end, before=before
    )


@pytest.mark.parametrize(
    ("sufficient", "settled", "revised", "expected"),
    [
        (False, False, False, I),
        (False, True, True, I),
        (True, False, False, P),
        (True, True, False, F),
        (True, True, True, R),
        (True, False, True, R),
    ],
)
def test_the_status_follows_from_three_facts(
    sufficient: bool, settled: bool, revised: bool, expected: DayStatus
) -> None:
    """Too few hours come first, then what was told before."""
    assert expected == settle(sufficient=sufficient, settled=settled, revised=revised)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], I),
        ([I, I], I),
        ([F, I], F),
        ([F, R, I], R),
        ([F, R, P, I], P),
    ],
)
def test_the_status_of_a_day_is_that_of_its_least_certain_pollutant(
    parts: list[DayStatus], expected: DayStatus
) -> None:
    """Provisional before revised before final before insufficient."""
    assert expected == day_status(parts)
    assert expected == day_status(parts[::-1])


def test_a_day_of_no_hours_has_no_coverage() -> None:
    """A date that a zone skipped divides nothing by zero."""
    found = replace(close(PLAIN, []), hours_expected=0)

    assert (0.0, False) == (found.coverage, found.sufficient)
