"""An aggregation of many places, done in parts."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from airq_cron.domain.measurement import Location
from airq_cron.domain.run import Claim, State
from airq_cron.ports import Unit
from airq_cron.services.aggregate import aggregate_run
from airq_cron.services.execute import Ending
from airq_cron.services.split import FreeSlots
from airq_cron.store.store import SqlStore
from airq_cron.testing import MemoryHeartbeats
from tests import entries
from tests.unit.air import Air

START = datetime(2026, 2, 28, 20, tzinfo=UTC)
PLACES = [f"p{number:03}" for number in range(120)]


@pytest.fixture
def slots(store: SqlStore) -> FreeSlots:
    """Give two slots."""
    return FreeSlots(store, MemoryHeartbeats())


@pytest.fixture
def claim(store: SqlStore) -> Claim:
    """Give a claimed run of the job that aggregates."""
    return entries.begin(store, of="hourly-aggregations", kind="aggregate")


def measure(store: SqlStore, *places: str, hours: int = 2) -> None:
    """Let measurements of some places come in."""
    with store.read() as unit:
        paris = unit.locations.get("paris")
        known = {place.id for place in unit.locations.all()}
    for place in places:
        if place not in known:
            added = replace(paris, id=place)
            store.write(partial(add, place=added))
        Air(location=place).store(store, START, range(1, hours + 1))


def add(unit: Unit, place: Location) -> None:
    unit.locations.add(place)


def dirty(store: SqlStore) -> list[str]:
    with store.read() as unit:
        return unit.aggregates.dirty_locations()


def shares(ending: Ending) -> list[list[str]]:
    return [list(part["locations"]) for part in ending.parts]


def test_many_dirty_places_are_shared_out(
    store: SqlStore, claim: Claim, slots: FreeSlots
) -> None:
    """Each goes to one part, fifty at least; the run itself computes nothing."""
    measure(store, *PLACES)

    ending = aggregate_run(store, claim, slots)

    assert [PLACES[:60], PLACES[60:]] == shares(ending)
    assert PLACES == dirty(store)


def test_a_part_computes_only_its_own_places(
    store: SqlStore, claim: Claim, slots: FreeSlots
) -> None:
    """What the others have to do stays dirty."""
    measure(store, *PLACES[:6])
    wanted = [{"locations": PLACES[:2]}, {"locations": PLACES[2:4]}]
    parts = store.write(lambda unit: unit.runs.split(claim, wanted))
    part = entries.claim(store, parts[0])

    ending = aggregate_run(store, part, slots)
    result = store.write(ending.work, claim=part)

    assert State.SUCCEEDED is ending.state
    assert {"hours": 4, "changed": 4, "late": 0} == result
    assert PLACES[2:6] == dirty(store)


def test_few_dirty_places_are_no_reason_to_split(
    store: SqlStore, claim: Claim, slots: FreeSlots
) -> None:
    """However many hours they have."""
    measure(store, *PLACES[:50], hours=3)

    ending = aggregate_run(store, claim, slots)

    assert [] == shares(ending)
    assert {"hours": 150, "changed": 150, "late": 0} == store.write(
        ending.work, claim=claim
    )
    assert [] == dirty(store)


def test_a_part_never_splits(store: SqlStore, claim: Claim, slots: FreeSlots) -> None:
    """Its share was large enough for one worker when the run was split."""
    measure(store, *PLACES)
    wanted = [{"locations": PLACES}]
    (only,) = store.write(lambda unit: unit.runs.split(claim, wanted))

    ending = aggregate_run(store, entries.claim(store, only), slots)

    assert [] == shares(ending)
    assert [] == dirty(store)
