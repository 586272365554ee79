"""Closing local days, once, and again when late data came."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from airq_cron.domain.pollutant import Pollutant
from airq_cron.errors import LeaseLostError
from airq_cron.services.finalise import finalise_days, finalise_run
from airq_cron.services.seed import PARIS
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests import entries
from tests.unit.air import Air
from tests.unit.closing import (
    DAY,
    FIRE,
    LAST_DAY,
    MIDNIGHT,
    F,
    Finalise,
    I,
    P,
    R,
    aggregate,
    days,
)


def test_the_day_that_ended_before_the_fire_time_is_closed(
    store: SqlStore, finalise: Finalise
) -> None:
    """With hours that no aggregation had seen yet."""
    Air().store(store, MIDNIGHT, [10] * 12 + [20] * 12)

    result = finalise()

    (row,) = days(store).values()
    assert {"days": 1, "changed": 1} == result
    assert (LAST_DAY, "Europe/Paris", 24, 24, Decimal(15)) == (
        row.day, row.zone, row.hours_valid, row.hours_expected, row.mean
    )  # fmt: skip


def test_the_day_that_still_goes_on_is_left_alone(
    store: SqlStore, finalise: Finalise
) -> None:
    """At 23:59 UTC the next day of Paris is an hour old."""
    Air().store(store, MIDNIGHT, [10] * 25)

    finalise()

    assert [LAST_DAY] == list(days(store))


def test_closing_again_changes_nothing(store: SqlStore, finalise: Finalise) -> None:
    """The same hours give the same figures, however often."""
    Air().store(store, MIDNIGHT, [10] * 24)
    finalise(FIRE + DAY)
    before = days(store)

    result = finalise(FIRE + DAY)

    assert 0 == result["changed"]
    assert before == days(store)


def test_a_day_is_closed_once_in_a_run(store: SqlStore) -> None:
    """Hours that it aggregates itself do not make it dirty again."""
    Air().store(store, MIDNIGHT - DAY, [10] * 48)

    claim = entries.begin(
        store, of="daily-statistics", kind="finalise", scheduled_for=FIRE
    )

    assert {"days": 2, "changed": 2} == finalise_days(
        store, claim, since=FIRE - 2 * DAY, live=()
    )


def test_hours_that_a_day_brings_settle_the_day_before_in_the_same_run(
    store: SqlStore, finalise: Finalise, clock: FakeClock
) -> None:
    """Its American 8-hour means end in them."""
    clock.set_to(FIRE + 2 * DAY)
    ozone = Air(pollutant=Pollutant.O3)
    ozone.store(store, MIDNIGHT - DAY, [10] * 24)
    finalise(FIRE - DAY)
    before = days(store)[LAST_DAY - DAY]
    ozone.store(store, MIDNIGHT, [90] * 24)

    result = finalise()

    after = days(store)[LAST_DAY - DAY]
    assert {"days": 2, "changed": 2} == result
    assert F is before.status
    assert (after.mda8_us_micros or 0) > (before.mda8_us_micros or 0)


def test_a_day_in_its_first_24_hours_is_provisional_and_settles_later(
    store: SqlStore, finalise: Finalise, clock: FakeClock
) -> None:
    """The next night closes it for good, without new data."""
    Air().store(store, MIDNIGHT, [10] * 24)
    clock.set_to(FIRE)
    finalise()
    first = days(store)[LAST_DAY].status
    clock.set_to(FIRE + DAY)

    finalise(FIRE + DAY)

    assert (P, F) == (first, days(store)[LAST_DAY].status)


def test_late_data_revise_a_settled_day(
    store: SqlStore, finalise: Finalise, clock: FakeClock
) -> None:
    """Whoever copied the first figure can see that it changed."""
    Air().store(store, MIDNIGHT - 5 * DAY, [10] * 24)
    finalise(FIRE - 5 * DAY)
    Air().store(store, MIDNIGHT - 5 * DAY, [34], learnt_at=clock.now())
    aggregate(store)

    result = finalise()

    found = days(store)[LAST_DAY - 5 * DAY]
    assert 2 == result["days"]
    assert (R, 1, Decimal(11)) == (found.status, found.revision, found.mean)


def test_an_earlier_day_that_was_aggregated_meanwhile_is_settled_too(
    store: SqlStore, finalise: Finalise
) -> None:
    """The hourly job marks its days, whatever their date."""
    Air().store(store, MIDNIGHT - 40 * DAY, [10] * 24)
    aggregate(store)

    finalise()

    assert F == days(store)[LAST_DAY - 40 * DAY].status


@pytest.mark.parametrize(
    ("fire", "midnight", "expected"),
    [
        (datetime(2026, 3, 29, 23, 59, tzinfo=UTC), (28, 23), 23),
        (datetime(2026, 3, 28, 23, 59, tzinfo=UTC), (27, 23), 24),
    ],
    ids=["spring", "plain"],
)
def test_a_local_day_has_its_own_hours(
    fire: datetime,
    midnight: tuple[int, int],
    expected: int,
    store: SqlStore,
    finalise: Finalise,
) -> None:
    """A day of 23 hours is complete with 23."""
    start = datetime(2026, 3, *midnight, tzinfo=UTC)
    Air().store(store, start, [1] * 30)

    finalise(fire)

    found = days(store)[fire.date()]
    assert (expected, expected) == (found.hours_valid, found.hours_expected)


def test_providers_stay_apart(store: SqlStore, finalise: Finalise) -> None:
    """Each has a figure of its own for the same day."""
    Air().store(store, MIDNIGHT, [10] * 24)
    Air(provider="airparif").store(store, MIDNIGHT, [30] * 20)

    finalise()

    assert Decimal(10) == days(store)[LAST_DAY].mean
    assert (Decimal(30), 20) == (
        days(store, "airparif")[LAST_DAY].mean,
        days(store, "airparif")[LAST_DAY].hours_valid,
    )


def test_the_silence_of_a_live_provider_is_a_gap(
    store: SqlStore, finalise: Finalise
) -> None:
    """A day without a single hour is insufficient, not forgotten."""
    Air().store(store, MIDNIGHT - 3 * DAY, [10] * 24)

    finalise()

    found = days(store)[LAST_DAY]
    assert (I, 0, None) == (found.status, found.hours_valid, found.mean)


@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"providers": ("airparif",)}], ids=["off", "other"]
)
def test_the_silence_of_a_provider_that_is_not_asked_is_no_gap(
    store: SqlStore, finalise: Finalise, change: dict[str, Any]
) -> None:
    """The place was switched off, or moved to another provider."""
    Air().store(store, MIDNIGHT - 3 * DAY, [10] * 24)
    place = replace(PARIS, providers=("open-meteo",))
    store.write(lambda unit: unit.locations.save(replace(place, **change)))
    aggregate(store)

    finalise()

    assert [LAST_DAY - 3 * DAY] == list(days(store))


def test_the_end_of_an_imported_series_is_no_gap(
    store: SqlStore, finalise: Finalise
) -> None:
    """Nobody is asked for it any more."""
    Air(provider="airparif").store(store, MIDNIGHT - 3 * DAY, [10] * 24)
    aggregate(store)

    finalise()

    assert [LAST_DAY - 3 * DAY] == list(days(store, "airparif"))


def test_a_gap_inside_an_imported_series_is_one(
    store: SqlStore, finalise: Finalise
) -> None:
    """It has data before and after."""
    air = Air(provider="airparif", pollutant=Pollutant.O3)
    air.store(store, MIDNIGHT - DAY, [10] * 24)
    air.store(store, MIDNIGHT + DAY, [10] * 24)
    aggregate(store)

    finalise()

    assert (I, F) == (
        days(store, "airparif")[LAST_DAY].status,
        days(store, "airparif")[LAST_DAY - DAY].status,
    )


def test_a_series_has_no_days_before_its_first_hour(
    store: SqlStore, finalise: Finalise
) -> None:
    """What was not watched yet is no gap."""
    Air().store(store, MIDNIGHT + DAY, [10] * 24)

    finalise()

    assert {} == days(store)


def test_a_date_that_a_zone_skipped_has_no_statistic(
    store: SqlStore, finalise: Finalise
) -> None:
    """Apia went from the 29th to the 31st of December 2011."""
    apia = replace(PARIS, id="apia", zone="Pacific/Apia", providers=("open-meteo",))
    store.write(lambda unit: unit.locations.add(apia))
    start = datetime(2011, 12, 29, 10, tzinfo=UTC)
    Air(location="apia").store(store, start, [10] * 48)
    claim = entries.begin(
        store,
        of="daily-statistics",
        kind="finalise",
        scheduled_for=datetime(2012, 1, 1, 12, tzinfo=UTC),
    )

    finalise_days(store, claim, since=start, live=())

    with store.read() as unit:
        found = unit.aggregates.days("apia", date(2011, 12, 1), date(2012, 2, 1))
    assert [(date(2011, 12, 29), 24), (date(2011, 12, 31), 24)] == [
        (row.day, row.hours_valid) for row in found
    ]


def test_many_days_are_closed_in_batches(store: SqlStore, finalise: Finalise) -> None:
    """None is left over between two transactions."""
    Air().store(store, MIDNIGHT - 34 * DAY, [10] * 24 * 35)
    aggregate(store)

    finalise()

    assert 35 == len(days(store))


def test_a_stretch_of_days_is_closed_at_once(store: SqlStore) -> None:
    """After a long pause every day that ended in it is closed."""
    Air().store(store, MIDNIGHT - 6 * DAY, [10] * 24 * 7)
    claim = entries.begin(
        store, of="daily-statistics", kind="finalise", scheduled_for=FIRE
    )

    result = finalise_days(store, claim, since=FIRE - 3 * DAY, live=())

    assert 3 == result["days"]
    assert [LAST_DAY - 2 * DAY, LAST_DAY - DAY, LAST_DAY] == list(days(store))


def test_the_interval_of_the_run_decides_and_not_its_job(store: SqlStore) -> None:
    """The schedule may have been changed since the run was entered."""
    Air().store(store, MIDNIGHT - 6 * DAY, [10] * 24 * 7)
    claim = entries.begin(
        store,
        of="daily-statistics",
        kind="finalise",
        scheduled_for=FIRE - DAY,
        origin="backfill:b1",
        interval_start=FIRE - 4 * DAY,
    )

    finalise_run(store, claim, live=())

    assert [LAST_DAY - number * DAY for number in (3, 2, 1)] == list(days(store))


def test_an_attempt_that_lost_its_run_writes_nothing(store: SqlStore) -> None:
    """Another attempt owns the run now."""
    Air().store(store, MIDNIGHT, [10] * 24)
    claim = entries.begin(
        store, of="daily-statistics", kind="finalise", scheduled_for=FIRE
    )

    with pytest.raises(LeaseLostError):
        finalise_run(store, replace(claim, attempt=9), live=())

    assert {} == days(store)
