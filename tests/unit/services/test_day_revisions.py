"""Days that are settled again keep what they were."""

from dataclasses import replace
from decimal import Decimal

from airq_cron.domain.pollutant import Pollutant
from airq_cron.ports import DirtyDay, Unit
from airq_cron.services.read_days import read_revisions
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests.unit.air import Air
from tests.unit.closing import (
    DAY,
    FIRE,
    HOUR,
    LAST_DAY,
    MIDNIGHT,
    F,
    Finalise,
    R,
    aggregate,
    days,
)


def test_a_revised_day_keeps_what_it_was(
    store: SqlStore, finalise: Finalise, clock: FakeClock
) -> None:
    """Once a revision, with the status it had."""
    start, day = MIDNIGHT - 5 * DAY, LAST_DAY - 5 * DAY
    Air().store(store, start, [10] * 24)
    finalise(FIRE - 5 * DAY)
    for minute, late in enumerate((34, 58)):
        Air().store(store, start, [late], learnt_at=clock.now())
        clock.advance(DAY)
        aggregate(store, minute)
        finalise()

    kept = read_revisions(store, "paris", day)

    assert 2 == days(store)[day].revision
    assert [(F, 0, Decimal(10)), (R, 1, Decimal(11))] == [
        (one.statistic.status, one.statistic.revision, one.statistic.mean)
        for one in kept
    ]


def test_a_day_that_is_not_settled_keeps_nothing(
    store: SqlStore, finalise: Finalise, clock: FakeClock
) -> None:
    """Nobody has been told that a provisional figure is the last."""
    clock.set_to(FIRE)
    Air().store(store, MIDNIGHT, [10] * 24)
    finalise()
    Air().store(store, MIDNIGHT, [34], learnt_at=clock.now())
    aggregate(store)
    finalise()

    assert Decimal(11) == days(store)[LAST_DAY].mean
    assert [] == read_revisions(store, "paris", LAST_DAY)


def test_a_day_of_an_earlier_version_gets_its_new_figures_unrevised(
    store: SqlStore, finalise: Finalise
) -> None:
    """What was not computed then has not changed."""
    Air(pollutant=Pollutant.O3).store(store, MIDNIGHT - DAY, [10] * 72)
    finalise(FIRE + DAY)
    row = days(store)[LAST_DAY]
    older = replace(
        row,
        status=F,
        median_micros=None,
        p95_micros=None,
        mda8_eu_micros=None,
        mda8_eu_ends_at=None,
        mda8_us_micros=None,
        mda8_us_starts_at=None,
    )
    dirty = DirtyDay("paris", "open-meteo", LAST_DAY)

    def forget(unit: Unit) -> None:
        unit.aggregates.put_days([older])
        unit.aggregates.mark_dirty_days([dirty])

    store.write(forget)
    finalise(FIRE + DAY)

    found = days(store)[LAST_DAY]
    assert (F, 0, 10_000_000) == (found.status, found.revision, found.median_micros)
    assert (10_000_000, 10_000_000) == (found.mda8_eu_micros, found.mda8_us_micros)


def test_hours_of_the_neighbours_settle_a_day_of_ozone_again(
    store: SqlStore, finalise: Finalise, clock: FakeClock
) -> None:
    """Its means begin in the evening before and end in the morning after."""
    clock.set_to(FIRE + 3 * DAY)
    ozone = Air(pollutant=Pollutant.O3)
    ozone.store(store, MIDNIGHT, [10] * 24)
    finalise()
    first = days(store)[LAST_DAY]
    ozone.store(store, MIDNIGHT - 7 * HOUR, [90] * 7, learnt_at=clock.now())
    ozone.store(store, MIDNIGHT + DAY, [50] * 8, learnt_at=clock.now())
    aggregate(store)

    finalise(FIRE + DAY)

    found = days(store)[LAST_DAY]
    # Without that morning there are 12 of the 17 American means.
    assert (10_000_000, None) == (first.mda8_eu_micros, first.mda8_us_micros)
    # 7 hours of 90 and one of 10; the last American mean has one of 10 and 7 of 50.
    assert (80_000_000, 45_000_000) == (found.mda8_eu_micros, found.mda8_us_micros)
    assert (R, first.mean) == (found.status, found.mean)
