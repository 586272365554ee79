"""Hourly figures and dirty hours, on both databases."""

from datetime import timedelta

import pytest

from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.store import air_tables
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests.air_rows import (
    DAWN,
    HOUR,
    add_place,
    dirty,
    figures,
    read_column,
    row,
    take_dirty,
    upsert,
)
from tests.databases import Database


@pytest.fixture(autouse=True)
def places(store: SqlStore) -> None:
    """Give every test two places."""
    add_place(store, "lyon", "paris")


def put(store: SqlStore, *rows: object) -> int:
    """Store figures; return how many differ."""
    return store.write(lambda unit: unit.aggregates.put_hours(rows))  # type: ignore[arg-type]


def test_figures_are_read_back_as_they_were_put(store: SqlStore) -> None:
    """Every field arrives, large and negative ones exactly."""
    given = figures(
        n=4,
        provider="open-meteo",
        pollutant=Pollutant.CO,
        unit=Unit.PPB,
        origin=Origin.CITIZEN,
        mean_micros=123_456_789_012_345,
        min_micros=-10_000_000,
        max_micros=1_000_000_000_000_000,
        max_at=DAWN + timedelta(minutes=15, microseconds=1),
    )

    assert 1 == put(store, given)
    with store.read() as unit:
        assert [given] == unit.aggregates.hours("paris", DAWN, DAWN + HOUR)


def test_only_figures_that_differ_are_counted_and_written(database: Database) -> None:
    """Equal ones keep the time at which they were written."""
    clock = FakeClock()
    store = database.open(clock)
    first = clock.now()
    assert 3 == put(store, figures(0), figures(1), figures(2))
    clock.advance(HOUR)

    assert 1 == put(store, figures(0), figures(1, mean=7), figures(2))
    assert [first, clock.now(), first] == read_column(
        store, air_tables.hours, "updated_at"
    )


def test_the_last_of_equal_keys_is_put(store: SqlStore) -> None:
    """Two figures for one hour are one row."""
    assert 1 == put(store, figures(mean=1), figures(mean=2))
    with store.read() as unit:
        assert [figures(mean=2)] == unit.aggregates.hours("paris", DAWN, DAWN + HOUR)


def test_no_figures_are_put_without_error(store: SqlStore) -> None:
    """An hour without values has no figures."""
    assert 0 == put(store)


def test_hours_are_half_open_and_of_one_place(store: SqlStore) -> None:
    """The begin belongs to a period, its end does not."""
    put(store, *[figures(hour) for hour in range(4)], figures(1, location="lyon"))

    with store.read() as unit:
        found = unit.aggregates.hours("paris", DAWN + HOUR, DAWN + 3 * HOUR)

    assert [figures(1), figures(2)] == found


def test_hours_are_of_all_providers_or_of_one(store: SqlStore) -> None:
    """The order is by hour, provider and pollutant."""
    other = figures(provider="open-meteo", pollutant=Pollutant.CO)
    put(store, figures(1), other, figures(0))

    with store.read() as unit:
        every = unit.aggregates.hours("paris", DAWN, DAWN + 9 * HOUR)
        one = unit.aggregates.hours("paris", DAWN, DAWN + 9 * HOUR, "open-meteo")

    assert ([figures(0), other, figures(1)], [other]) == (every, one)


def test_dirty_hours_are_taken_oldest_first(store: SqlStore) -> None:
    """At most as many as asked for, and each once."""
    upsert(store, *[row(hour) for hour in (5, 3, 9, 1)])

    assert dirty(1, 3) == take_dirty(store, 2)
    assert dirty(5, 9) == take_dirty(store, 10)
    assert [] == take_dirty(store, 10)


def test_dirty_hours_of_one_place_and_period_are_taken(store: SqlStore) -> None:
    """The begin belongs to the period, its end does not; the others stay."""
    for where in ("lyon", "paris"):
        upsert(store, *[row(hour, location=where) for hour in range(4)])

    taken = take_dirty(
        store, locations=["paris"], since=DAWN + HOUR, until=DAWN + 3 * HOUR
    )

    assert dirty(1, 2) == taken
    assert dirty(0, 3) == take_dirty(store, locations=["paris"])
    assert dirty(0, 1, 2, 3, location="lyon") == take_dirty(store)


def test_a_mark_is_renewed(database: Database) -> None:
    """A second change of an hour that waits already leaves one mark, newly dated."""
    clock = FakeClock()
    store = database.open(clock)
    upsert(store, row())
    clock.advance(HOUR)
    upsert(store, row(micros=1))

    assert [clock.now()] == read_column(store, air_tables.dirty_hours, "marked_at")


def test_what_a_failed_transaction_took_is_dirty_again(store: SqlStore) -> None:
    """Marks are removed together with what was computed from them, or not at all."""
    upsert(store, row())

    def take_and_fail(unit: object) -> None:
        assert dirty(0) == unit.aggregates.take_dirty_hours(9)  # type: ignore[attr-defined]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(take_and_fail)

    assert dirty(0) == take_dirty(store)
