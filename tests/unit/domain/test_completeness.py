"""How fresh and complete hours are, and what is missing."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.completeness import (
    MONTH,
    WEEK,
    Completeness,
    Gap,
    Presence,
    Upstream,
    assess,
    fillable_periods,
    find_gaps,
    join_periods,
    kept_part,
    least_covered,
    settled_until,
)
from airq_cron.domain.measurement import Origin, Series
from airq_cron.domain.period import HOUR, Period, hour_starts
from airq_cron.domain.pollutant import Pollutant, Unit

NOW = datetime(2026, 3, 29, 12, 20, tzinfo=UTC)
SETTLED = datetime(2026, 3, 29, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ASKED = Upstream(asked=True, keeps=92 * DAY)


def hours(since: datetime, until: datetime) -> set[datetime]:
    return set(hour_starts(Period(since, until)))


def series(present: set[datetime], **more: object) -> Presence:
    values = {
        "provider": "open-meteo",
        "pollutant": Pollutant.PM2_5,
        "first_at": datetime(2026, 1, 1, tzinfo=UTC),
        "last_at": max(present, default=None),
        "hours": frozenset(present),
    }
    return Presence(**values | more)  # type: ignore[arg-type]


def whole() -> set[datetime]:
    """Give the hours of more than a month up to now."""
    return hours(NOW - 40 * DAY, NOW)


def assessed(found: Presence, upstream: Upstream = ASKED) -> Completeness:
    return assess(found, upstream, MONTH, NOW)


def test_a_series_without_a_hole_is_complete():
    """720 hours of a month, 168 of a week, whatever clocks did in between."""
    found = assessed(series(whole()))

    assert ("fresh", 1200) == (found.state, found.age_s)
    assert (720, 720, 0) == (
        found.month.expected,
        found.month.present,
        found.month.missing,
    )
    assert (168, 1.0) == (found.week.expected, found.week.coverage)
    assert () == found.gaps


def test_hours_in_a_row_are_one_gap():
    """Half-open, oldest first."""
    present = whole() - hours(SETTLED - 9 * HOUR, SETTLED - 5 * HOUR)
    present -= {SETTLED - 2 * HOUR}

    first, second = assessed(series(present)).gaps
    assert Period(SETTLED - 9 * HOUR, SETTLED - 5 * HOUR) == first.period
    assert (4, True, "") == (first.hours, first.fillable, first.why)
    assert Period(SETTLED - 2 * HOUR, SETTLED - HOUR) == second.period


def test_hours_that_may_still_come_are_not_missing():
    """The last three hours, and the one that has just begun."""
    assert SETTLED == settled_until(NOW)
    assert () == assessed(series(hours(NOW - 40 * DAY, SETTLED))).gaps


def test_nothing_is_expected_before_a_series_began():
    """A place that was added yesterday is not 3 % complete."""
    began = SETTLED - DAY
    found = assessed(series(hours(began, NOW), first_at=began))

    assert () == found.gaps
    assert 1.0 == found.month.coverage


def test_a_series_younger_than_that_expects_nothing():
    """No share can be told of nothing."""
    began = NOW - HOUR
    found = assessed(series({SETTLED + 3 * HOUR}, first_at=began))

    assert (0, None) == (found.month.expected, found.month.coverage)


def test_a_series_that_stopped_is_stale_and_has_a_gap():
    """Up to where hours are settled."""
    found = assessed(series(hours(NOW - 40 * DAY, SETTLED - 5 * HOUR)))

    assert "stale" == found.state
    assert [5] == [gap.hours for gap in found.gaps]


def test_of_an_import_nothing_is_missing():
    """Nobody asks for it."""
    last = datetime(2017, 8, 13, tzinfo=UTC)
    found = assessed(series(set(), last_at=last), Upstream(asked=False))

    assert ("ended", ()) == (found.state, found.gaps)
    assert 0 == found.month.expected


def test_a_provider_that_never_gave_anything_is_told():
    """Without gaps: it promised nothing."""
    silent = Presence("openaq", None, None, None)

    found = assessed(silent)
    assert ("never_delivered", None, ()) == (found.state, found.age_s, found.gaps)
    assert found.revision_rate is None


def test_what_a_provider_keeps_no_more_cannot_be_filled():
    """Said with the reason; what it still has of it can."""
    two_days = Upstream(asked=True, keeps=2 * DAY)
    present = whole() - hours(NOW - 9 * DAY, NOW - 8 * DAY)
    present -= hours(NOW - 3 * DAY, NOW - 1 * DAY)

    old, young = assessed(series(present), two_days).gaps
    assert (False, "older than the 2 days it keeps") == (old.fillable, old.why)
    assert young.fillable
    keeps = {"open-meteo": 2 * DAY}
    (part,) = fillable_periods([assessed(series(present), two_days)], keeps, NOW)
    assert datetime(2026, 3, 27, 13, tzinfo=UTC) == part.start
    assert young.period.end == part.end


def test_revisions_are_a_share_of_what_is_there():
    """Of the values in the month."""
    present = hours(NOW - 10 * HOUR, NOW)

    assert 0.5 == assessed(series(present, revisions=5)).revision_rate


@pytest.mark.parametrize("length", [WEEK, MONTH])
def test_gaps_are_looked_for_as_far_back_as_asked(length: timedelta):
    """Everything is missing."""
    (gap,) = assess(series(set()), ASKED, length, NOW).gaps

    assert Period(SETTLED - length, SETTLED) == gap.period


PRESENT = st.sets(st.integers(0, 100).map(lambda n: SETTLED - n * HOUR))
WINDOW = Period(SETTLED - 90 * HOUR, SETTLED)


@given(PRESENT)
def test_gaps_and_what_is_there_make_up_the_window(present: set[datetime]):
    """No hour twice, none in neither; gaps never touch."""
    gaps = find_gaps(present, WINDOW)

    missing = [hour for gap in gaps for hour in hour_starts(gap)]
    assert sorted(missing) == missing
    assert hours(WINDOW.start, WINDOW.end) - present == set(missing)
    assert all(a.end < b.start for a, b in pairwise(gaps))


@given(PRESENT, st.integers(0, 30))
def test_joined_periods_hold_every_gap_and_lie_apart(present: set[datetime], n: int):
    """A call for each of them gets all that is missing."""
    gaps = find_gaps(present, WINDOW)
    joined = join_periods(reversed(gaps), n * HOUR)

    assert all(
        any(one.start <= gap.start and gap.end <= one.end for one in joined)
        for gap in gaps
    )
    assert all(b.start - a.end > n * HOUR for a, b in pairwise(joined))


def test_a_part_that_is_kept_begins_with_a_whole_hour():
    """What is half gone is not asked for."""
    period = Period(SETTLED - 10 * HOUR, SETTLED)

    assert Period(SETTLED - HOUR, SETTLED) == kept_part(
        period, timedelta(hours=4, minutes=30), NOW
    )
    assert kept_part(period, 3 * HOUR, NOW) is None
    assert period == kept_part(period, DAY, NOW)


def test_the_same_gap_of_two_series_is_equal():
    """So that people see it once."""
    period = Period(SETTLED - HOUR, SETTLED)

    assert 1 == len({Gap(period, fillable=True), Gap(period, fillable=True)})


LAST_DAY = Period(SETTLED - DAY, SETTLED)


def kept(
    provider: str = "open-meteo",
    pollutant: Pollutant = Pollutant.PM2_5,
    first_at: datetime = SETTLED - 40 * DAY,
    last_at: datetime = SETTLED,
) -> Series:
    origin = Origin.MODELLED
    return Series("paris", provider, pollutant, Unit.UG_M3, origin, first_at, last_at)


def covered(counts: dict[Series, int], asked: set[str]) -> tuple[str, str, int] | None:
    found = least_covered(
        counts,
        {(one.location, one.provider, one.pollutant): n for one, n in counts.items()},
        asked,
        LAST_DAY,
    )
    if found is None:
        return None
    return (found.provider, found.pollutant.value, found.share.present)


def test_the_pollutant_with_fewest_hours_speaks_for_a_place():
    """One that is silent does not hide behind five that are not."""
    counts = {kept(): 24, kept(pollutant=Pollutant.O3): 3}

    assert ("open-meteo", "o3", 3) == covered(counts, {"open-meteo"})


def test_of_two_providers_the_better_one_counts():
    """One of them is shown; hours of two are never added up."""
    counts = {kept("openaq"): 12, kept(): 20}

    assert ("open-meteo", "pm2_5", 20) == covered(counts, {"openaq", "open-meteo"})


def test_nothing_is_expected_of_what_nobody_asks_or_what_has_ended():
    """An import, and a station that ceased to measure a month ago."""
    ended = kept(pollutant=Pollutant.CO, last_at=SETTLED - MONTH - HOUR)
    counts = {kept("airparif"): 0, ended: 0}

    assert covered(counts, {"open-meteo"}) is None
    assert ("open-meteo", "pm2_5", 0) == covered(
        {**counts, kept(last_at=SETTLED - MONTH): 0}, {"open-meteo"}
    )


def test_hours_before_the_first_one_are_not_missing():
    """A place that was added an hour ago has no gap of a day."""
    counts = {kept(first_at=SETTLED - 2 * HOUR): 1}

    assert ("open-meteo", "pm2_5", 23) == covered(counts, {"open-meteo"})
    assert ("open-meteo", "pm2_5", 24) == covered(
        {kept(first_at=SETTLED + HOUR): 0}, {"open-meteo"}
    )
