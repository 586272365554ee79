"""Locations and the state of their fetches, on both databases."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial

import pytest

from airq_cron.domain.daily import DailyStatistic
from airq_cron.errors import ConflictError, NotFoundError
from airq_cron.ports import DirtyDay, FetchState, Unit
from airq_cron.store import air_tables
from airq_cron.store.store import SqlStore
from tests.air_rows import (
    DAWN,
    HOUR,
    MINUTE,
    add_place,
    figures,
    place,
    read_column,
    row,
    stored,
    upsert,
)
from tests.contract.test_air_days import FULL
from tests.databases import Database

MEASURED = (
    air_tables.measurements,
    air_tables.hours,
    air_tables.days,
    air_tables.series,
    air_tables.dirty_hours,
    air_tables.dirty_days,
    air_tables.fetch_states,
)


def note(store: SqlStore, *states: FetchState) -> None:
    """Remember what fetches came to."""
    store.write(lambda unit: unit.locations.note_fetch(states))


def state(location: str = "paris", minute: int = 0, outcome: str = "ok") -> FetchState:
    """Return what a fetch came to that asked some minutes after dawn."""
    asked_at = DAWN + minute * MINUTE
    return FetchState("open-meteo", location, asked_at, outcome, "detail")


def fill(store: SqlStore, location: str, statistic: DailyStatistic = FULL) -> None:
    """Put something of the location into every table."""

    def work(unit: Unit) -> None:
        unit.locations.add(place(location))
        unit.measurements.upsert([row(h, location=location) for h in (0, 0.5, 1, 30)])
        unit.aggregates.put_hours([figures(h, location=location) for h in (0, 1, 30)])
        unit.aggregates.put_days([replace(statistic, location=location)])
        mark = DirtyDay(location, "airparif", statistic.day)
        unit.aggregates.mark_dirty_days([mark])
        unit.locations.note_fetch([state(location)])

    store.write(work)


def test_a_place_is_read_back_as_it_was_added(store: SqlStore) -> None:
    """Coordinates stay exact decimals, providers keep their order."""
    odd = place(
        name="Île-de-France\N{SNOWMAN}",
        lat=Decimal("-90.000000000000000001"),
        lon=Decimal("180"),
        providers=("b", "a"),
        enabled=False,
    )
    store.write(lambda unit: unit.locations.add(odd))

    with store.read() as unit:
        assert odd == unit.locations.get("paris")
        assert [odd] == unit.locations.all()


def test_places_are_listed_by_id(store: SqlStore) -> None:
    """Byte order holds on both databases: digits, hyphen, letters."""
    add_place(store, "b", "a-b", "ab", "a1")

    with store.read() as unit:
        assert ["a-b", "a1", "ab", "b"] == [one.id for one in unit.locations.all()]


def test_a_taken_id_is_a_conflict(store: SqlStore) -> None:
    """The first place stays, and the transaction goes on."""
    add_place(store)

    def add_both(unit: Unit) -> None:
        with pytest.raises(ConflictError):
            unit.locations.add(place(name="Another Paris"))
        unit.locations.add(place("lyon"))

    store.write(add_both)

    with store.read() as unit:
        assert "Paris" == unit.locations.get("paris").name
        assert ["lyon", "paris"] == [one.id for one in unit.locations.all()]


def test_a_place_is_replaced(store: SqlStore) -> None:
    """All its fields are those of the new one."""
    add_place(store)
    moved = place(name="Lutetia", zone="UTC", providers=(), enabled=False)
    store.write(lambda unit: unit.locations.save(moved))

    with store.read() as unit:
        assert moved == unit.locations.get("paris")


def test_an_unknown_place_is_not_found(store: SqlStore) -> None:
    """Reading and replacing say which; removing is done already."""
    with (
        store.read() as unit,
        pytest.raises(NotFoundError, match="unknown location: paris"),
    ):
        unit.locations.get("paris")
    with pytest.raises(NotFoundError, match="unknown location: paris"):
        store.write(lambda unit: unit.locations.save(place()))

    store.write(lambda unit: unit.locations.remove("paris"))


def test_a_removed_place_leaves_nothing(store: SqlStore, database: Database) -> None:
    """Everything measured there goes, nothing of other places does."""
    fill(store, "lyon")
    before = [database.count(table) for table in MEASURED]
    fill(store, "paris")

    store.write(lambda unit: unit.locations.remove("paris"))

    assert before == [database.count(table) for table in MEASURED]
    assert {"lyon"} == {
        name for table in MEASURED for name in read_column(store, table, "location")
    }
    with store.read() as unit:
        assert ["lyon"] == [one.id for one in unit.locations.all()]


def test_a_place_is_cleared_step_by_step(store: SqlStore) -> None:
    """The oldest hours go first, and the series says what is left."""
    fill(store, "paris")
    steps = []
    for _ in range(4):
        more = store.write(lambda unit: unit.locations.clear("paris", limit=15))
        with store.read() as unit:
            left = [one.first_at for one in unit.measurements.series("paris")]
        steps.append((more, len(stored(store)), left))

    assert [
        (True, 1, [DAWN + 15 * HOUR]),
        (True, 1, [DAWN + 30 * HOUR]),
        (False, 0, []),
        (False, 0, []),
    ] == steps
    assert [] == read_column(store, air_tables.dirty_hours, "hour")
    assert [] == read_column(store, air_tables.hours, "hour")


def test_a_place_added_again_has_no_past(store: SqlStore) -> None:
    """A day that was closed while its place was removed does not come back."""
    store.write(lambda unit: unit.aggregates.put_days([FULL]))
    add_place(store)

    with store.read() as unit:
        assert [] == unit.aggregates.days("paris", FULL.day, FULL.day.max)


def test_the_last_fetch_of_each_place_is_remembered(store: SqlStore) -> None:
    """It is kept by provider."""
    add_place(store, "lyon", "paris")
    other = replace(state(), provider="openaq")
    note(store, state("lyon"), state("paris"), other)
    note(store, state("paris", 1, "quota"))

    with store.read() as unit:
        assert {
            "lyon": state("lyon"),
            "paris": state("paris", 1, "quota"),
        } == unit.locations.fetch_state("open-meteo")
        assert {"paris": other} == unit.locations.fetch_state("openaq")


def test_the_last_fetches_of_some_places_are_found_alone(store: SqlStore) -> None:
    """A part of a run reads what is about its own places."""
    add_place(store, "lyon", "nice", "paris")
    note(store, state("lyon"), state("nice"), state("paris"))

    with store.read() as unit:
        read = partial(unit.locations.fetch_state, "open-meteo")
        assert {"lyon", "nice"} == set(read(["lyon", "nice", "atlantis"]))
        assert {} == read([])
        # More than a database binds.
        assert {"nice"} == set(read(["nice", *map(str, range(70_000))]))


def test_one_place_holds_its_provider_for_all(store: SqlStore) -> None:
    """A quota belongs to the key; of several waits the longest counts."""
    add_place(store, "lyon", "nice", "paris")
    short = replace(state("lyon", outcome="quota"), not_before=DAWN + HOUR)
    long = replace(state("nice", outcome="quota"), not_before=DAWN + 2 * HOUR)
    note(store, short, long, state("paris"))

    with store.read() as unit:
        assert long == unit.locations.held("open-meteo", DAWN)
        assert unit.locations.held("openaq", DAWN) is None


@pytest.mark.parametrize("until", [None, DAWN, DAWN - HOUR])
def test_a_wait_that_is_over_holds_nobody(
    store: SqlStore, until: datetime | None
) -> None:
    """The instant itself is free."""
    add_place(store)
    note(store, replace(state(outcome="quota"), not_before=until))

    with store.read() as unit:
        assert unit.locations.held("open-meteo", DAWN) is None


def test_an_earlier_fetch_is_not_the_last(store: SqlStore) -> None:
    """A slow worker that asked before does not hide what came later."""
    add_place(store)
    note(store, state(minute=2))
    note(store, state(minute=1, outcome="transient"))

    with store.read() as unit:
        assert {"paris": state(minute=2)} == unit.locations.fetch_state("open-meteo")


def test_a_fetch_of_a_place_that_is_gone_is_left_out(store: SqlStore) -> None:
    """The states of the others are kept."""
    add_place(store)
    note(store, state("atlantis"), state("paris"))

    with store.read() as unit:
        assert {"paris": state()} == unit.locations.fetch_state("open-meteo")


def test_a_detail_with_odd_characters_is_kept(store: SqlStore) -> None:
    """What no database takes is replaced, and nothing fails."""
    add_place(store)
    note(store, replace(state(), detail="a\x00b\ud800c"))

    with store.read() as unit:
        found = unit.locations.fetch_state("open-meteo")
    assert "a\ufffdb\ufffdc" == found["paris"].detail


def test_nothing_fetched_is_nothing(store: SqlStore) -> None:
    """A tick that asked nobody notes nothing."""
    note(store)

    with store.read() as unit:
        assert {} == unit.locations.fetch_state("open-meteo")


def test_no_concentration_is_a_floating_number(store: SqlStore) -> None:
    """SQLite itself says that every figure is a whole number."""
    add_place(store)
    upsert(store, row())
    if store.address.startswith("postgresql"):
        return
    with store._engine.connect() as connection:
        for table in ("measurements", "hours", "days"):
            kinds = connection.exec_driver_sql(f"PRAGMA table_info({table})").all()
            assert {"INTEGER"} == {
                one.type for one in kinds if one.name.endswith("micros")
            }
        stored_as = connection.exec_driver_sql(
            "SELECT typeof(micros) FROM measurements"
        )
        assert "integer" == stored_as.scalar_one()
