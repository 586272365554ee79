"""What the database gathers of an hour gives the figures of its single values."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from airq_cron.domain.hourly import aggregate_hours, aggregate_main
from airq_cron.domain.measurement import Measurement
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.store.store import SqlStore
from tests.air_rows import DAWN, HOUR, MINUTE, add_place, row, upsert

PLACES = ("lyon", "paris")


@pytest.fixture(autouse=True)
def places(store: SqlStore) -> None:
    """Give every test two places."""
    add_place(store, *PLACES)


def gathered(
    store: SqlStore, since: datetime = DAWN, until: datetime = DAWN + 3 * HOUR
) -> list[object]:
    """Return the figures of what the database gathered of both places."""
    with store.read() as unit:
        found = unit.measurements.hour_values(PLACES, "airparif", since, until)
    return list(aggregate_main(found))


def minutes(seed: int) -> list[Measurement]:
    """Return values of three hours, many of them equal, some in another unit."""
    random = Random(seed)
    return [
        row(
            at / 60 + random.choice((0, 3, 14)) / 3_600_000_000,
            random.choice((-1, 0, 1, 7, 7, 9)) * 1_000_000 + random.choice((0, 1)),
            location=place,
            pollutant=pollutant,
            unit=random.choice((Unit.UG_M3, Unit.UG_M3, Unit.PPB)),
        )
        for place in PLACES
        for pollutant in (Pollutant.O3, Pollutant.PM2_5)
        for at in range(0, 180, random.choice((1, 7, 60)))
    ]


@pytest.mark.parametrize("seed", range(5))
def test_gathered_values_give_the_figures_of_their_rows(store: SqlStore, seed: int):
    """Means, quantiles, the first largest one, and the unit that most are in."""
    rows = minutes(seed)
    for place in PLACES:
        upsert(store, *(one for one in rows if one.location == place))

    assert aggregate_hours(rows) == gathered(store)


def test_other_hours_and_providers_are_not_gathered(store: SqlStore):
    """The bounds are half open."""
    upsert(store, row(-1), row(0), row(2), row(3))
    upsert(store, row(1, provider="open-meteo"))

    assert aggregate_hours([row(0), row(2)]) == gathered(store)


def test_hours_before_1970_are_whole_ones(store: SqlStore):
    """SQLite keeps their instants as numbers below zero."""
    dawn = datetime(1969, 12, 31, 22, tzinfo=UTC)
    past = (dawn - DAWN) / HOUR
    rows = [row(past), row(past + 0.25), row(past + 1)]
    upsert(store, *rows)

    expected = aggregate_hours(rows)
    assert expected == gathered(store, dawn, dawn + timedelta(hours=3))
    assert [dawn, dawn + 60 * MINUTE] == [one.hour for one in expected]
