"""The indices of many places at once are those that each has alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from airq_cron.domain.measurement import Location, Measurement, Origin
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.ports import Unit as Transaction
from airq_cron.services.read_latest import read_latest, read_latest_of
from airq_cron.system import System
from tests.unit.api.air_facts import HOUR, MEASURED, NOON, measure

PLACE = Location("rome", "Rome", Decimal(41), Decimal(12), "Europe/Rome")


def row(place: str, hours: int, pollutant: Pollutant, micros: int) -> Measurement:
    """Return what another provider measured some hours before noon."""
    return Measurement(
        provider="openaq",
        location=place,
        pollutant=pollutant,
        valid_from=NOON - hours * HOUR,
        micros=micros,
        unit=Unit.UG_M3,
        origin=Origin.MEASURED,
        fetched_at=NOON,
    )


@pytest.fixture
def places(system: System) -> list[Location]:
    """Give two places, each with pollutants that end at different hours."""

    def work(unit: Transaction) -> list[Location]:
        unit.locations.add(PLACE)
        return unit.locations.all()

    places = system.store.write(work)
    measure(system, [NOON - number * HOUR for number in range(30)])
    measure(system, [NOON - HOUR], pollutant=Pollutant.O3, value="171.2")
    measure(system, [NOON - 2 * HOUR], source=MEASURED, value="40.5")
    rows = [
        row("rome", hours, pollutant, 10**6 * (7 * hours + 3))
        for hours in range(4, 40)
        for pollutant in (Pollutant.PM10, Pollutant.NO2)
    ]
    system.store.write(lambda unit: unit.measurements.upsert(rows))
    return places


def test_many_places_at_once_are_as_each_alone(
    system: System, places: list[Location]
) -> None:
    """Whatever their providers, and whenever their series end."""
    found = read_latest_of(system.store, places)

    assert {"paris", "rome"} == set(found)
    for place in places:
        assert read_latest(system.store, place.id).indices == found[place.id]


def test_what_is_a_day_old_is_not_the_present(
    system: System, places: list[Location]
) -> None:
    """Nor is a place without any data, or none that was asked about."""
    assert {} == read_latest_of(system.store, [])
    system.clock.advance(timedelta(hours=21))  # type: ignore[attr-defined]

    assert {"paris"} == set(read_latest_of(system.store, places))
