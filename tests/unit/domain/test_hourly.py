"""The figures of one hour of one series."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.hourly import HourlyAggregate, aggregate_hour, aggregate_hours
from airq_cron.domain.measurement import Measurement, Origin
from airq_cron.domain.pollutant import Pollutant, Unit

HOUR = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROW = Measurement(
    provider="airparif",
    location="paris",
    pollutant=Pollutant.NO2,
    valid_from=HOUR,
    micros=0,
    unit=Unit.UG_M3,
    origin=Origin.MEASURED,
    fetched_at=HOUR + timedelta(hours=1),
)


def rows_of(*micros: int) -> list[Measurement]:
    """Give one row a minute."""
    return [
        replace(ROW, micros=value, valid_from=HOUR + number * MINUTE)
        for number, value in enumerate(micros)
    ]


def test_an_hour_of_one_value_is_that_value() -> None:
    """Most providers give one value an hour."""
    expected = HourlyAggregate(
        hour=HOUR,
        location="paris",
        provider="airparif",
        pollutant=Pollutant.NO2,
        unit=Unit.UG_M3,
        origin=Origin.MEASURED,
        n=1,
        mean_micros=42,
        min_micros=42,
        max_micros=42,
        max_at=HOUR,
        p50_micros=42,
        p95_micros=42,
    )

    assert expected == aggregate_hour(HOUR, rows_of(42))


def test_values_in_two_units_are_never_added_up() -> None:
    """Those in the unit of most values count."""
    first, *others = rows_of(7, 400, 200)

    found = aggregate_hour(HOUR, [replace(first, unit=Unit.PPM), *others])

    assert (Unit.UG_M3, 2, 300) == (found.unit, found.n, found.mean_micros)


def test_the_mean_rounds_half_up_and_the_first_largest_is_named() -> None:
    """Of several equal peaks the first counts."""
    found = aggregate_hour(HOUR, rows_of(1, 7, 7, 3))

    assert (4, 5, 1, 7) == (
        found.n, found.mean_micros, found.min_micros, found.max_micros
    )  # fmt: skip
    assert HOUR + MINUTE == found.max_at


@given(values=st.lists(st.integers(-(10**7), 10**15), min_size=1, max_size=60))
def test_the_order_of_the_rows_does_not_matter(values: list[int]) -> None:
    """Recomputing gives the same figures, however the rows arrive."""
    rows = rows_of(*values)
    shuffled = Random(0).sample(rows, len(rows))

    found = aggregate_hour(HOUR, shuffled)

    assert aggregate_hour(HOUR, rows) == found
    assert found.min_micros <= found.mean_micros <= found.max_micros


def test_hours_and_series_are_kept_apart() -> None:
    """Two providers, two pollutants and two hours are five series of an hour."""
    rows = [
        ROW,
        replace(ROW, valid_from=HOUR + 59 * MINUTE),
        replace(ROW, valid_from=HOUR + 60 * MINUTE),
        replace(ROW, provider="open-meteo"),
        replace(ROW, pollutant=Pollutant.O3),
        replace(ROW, location="lyon"),
    ]

    found = aggregate_hours(reversed(rows))

    assert [
        (HOUR, "lyon", "airparif", "no2", 1),
        (HOUR, "paris", "airparif", "no2", 2),
        (HOUR, "paris", "airparif", "o3", 1),
        (HOUR, "paris", "open-meteo", "no2", 1),
        (HOUR + 60 * MINUTE, "paris", "airparif", "no2", 1),
    ] == [(one.hour, one.location, one.provider, one.pollutant, one.n) for one in found]


def test_no_rows_give_no_hours() -> None:
    """An hour without measurements has no aggregate."""
    assert [] == aggregate_hours([])


@given(
    minutes=st.lists(st.integers(0, 600), min_size=1, max_size=80, unique=True),
)
def test_every_row_is_counted_in_its_own_hour(minutes: list[int]) -> None:
    """No row is lost at the edges of the hours, none counted twice."""
    rows = [replace(ROW, valid_from=HOUR + minute * MINUTE) for minute in minutes]

    found = aggregate_hours(rows)

    assert len(rows) == sum(one.n for one in found)
    assert {HOUR + minute // 60 * 60 * MINUTE for minute in minutes} == {
        one.hour for one in found
    }
