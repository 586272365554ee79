"""How many parts a run over many locations splits into."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.run import Claim
from airq_cron.ports import Heartbeat
from airq_cron.services.split import FreeSlots, plan_parts, split_locations
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock, MemoryHeartbeats
from tests import entries

ALIVE = timedelta(seconds=15)
counts = st.integers(1, 50_000)
smallests = st.integers(1, 400)
slots_free = st.integers(1, 64)

Enrol = Callable[..., None]


@pytest.fixture
def heartbeats(clock: FakeClock) -> MemoryHeartbeats:
    """Give heartbeats of nobody."""
    return MemoryHeartbeats(clock)


@pytest.fixture
def enrol(heartbeats: MemoryHeartbeats, clock: FakeClock) -> Enrol:
    """Give a function that lets a worker say that it is alive."""

    def say(name: str, children: int, *queues: str, role: str = "worker") -> None:
        detail = {"children": children, "queues": list(queues)}
        heartbeats.beat(Heartbeat(name, role, clock.now(), detail), ALIVE)

    return say


@pytest.fixture
def slots(store: SqlStore, heartbeats: MemoryHeartbeats) -> FreeSlots:
    """Give what knows the free slots."""
    return FreeSlots(store, heartbeats)


@pytest.fixture
def claim(store: SqlStore) -> Claim:
    """Give a claimed run that waits in the queue for fetches."""
    return entries.begin(store, queue="data-fetch", params={"source": "sea"})


@given(counts, slots_free, smallests)
def test_every_item_is_in_one_part(count: int, slots: int, smallest: int) -> None:
    """Parts are as even as can be."""
    sizes = plan_parts(count, slots, smallest=smallest, largest=1000)

    assert count == sum(sizes)
    assert max(sizes) - min(sizes) in {0, 1}


@given(counts, slots_free, smallests)
def test_parts_keep_within_bounds(count: int, slots: int, smallest: int) -> None:
    """None is too large to be done again, none too small to be worth it."""
    sizes = plan_parts(count, slots, smallest=smallest, largest=1000)

    assert 1000 >= max(sizes)
    assert min(count, smallest) <= min(sizes)


@given(counts, slots_free, smallests)
def test_there_are_two_parts_a_slot(count: int, slots: int, smallest: int) -> None:
    """Fewer when they would be too small, more when they would be too large."""
    number = len(plan_parts(count, slots, smallest=smallest, largest=1000))

    assert number <= 2 * slots or count > 1000 * (number - 1)
    assert number >= 2 * slots or count < smallest * (number + 1)


@pytest.mark.parametrize(
    ("count", "slots", "sizes"),
    [
        (1, 8, [1]),
        (199, 8, [199]),
        (250, 8, [125, 125]),
        (1000, 2, [250] * 4),
        (10_000, 2, [1000] * 10),
        (10_000, 64, [100] * 100),
    ],
)
def test_parts_for_some_numbers(count: int, slots: int, sizes: list[int]) -> None:
    """For a provider that takes a hundred places in one call."""
    assert sizes == plan_parts(count, slots, smallest=100, largest=1000)


def test_slots_are_those_of_live_workers_on_the_queue(
    slots: FreeSlots, enrol: Enrol, clock: FakeClock
) -> None:
    """Other queues, beats, and workers that fell silent do not count."""
    enrol("silent", 9, "data-fetch")
    clock.advance(timedelta(minutes=1))
    enrol("w1", 2, "analytics", "data-fetch")
    enrol("w2", 4, "data-fetch")
    enrol("w3", 8, "monitoring")
    enrol("beat", 9, "data-fetch", role="beat")

    assert 7 == slots.count("data-fetch")


def test_slots_that_are_busy_are_not_free(
    store: SqlStore, slots: FreeSlots, enrol: Enrol, claim: Claim
) -> None:
    """But for the one that asks; a run that was split occupies nobody."""
    enrol("w1", 4, "data-fetch")
    before = slots.count("data-fetch")
    for minute in range(1, 3):
        entries.begin(store, minute, queue="data-fetch")
    busy = slots.count("data-fetch")
    store.write(lambda unit: unit.runs.split(claim, [{}]))

    assert (4, 2, 3) == (before, busy, slots.count("data-fetch"))


def test_at_least_one_slot_is_free(
    store: SqlStore, slots: FreeSlots, enrol: Enrol
) -> None:
    """More may run than live workers have children, just after one has died."""
    enrol("w1", 1, "data-fetch")
    for minute in range(3):
        entries.begin(store, minute, queue="data-fetch")

    assert 1 == slots.count("data-fetch")


@pytest.mark.parametrize("broken", [True, False])
def test_without_news_of_workers_there_are_two(
    slots: FreeSlots, heartbeats: MemoryHeartbeats, *, broken: bool
) -> None:
    """The broker may be away, or collecting telemetry be switched off."""
    heartbeats.broken = broken

    assert 2 == slots.count("data-fetch")


def test_parts_share_the_locations_in_order(claim: Claim, slots: FreeSlots) -> None:
    """They keep what else the run was told."""
    places = [f"p{number:03}" for number in range(100)]

    parts = split_locations(claim, places, slots, smallest=10)

    assert [25] * 4 == [len(part["locations"]) for part in parts]
    assert places == [place for part in parts for place in part["locations"]]
    assert {"sea"} == {part["source"] for part in parts}


@pytest.mark.parametrize(("number", "part"), [(10, 0), (15, 0), (100, 1)])
def test_little_is_not_split(
    claim: Claim, slots: FreeSlots, number: int, part: int
) -> None:
    """Neither what fits into one part, nor a part."""
    places = [f"p{number:03}" for number in range(number)]

    parts = split_locations(replace(claim, part=part), places, slots, smallest=10)

    assert [] == parts
