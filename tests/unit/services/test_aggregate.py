"""Recomputing the hours that changed, and marking their days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from airq_cron.clock import SystemClock
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.measurement import Location
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.run import Claim
from airq_cron.errors import LeaseLostError
from airq_cron.ports import DirtyDay
from airq_cron.services.aggregate import (
    BATCH,
    Recount,
    aggregate_again,
    aggregate_all,
    aggregate_dirty,
    aggregate_run,
)
from airq_cron.services.finalise import close_days
from airq_cron.services.seed import PARIS
from airq_cron.services.split import FreeSlots
from airq_cron.store.store import SqlStore
from airq_cron.testing import MemoryHeartbeats
from tests import entries
from tests.unit.air import Air

START = datetime(2026, 2, 28, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TOKYO = Location(
    "tokyo", "Tokyo", Decimal("35.68"), Decimal("139.69"), "Asia/Tokyo", ("open-meteo",)
)


@pytest.fixture
def claim(store: SqlStore) -> Claim:
    """Give a claimed run of the job that aggregates."""
    return entries.begin(store, of="hourly-aggregations", kind="aggregate")


def hours(store: SqlStore, provider: str = "open-meteo") -> list[HourlyAggregate]:
    with store.read() as unit:
        return unit.aggregates.hours(
            "paris", START - 5000 * HOUR, START + 5000 * HOUR, provider
        )


def dirty_days(store: SqlStore, location: str = "paris") -> list[DirtyDay]:
    return store.write(
        lambda unit: unit.aggregates.take_dirty_days(
            location, before=date(2100, 1, 1), limit=1000
        )
    )


def test_every_new_hour_gets_its_figures(store: SqlStore, claim: Claim) -> None:
    """Each from the measurements that begin in it."""
    Air().store(store, START, [10, 20, 30])

    result = aggregate_all(store, claim)

    assert {"hours": 3, "changed": 3, "late": 0} == result
    assert [(START, 10_000_000), (START + HOUR, 20_000_000)] == [
        (row.hour, row.mean_micros) for row in hours(store)[:2]
    ]


def test_several_values_of_an_hour_are_one_aggregate(
    store: SqlStore, claim: Claim
) -> None:
    """A sensor that reports every ten minutes has six values."""
    Air().store(store, START, [1, 2, 3, 4, 5, 9], step=10 * MINUTE)

    aggregate_all(store, claim)

    (found,) = hours(store)
    assert (6, 4_000_000, 1_000_000, 9_000_000) == (
        found.n, found.mean_micros, found.min_micros, found.max_micros
    )  # fmt: skip
    assert START + 50 * MINUTE == found.max_at


def test_nothing_is_done_twice(store: SqlStore, claim: Claim) -> None:
    """An hour that was aggregated is clean until it changes."""
    Air().store(store, START, [10, 20, 30])
    aggregate_all(store, claim)

    assert {"hours": 0, "changed": 0, "late": 0} == aggregate_all(store, claim)


def test_an_hour_that_changed_is_recomputed_alone(
    store: SqlStore, claim: Claim
) -> None:
    """Its neighbours stay as they are."""
    Air().store(store, START, [10, 20, 30])
    aggregate_all(store, claim)
    Air().store(store, START + HOUR, [99], learnt_at=START + 9 * HOUR)

    result = aggregate_all(store, claim)

    assert {"hours": 1, "changed": 1, "late": 0} == result
    assert [10_000_000, 99_000_000, 30_000_000] == [
        row.mean_micros for row in hours(store)
    ]


def test_providers_and_pollutants_are_never_mixed(
    store: SqlStore, claim: Claim
) -> None:
    """The same hour of two providers is two aggregates."""
    Air().store(store, START, [10])
    Air(provider="airparif").store(store, START, [30])
    Air(pollutant=Pollutant.O3).store(store, START, [50])

    aggregate_all(store, claim)

    assert {Pollutant.PM2_5: 10_000_000, Pollutant.O3: 50_000_000} == {
        row.pollutant: row.mean_micros for row in hours(store)
    }
    assert [30_000_000] == [row.mean_micros for row in hours(store, "airparif")]


def test_the_local_days_of_changed_hours_are_to_be_closed_again(
    store: SqlStore, claim: Claim
) -> None:
    """In Paris, 23:00 UTC in winter is the next day."""
    Air().store(store, START, [10] * 5)

    aggregate_all(store, claim)

    assert [
        DirtyDay("paris", "open-meteo", date(2026, 2, 28)),
        DirtyDay("paris", "open-meteo", date(2026, 3, 1)),
    ] == dirty_days(store)


def test_hours_far_apart_are_all_computed(store: SqlStore, claim: Claim) -> None:
    """A gap of months between two of them is not read."""
    starts = [START - 4000 * HOUR, START - 26 * HOUR, START - 25 * HOUR, START]
    for start in starts:
        Air().store(store, start, [7])

    aggregate_all(store, claim)

    assert starts == [row.hour for row in hours(store)]


def test_an_hour_between_two_dirty_ones_is_left_alone(
    store: SqlStore, claim: Claim
) -> None:
    """It is read with them, but its figures have not changed."""
    Air().store(store, START, [10, 20, 30])
    aggregate_all(store, claim)
    later = START + 9 * HOUR
    Air().store(store, START, [11], learnt_at=later)
    Air().store(store, START + 2 * HOUR, [31], learnt_at=later)

    assert {"hours": 2, "changed": 2, "late": 0} == aggregate_all(store, claim)


def test_more_hours_than_a_batch_are_all_taken(store: SqlStore, claim: Claim) -> None:
    """Each batch is a transaction of its own."""
    Air().store(store, START - 1000 * HOUR, [5] * (BATCH + 1))

    assert {"hours": BATCH + 1, "changed": BATCH + 1, "late": 0} == aggregate_all(
        store, claim
    )


def test_a_place_that_is_added_meanwhile_has_its_own_days(
    store: SqlStore, claim: Claim
) -> None:
    """An evening in London is the next day in Tokyo, as soon as Tokyo is known."""

    class Growing(SqlStore):
        def write(self, work: Any, **options: Any) -> Any:
            done = super().write(work, **options)
            if not grown:
                grown.append(TOKYO)
                store.write(lambda unit: unit.locations.add(TOKYO))
                Air(location="tokyo").store(store, START, [5])
            return done

    grown: list[Location] = []
    Air().store(store, START - 1000 * HOUR, [5] * BATCH)
    growing = Growing(store.address, SystemClock())

    aggregate_all(growing, claim)
    growing.dispose()

    assert [DirtyDay("tokyo", "open-meteo", date(2026, 3, 1))] == dirty_days(
        store, "tokyo"
    )


def test_a_stretch_of_one_place_can_be_taken_alone(store: SqlStore) -> None:
    """Closing a day aggregates only its own hours first."""
    Air().store(store, START, [10, 20, 30])

    taken = store.write(
        lambda unit: aggregate_dirty(
            unit, locations=["paris"], since=START + HOUR, until=START + 2 * HOUR
        )
    )

    assert Recount(hours=1, changed=1) == taken
    assert [START + HOUR] == [row.hour for row in hours(store)]


def test_an_attempt_that_lost_its_run_writes_nothing(
    store: SqlStore, claim: Claim
) -> None:
    """The hours stay dirty for the attempt that owns the run."""
    Air().store(store, START, [10])

    with pytest.raises(LeaseLostError):
        aggregate_all(store, replace(claim, attempt=claim.attempt + 1))

    assert [] == hours(store)
    assert {"hours": 1, "changed": 1, "late": 0} == aggregate_all(store, claim)


def past_claim(store: SqlStore, until: datetime, count: int) -> Claim:
    """Claim a run of a backfill for so many hours up to *until*."""
    return entries.begin(
        store,
        of="hourly-aggregations",
        kind="aggregate",
        scheduled_for=until,
        origin="backfill:b1",
        interval_start=until - count * HOUR,
    )


def test_a_backfill_computes_the_hours_of_its_interval_anew(
    store: SqlStore, claim: Claim
) -> None:
    """Whether or not they changed; others are left alone, and so are their days."""
    Air().store(store, START, [10, 20, 30, 40])
    aggregate_all(store, claim)
    dirty_days(store)
    past = past_claim(store, START + 3 * HOUR, 2)

    ending = aggregate_run(store, past, FreeSlots(store, MemoryHeartbeats()))

    assert {"hours": 2, "changed": 0, "late": 0} == store.write(ending.work)
    assert [date(2026, 2, 28)] == [day.day for day in dirty_days(store)][:1]


def test_a_backfill_finds_hours_that_were_never_computed(store: SqlStore) -> None:
    """It does not go by what is dirty."""
    Air().store(store, START, [10, 20, 30])
    store.write(lambda unit: unit.aggregates.take_dirty_hours(99))

    result = aggregate_again(store, past_claim(store, START + 2 * HOUR, 2))

    assert {"hours": 2, "changed": 2, "late": 0} == result
    assert [START, START + HOUR] == [row.hour for row in hours(store)]


def test_a_backfill_is_for_the_places_of_its_part(store: SqlStore) -> None:
    """Each part computes its own."""
    store.write(lambda unit: unit.locations.add(TOKYO))
    Air().store(store, START, [10])
    Air(location="tokyo").store(store, START, [10])

    past = past_claim(store, START + HOUR, 1)

    assert 1 == aggregate_again(store, past, locations=["tokyo"])["hours"]
    assert [] == hours(store)
    assert 2 == aggregate_again(store, past)["hours"]


def test_a_backfill_that_lost_its_run_computes_nothing(store: SqlStore) -> None:
    """Another attempt owns the run now."""
    Air().store(store, START, [10])
    past = past_claim(store, START + HOUR, 1)

    with pytest.raises(LeaseLostError):
        aggregate_again(store, replace(past, attempt=9))

    assert [] == hours(store)


def test_hours_of_a_closed_day_are_late(store: SqlStore, claim: Claim) -> None:
    """Their day is settled again; those of a day that goes on are not."""
    Air().store(store, START, [10])
    aggregate_all(store, claim)
    day = date(2026, 2, 28)
    store.write(lambda unit: close_days(unit, PARIS, [day], at=START, live=()))
    Air().store(store, START + HOUR, [10, 20, 30, 40])

    result = aggregate_all(store, claim)

    # Two of them begin before midnight in Paris.
    assert {"hours": 4, "changed": 4, "late": 2} == result


def test_an_hour_of_ozone_counts_for_the_days_beside_it(
    store: SqlStore, claim: Claim
) -> None:
    """Some 8-hour means of theirs take it in; those of fine dust have none."""
    evening = START.replace(hour=17)
    Air().store(store, evening, [10])
    Air(pollutant=Pollutant.O3).store(store, evening, [10])

    aggregate_all(store, claim)

    assert [date(2026, 2, 28), date(2026, 3, 1)] == [
        one.day for one in dirty_days(store)
    ]
