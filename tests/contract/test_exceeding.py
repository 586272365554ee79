"""Places with a value from a bound up are named by the database."""

from random import Random

import pytest

from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.store.store import SqlStore
from tests.air_rows import DAWN, HOUR, add_place, row, upsert

PLACES = ("lyon", "metz", "nice", "paris")
BOUNDS = {(Pollutant.O3, Unit.UG_M3): 5, (Pollutant.PM2_5, Unit.UG_M3): 7}


@pytest.fixture(autouse=True)
def places(store: SqlStore) -> None:
    """Give every test four places."""
    add_place(store, *PLACES)


def exceeding(
    store: SqlStore,
    places: tuple[str, ...] = PLACES,
    bounds: dict[tuple[Pollutant, Unit], int] | None = None,
) -> set[str]:
    """Return the places found in the first three hours of the day."""
    with store.read() as unit:
        return unit.measurements.exceeding(
            places,
            "airparif",
            DAWN,
            DAWN + 3 * HOUR,
            BOUNDS if bounds is None else bounds,
        )


def test_a_value_at_its_bound_counts(store: SqlStore):
    """One just below does not, nor does one of another pollutant or unit."""
    upsert(store, row(0, 5, location="paris", pollutant=Pollutant.O3))
    upsert(store, row(0, 4, location="lyon", pollutant=Pollutant.O3))
    upsert(store, row(0, 9, location="metz", pollutant=Pollutant.NO2))
    upsert(store, row(0, 9, location="nice", pollutant=Pollutant.O3, unit=Unit.PPB))

    assert exceeding(store) == {"paris"}


def test_other_hours_providers_and_places_do_not_count(store: SqlStore):
    """The bounds of time are half open."""
    for at in (-1, 3):
        upsert(store, row(at, 9, location="paris", pollutant=Pollutant.O3))
    upsert(store, row(1, 9, location="lyon", provider="open-meteo"))
    upsert(store, row(2, 9, location="metz", pollutant=Pollutant.PM2_5))

    assert exceeding(store) == {"metz"}
    assert exceeding(store, ("nice", "paris")) == set()


def test_without_bounds_nothing_is_found(store: SqlStore):
    """Rules that know no pollutant raise nothing."""
    upsert(store, row(0, 9, location="paris"))

    assert exceeding(store, bounds={}) == set()


@pytest.mark.parametrize("seed", range(3))
def test_they_are_those_that_a_look_at_each_value_finds(store: SqlStore, seed: int):
    """However values, pollutants and units are mixed."""
    random = Random(seed)
    rows = [
        row(
            at,
            random.randrange(8),
            location=place,
            pollutant=random.choice((Pollutant.O3, Pollutant.PM2_5, Pollutant.CO)),
            unit=random.choice((Unit.UG_M3, Unit.PPB)),
        )
        for place in PLACES
        for at in range(3)
    ]
    for place in PLACES:
        upsert(store, *(one for one in rows if one.location == place))

    expected = {
        one.location
        for one in rows
        if one.micros >= BOUNDS.get((one.pollutant, one.unit), 1000)
    }
    assert expected == exceeding(store)
