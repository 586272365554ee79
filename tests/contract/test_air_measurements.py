"""Measurements are stored once and revised in order, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError

from airq_cron.domain.measurement import Measurement, Origin, Quality, Series
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import NotFoundError
from airq_cron.ports import UpsertCount
from airq_cron.store import air_tables
from airq_cron.store.comparison import Comparison
from airq_cron.store.measurement_writes import as_rows, write_rows
from airq_cron.store.measurements import OFFERED
from airq_cron.store.store import SqlStore
from tests.air_rows import (
    DAWN,
    HOUR,
    add_place,
    dirty,
    read_column,
    row,
    stored,
    take_dirty,
    upsert,
)


@pytest.fixture(autouse=True)
def paris(store: SqlStore) -> None:
    """Give every test a place."""
    add_place(store)


def revisions(store: SqlStore) -> list[int]:
    """Return how often each row was revised, in the order of the key."""
    return list(read_column(store, air_tables.measurements, "revisions"))


def test_a_measurement_is_read_back_as_it_was_stored(store: SqlStore) -> None:
    """Every field arrives, the instants exact to the microsecond."""
    odd = timedelta(microseconds=123_457)
    given = Measurement(
        provider="uci-beijing",
        location="paris",
        pollutant=Pollutant.CO,
        valid_from=DAWN + odd,
        micros=-123_456_789_012_345,
        unit=Unit.MG_M3,
        origin=Origin.REPLAYED,
        fetched_at=DAWN + 2 * odd,
        quality=Quality.NEGATIVE | Quality.ROUNDED,
    )

    upsert(store, given)

    assert [given] == stored(store, provider="uci-beijing")


def test_new_rows_are_counted_and_mark_their_hours(store: SqlStore) -> None:
    """Two hours and one value within an hour mark three hours once each."""
    count = upsert(store, row(0), row(1), row(1.5), row(7))

    assert UpsertCount(stored=4) == count
    assert dirty(0, 1, 7) == take_dirty(store)


def test_the_same_rows_twice_change_nothing(store: SqlStore) -> None:
    """A repeated delivery is unchanged and marks nothing."""
    rows = [row(0), row(1), row(1, pollutant=Pollutant.O3)]
    upsert(store, *rows)
    take_dirty(store)

    assert UpsertCount(unchanged=3) == upsert(store, *rows)
    assert [] == take_dirty(store)
    assert [0, 0, 0] == revisions(store)


def test_a_changed_value_is_a_revision(store: SqlStore) -> None:
    """It replaces the old one, is counted in the row and marks its hour alone."""
    upsert(store, row(0), row(1))
    take_dirty(store)

    count = upsert(store, row(0), row(1, micros=5, learnt=1))

    assert UpsertCount(revised=1, unchanged=1) == count
    assert [row(0), row(1, micros=5, learnt=1)] == stored(store)
    assert [0, 1] == revisions(store)
    assert dirty(1) == take_dirty(store)


def test_a_change_learnt_at_the_same_time_wins(store: SqlStore) -> None:
    """Who asks later in the same instant has the better value."""
    upsert(store, row(micros=1))

    assert UpsertCount(revised=1) == upsert(store, row(micros=2))
    assert [row(micros=2)] == stored(store)


def test_an_older_fetch_never_wins(store: SqlStore) -> None:
    """A slow worker that asked earlier changes nothing when it comes back."""
    upsert(store, row(micros=1, learnt=2))
    take_dirty(store)

    assert UpsertCount(unchanged=1) == upsert(store, row(micros=2, learnt=1))
    assert [row(micros=1, learnt=2)] == stored(store)
    assert [] == take_dirty(store)


def test_a_confirmed_value_resists_a_fetch_in_between(store: SqlStore) -> None:
    """What was learnt again at 3 is not replaced by what was learnt at 2."""
    upsert(store, row(micros=1, learnt=1))
    confirmed = upsert(store, row(micros=1, learnt=3))
    between = upsert(store, row(micros=2, learnt=2))

    assert (UpsertCount(unchanged=1), UpsertCount(unchanged=1)) == (confirmed, between)
    assert [row(micros=1, learnt=3)] == stored(store)
    assert [0] == revisions(store)


def test_repeated_keys_of_one_batch_collapse(store: SqlStore) -> None:
    """The last one is stored, the others count as unchanged."""
    count = upsert(store, row(micros=1), row(micros=2), row(micros=3))

    assert UpsertCount(stored=1, unchanged=2) == count
    assert [row(micros=3)] == stored(store)


def test_one_call_may_hold_several_series(store: SqlStore) -> None:
    """Rows of two places and two providers find their own past."""
    add_place(store, "lyon")
    rows = [row(), row(location="lyon"), row(provider="open-meteo")]
    upsert(store, *rows)

    changed = replace(rows[1], micros=7)

    assert UpsertCount(revised=1, unchanged=2) == upsert(
        store, rows[0], changed, rows[2]
    )
    assert [changed] == stored(store, "lyon")
    assert [rows[2]] == stored(store, provider="open-meteo")


def test_an_empty_batch_is_nothing(store: SqlStore) -> None:
    """A fetch without values writes nothing."""
    assert UpsertCount() == upsert(store)


def test_an_unknown_place_is_refused(store: SqlStore) -> None:
    """A fetch that comes back after its place was removed leaves nothing."""
    with pytest.raises(NotFoundError, match="unknown location: atlantis"):
        upsert(store, row(location="atlantis"))

    assert [] == stored(store, "atlantis")
    assert [] == take_dirty(store)


def test_hours_are_half_open_and_in_order(store: SqlStore) -> None:
    """The begin belongs to a period, its end does not; pollutants by byte order."""
    named = [Pollutant.PM2_5, Pollutant.PM10, Pollutant.CO]
    upsert(store, *[row(hour, pollutant=one) for hour in (3, 2, 1, 0) for one in named])

    with store.read() as unit:
        found = unit.measurements.hours(
            "paris", "airparif", DAWN + HOUR, DAWN + 3 * HOUR
        )

    assert [(hour, name) for hour in (1, 2) for name in ("co", "pm10", "pm2_5")] == [
        ((one.valid_from - DAWN) / HOUR, one.pollutant.value) for one in found
    ]


def test_hours_with_a_value_are_counted_by_series(store: SqlStore) -> None:
    """Four values of one hour are one; half-open; what has none is left out."""
    add_place(store, "lyon")
    quarters = [row(hour / 4) for hour in range(4, 12)]
    lyon = [row(hour, location="lyon", pollutant=Pollutant.CO) for hour in (0, 2, 3)]
    upsert(store, *quarters, *lyon, row(1, provider="open-meteo"))

    with store.read() as unit:
        found = unit.measurements.count_hours(DAWN + HOUR, DAWN + 3 * HOUR)

    assert {
        ("paris", "airparif", Pollutant.PM2_5): 2,
        ("paris", "open-meteo", Pollutant.PM2_5): 1,
        ("lyon", "airparif", Pollutant.CO): 1,
    } == found


def test_hours_of_a_gap_or_an_empty_table_are_none(store: SqlStore) -> None:
    """Stepping from instant to instant ends where there is none."""
    with store.read() as unit:
        assert [] == unit.measurements.hours("paris", "airparif", DAWN, DAWN + HOUR)
    upsert(store, row(0), row(9))
    with store.read() as unit:
        found = unit.measurements.hours(
            "paris", "airparif", DAWN + HOUR, DAWN + 9 * HOUR
        )
    assert [] == found


def test_hours_of_another_place_are_not_seen(store: SqlStore) -> None:
    """Instants at which only others have values give nothing."""
    add_place(store, "lyon")
    upsert(store, row(0), row(2))
    upsert(store, row(1, location="lyon"))

    assert [DAWN, DAWN + 2 * HOUR] == [one.valid_from for one in stored(store)]


def test_a_series_spans_its_first_to_its_last_hour(store: SqlStore) -> None:
    """It grows both ways, and its unit is that of its newest hour."""
    upsert(store, row(5))
    upsert(store, row(2, unit=Unit.PPB), row(8), row(4, pollutant=Pollutant.O3))

    with store.read() as unit:
        found = unit.measurements.series("paris")

    spans = [(Pollutant.O3, 4, 4), (Pollutant.PM2_5, 2, 8)]
    assert [
        Series(
            "paris", "airparif", pollutant, Unit.UG_M3, Origin.MEASURED,
            DAWN + first * HOUR, DAWN + last * HOUR,
        )
        for pollutant, first, last in spans
    ] == found  # fmt: skip


def test_a_revised_unit_reaches_the_series(store: SqlStore) -> None:
    """The unit of a series follows its newest hour when that is corrected."""
    upsert(store, row(0), row(1))
    upsert(store, row(1, unit=Unit.PPB, learnt=1))

    with store.read() as unit:
        assert [Unit.PPB] == [one.unit for one in unit.measurements.series()]


def test_all_series_are_listed_by_place(store: SqlStore) -> None:
    """Without a place the series of all are given, else those of one."""
    add_place(store, "lyon")
    upsert(store, row(), row(location="lyon"))

    with store.read() as unit:
        assert ["lyon", "paris"] == [one.location for one in unit.measurements.series()]
        assert ["lyon"] == [one.location for one in unit.measurements.series("lyon")]


def test_the_newest_hour_is_that_of_any_pollutant(store: SqlStore) -> None:
    """It is None before the first value."""
    with store.read() as unit:
        assert unit.measurements.newest("paris", "airparif") is None
    upsert(store, row(3), row(5, pollutant=Pollutant.O3))
    with store.read() as unit:
        assert DAWN + 5 * HOUR == unit.measurements.newest("paris", "airparif")
        assert unit.measurements.newest("paris", "open-meteo") is None


def test_the_statement_itself_refuses_an_older_row(store: SqlStore) -> None:
    """A comparison that was made too early does no harm."""
    upsert(store, row(micros=1, learnt=2))
    late = Comparison(new=[row(micros=2, learnt=1)], revised=[row(1)])

    with store._engine.connect() as connection:
        connection.execution_options(writing=True)
        with connection.begin():
            written = write_rows(connection, as_rows(late))

    assert 1 == written
    assert [row(micros=1, learnt=2), row(1)] == stored(store)
    assert [0, 0] == revisions(store)


def test_a_batch_may_be_larger_than_a_statement_has_parameters(
    store: SqlStore,
) -> None:
    """SQLite takes at most 32,766 bound values; what is looked up is a list in one."""
    text = str(OFFERED["sqlite"].compile(dialect=sqlite.dialect()))
    assert (3, 0) == (text.count("?"), text.count("POSTCOMPILE"))
    rows = [row(-minute / 60) for minute in range(32_767)]

    assert UpsertCount(stored=len(rows)) == upsert(store, *rows)
    assert UpsertCount(unchanged=len(rows)) == upsert(store, *rows)


def test_a_naive_instant_is_refused(store: SqlStore) -> None:
    """A time without a zone never reaches the database."""
    with pytest.raises(StatementError, match="naive datetime"):
        upsert(store, replace(row(), valid_from=DAWN.replace(tzinfo=None)))

    assert [] == stored(store)


def test_presence_tells_the_hours_of_each_series(store: SqlStore) -> None:
    """Within a half-open stretch; a series without an hour in it is there, too."""
    upsert(store, row(0), row(1.5), row(3), row(5))
    upsert(store, row(0, pollutant=Pollutant.NO2))
    upsert(store, row(1.5, 5, learnt=9))

    with store.read() as unit:
        found = unit.measurements.presence("paris", DAWN + HOUR, DAWN + 5 * HOUR)
        assert [] == unit.measurements.presence("lyon", DAWN, DAWN + HOUR)

    no2, pm2_5 = found
    assert (Pollutant.NO2, frozenset(), 0) == (no2.pollutant, no2.hours, no2.revisions)
    assert {DAWN + HOUR, DAWN + 3 * HOUR} == pm2_5.hours
    assert 1 == pm2_5.revisions
    assert (DAWN, DAWN + 5 * HOUR) == (pm2_5.first_at, pm2_5.last_at)
