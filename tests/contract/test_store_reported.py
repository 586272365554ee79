"""Reported indices and the stations of a place, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.source import Source
from airq_cron.ports import FetchState, ReportedKey
from airq_cron.store.store import SqlStore
from tests.air_rows import DAWN, HOUR, MINUTE, add_place, place

INDEX = ReportedIndex(
    provider="iqair",
    location="paris",
    scheme="aqius",
    value=52,
    main_pollutant=Pollutant.PM2_5,
    valid_at=DAWN,
    fetched_at=DAWN + 7 * MINUTE,
    place="Paris, Île-de-France",
    distance_m=378,
)
STATION = Source(
    provider="openaq",
    location="paris",
    pollutant=Pollutant.NO2,
    station="10",
    name="Near square",
    distance_m=74,
    attribution="City; EEA France",
    licence="CC BY 4.0",
    first_at=DAWN,
    last_at=DAWN + 3 * HOUR,
    seen_at=DAWN + 4 * HOUR,
)


@pytest.fixture
def store(store: SqlStore) -> SqlStore:
    """Give a store that knows Paris."""
    add_place(store)
    return store


def put(store: SqlStore, *rows: ReportedIndex) -> int:
    """Store what was reported; return how many were new or other."""
    return store.write(lambda unit: unit.reported.put(rows))


def page(
    store: SqlStore, limit: int = 100, before: ReportedKey | None = None
) -> list[ReportedIndex]:
    """Return what is known of Paris."""
    with store.read() as unit:
        return unit.reported.page("paris", limit=limit, before=before)


def note(store: SqlStore, *rows: Source) -> list[Source]:
    """Remember stations; return those of Paris."""
    store.write(lambda unit: unit.sources.note(rows))
    with store.read() as unit:
        return unit.sources.of("paris")


def test_an_index_is_read_back_as_it_was_reported(store: SqlStore) -> None:
    """With and without what a provider may leave out."""
    bare = replace(INDEX, scheme="aqicn", main_pollutant=None, distance_m=None)

    assert 2 == put(store, INDEX, bare)
    assert [INDEX, bare] == page(store)


def test_the_same_index_twice_changes_nothing(store: SqlStore) -> None:
    """A station that stands still adds no rows, and the first learning stays."""
    put(store, INDEX)

    assert 0 == put(store, replace(INDEX, fetched_at=DAWN + HOUR))
    assert [INDEX] == page(store)


def test_a_later_word_wins_and_an_earlier_never(store: SqlStore) -> None:
    """Whatever comes in first."""
    put(store, INDEX)
    later = replace(INDEX, value=60, fetched_at=DAWN + HOUR)

    assert 1 == put(store, later)
    assert 0 == put(store, replace(INDEX, value=1))
    assert [later] == page(store)


def test_the_newest_come_first_in_pages(store: SqlStore) -> None:
    """Each page goes on where the last one ended."""
    rows = [
        replace(INDEX, scheme=scheme, valid_at=DAWN + n * HOUR)
        for n in (2, 1, 0)
        for scheme in ("aqius", "aqicn")
    ]
    put(store, *reversed(rows))

    first = page(store, limit=3)
    last = first[-1]
    rest = page(store, 9, ReportedKey(last.valid_at, last.provider, last.scheme))

    assert rows == [*first, *rest]


def test_a_place_that_is_gone_is_left_out(store: SqlStore) -> None:
    """It may have been removed while it was being asked for."""
    assert 1 == put(store, INDEX, replace(INDEX, location="atlantis"))
    assert [STATION] == note(store, STATION, replace(STATION, location="atlantis"))


def test_nothing_is_nothing(store: SqlStore) -> None:
    """No row needs no statement."""
    assert 0 == put(store)
    assert [] == note(store)


def test_the_span_of_a_station_grows(store: SqlStore) -> None:
    """To both sides, and never shrinks."""
    wider = replace(
        STATION, first_at=DAWN - 9 * HOUR, last_at=DAWN - 8 * HOUR, seen_at=DAWN
    )
    later = replace(STATION, first_at=DAWN + HOUR, last_at=DAWN + 5 * HOUR)

    [known] = note(store, STATION) and note(store, wider) and note(store, later)

    assert (DAWN - 9 * HOUR, DAWN + 5 * HOUR) == (known.first_at, known.last_at)


def test_the_newest_licence_counts(store: SqlStore) -> None:
    """A backfill that was seen earlier changes none of the words."""
    changed = replace(
        STATION, licence="ODbL", name="Square", seen_at=STATION.seen_at + HOUR
    )
    note(store, changed)

    assert [changed] == note(store, STATION)


def test_stations_are_listed_by_pollutant_the_last_first(store: SqlStore) -> None:
    """Who spoke before is still named."""
    earlier = replace(STATION, station="20", last_at=DAWN + HOUR)
    other = replace(STATION, pollutant=Pollutant.CO)

    assert [other, STATION, earlier] == note(store, earlier, STATION, other)


def test_both_go_with_their_place(store: SqlStore) -> None:
    """A new place of that id begins with nothing."""
    put(store, INDEX)
    note(store, STATION)

    store.write(lambda unit: unit.locations.remove("paris"))
    add_place(store)

    assert ([], []) == (page(store), note(store))


def test_a_wait_is_remembered(store: SqlStore) -> None:
    """So that a flush of Redis and a new process know it, too."""
    until = DAWN + timedelta(hours=5)
    state = FetchState("iqair", "paris", DAWN, "quota", "a day", until)
    store.write(lambda unit: unit.locations.note_fetch([state]))

    with store.read() as unit:
        assert {"paris": state} == unit.locations.fetch_state("iqair")


def test_a_named_station_stays_with_its_place(store: SqlStore) -> None:
    """Written as people write it, read as it is used."""
    named = place("lyon", providers=("openaq", "b"), references=(("openaq", "2178"),))
    store.write(lambda unit: unit.locations.add(named))

    with store.read() as unit:
        found = unit.locations.get("lyon")
    assert named == found
    assert ("openaq:2178", "b") == found.written_providers
