"""Whole stretches of figures, given away batch by batch."""

import csv
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant
from airq_cron.errors import InvalidError, NotFoundError
from airq_cron.services.export_air import BATCH, Export, What, csv_chunks, export_air
from airq_cron.services.read_air import AirQuery
from airq_cron.store.store import SqlStore
from tests.unit.air import Air
from tests.unit.closing import aggregate, finaliser

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LINES = {"open-meteo": "Open-Meteo, CC BY 4.0", "airparif": "Airparif, ODbL"}
JANUARY = AirQuery(since=date(2026, 1, 1), until=date(2026, 1, 31))


def taken(store: SqlStore, what: What, query: AirQuery = JANUARY) -> Export:
    return export_air(store, what, "paris", query, attributions=LINES)


def rows(export: Export) -> list[dict[str, str]]:
    """Read the CSV as anybody would."""
    text = "".join(csv_chunks(export)).splitlines(keepends=True)
    return list(csv.DictReader(line for line in text if not line.startswith("#")))


@pytest.fixture
def january(store: SqlStore) -> SqlStore:
    """Store five weeks of two pollutants."""
    for pollutant in (Pollutant.PM2_5, Pollutant.NO2):
        Air(pollutant=pollutant).store(store, FIRST - DAY, [9.1] * 24 * 36)
    return store


def test_every_hour_of_the_period_is_there_once(january: SqlStore):
    """More than one batch, oldest first; days are those of the place."""
    found = rows(taken(january, What.SERIES))

    assert 2 * 31 * 24 == len(found) > BATCH
    instants = [row["valid_from"] for row in found]
    assert sorted(instants) == instants
    assert ("2025-12-31T23:00:00Z", "2026-01-31T22:00:00Z") == (
        instants[0],
        instants[-1],
    )
    assert {"9.1"} == {row["value"] for row in found}


def test_the_head_says_whom_to_name(january: SqlStore):
    """And where, when, and in which zone."""
    imported = Air("airparif", origin=Origin.MEASURED)
    imported.store(january, FIRST, [8.0])
    head = [
        line
        for line in "".join(csv_chunks(taken(january, What.SERIES))).splitlines()
        if line.startswith("#")
    ]

    assert [
        "# location: paris (Paris)",
        "# zone: Europe/Paris",
        "# period: 2025-12-31T23:00:00Z to 2026-01-31T23:00:00Z, excluded",
        "# attribution: airparif: Airparif, ODbL",
        "# attribution: open-meteo: Open-Meteo, CC BY 4.0",
        "# as_of: 2026-03-01T12:00:30Z",
    ] == head


def test_hours_and_days_have_their_figures(january: SqlStore):
    """A line an hour or day and pollutant, with unit and index."""
    aggregate(january)
    finaliser(january)()

    hourly, daily = rows(taken(january, What.HOURLY)), rows(taken(january, What.DAILY))
    assert (2 * 31 * 24, 2 * 31) == (len(hourly), len(daily))
    assert {("9.1", "ug/m3", "1.0")} == {
        (row["mean"], row["unit"], row["coverage"]) for row in hourly
    }
    assert ("2026-01-01", "24", "51") == (
        daily[0]["date"],
        daily[0]["hours_valid"],
        daily[0]["us_epa_2024"],
    )


@pytest.mark.parametrize("what", list(What))
def test_filters_hold_for_all(january: SqlStore, what: What):
    """Of pollutant and provider."""
    aggregate(january)
    finaliser(january)()

    one = rows(taken(january, what, replace(JANUARY, pollutant=Pollutant.NO2)))
    assert {"no2"} == {row["pollutant"] for row in one}
    assert [] == rows(taken(january, what, replace(JANUARY, provider="openaq")))


def test_batches_say_how_far_they_are(january: SqlStore):
    """For a bar that moves."""
    shares = [batch.share for batch in taken(january, What.SERIES).batches]

    assert sorted(shares) == shares
    assert 1.0 == shares[-1]


def test_without_a_period_the_present_is_given(store: SqlStore):
    """A day of hours, seven days of days."""
    hours, days = (
        taken(store, What.HOURLY, AirQuery()),
        taken(store, What.DAILY, AirQuery()),
    )

    assert timedelta(days=1) == hours.period.length
    assert timedelta(days=7) == days.period.length


def test_what_is_wrong_is_said_before_the_first_batch(store: SqlStore):
    """A stream that has begun can say nothing any more."""
    long = replace(JANUARY, since=date(2024, 12, 31))
    for what in What:
        with pytest.raises(InvalidError, match="366 days"):
            taken(store, what, long)
    with pytest.raises(NotFoundError):
        export_air(store, What.SERIES, "nowhere", JANUARY, attributions={})


def test_memory_does_not_grow_with_the_period(january: SqlStore):
    """One batch is held at a time."""

    def peak(query: AirQuery) -> int:
        tracemalloc.start()
        for _ in csv_chunks(taken(january, What.SERIES, query)):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(JANUARY)
    week = peak(replace(JANUARY, until=date(2026, 1, 14)))
    month = peak(JANUARY)
    assert month < 1.8 * week
