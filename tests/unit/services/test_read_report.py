"""Reports of closed days, of the present one, and of those without data."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from airq_cron.domain.daily import DailyStatistic, DayStatus
from airq_cron.domain.hourly import aggregate_hours
from airq_cron.domain.measurement import Location
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.report import Report
from airq_cron.domain.report_words import headline
from airq_cron.errors import InvalidError, NotFoundError
from airq_cron.services.finalise import close_days
from airq_cron.services.list_reports import list_reports
from airq_cron.services.read_report import read_report, read_stamp
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests.day_rows import DAY, gas, statistic
from tests.unit.air import Air

LINES = {"open-meteo": "By Open-Meteo"}
TODAY = date(2026, 3, 1)
MIDNIGHT = datetime(2026, 2, 28, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)


def put(store: SqlStore, *rows: DailyStatistic) -> None:
    """Store statistics."""
    store.write(lambda unit: unit.aggregates.put_days(rows))


def report(store: SqlStore, day: date = DAY) -> Report:
    """Return the report of a day in Paris."""
    return read_report(store, "paris", day, attributions=LINES)


def measure(store: SqlStore, start: datetime, values: list[float | None]) -> None:
    """Store hours and their aggregates, from *start* on."""
    air = Air()
    air.store(store, start, values)
    rows = air.rows(start, values)
    store.write(lambda unit: unit.aggregates.put_hours(aggregate_hours(rows)))


def test_a_day_without_data_is_insufficient(store: SqlStore):
    """It has no figure, and no index of zero."""
    found = report(store)

    assert (DayStatus.INSUFFICIENT, (), (), False) == (
        found.status,
        found.pollutants,
        found.comparisons,
        found.sufficient,
    )
    assert [None, None] == [one.index for one in found.indices]
    assert "no data" in headline(found)


def test_a_closed_day_is_reported_as_it_is_stored(store: SqlStore):
    """Figures, status, sources and revisions are those of the store."""
    put(
        store,
        statistic("96.541666", provider="open-meteo", revision=2),
        gas(Pollutant.O3, provider="open-meteo", revision=1),
    )
    found = report(store)

    assert (DayStatus.FINAL, 3, 24, False) == (
        found.status,
        found.revisions,
        found.hours_expected,
        found.so_far,
    )
    assert [Pollutant.PM2_5, Pollutant.O3] == [
        part.figures.pollutant for part in found.pollutants
    ]
    assert ["By Open-Meteo"] == [one.attribution for one in found.sources]
    assert () == found.flips


def test_the_first_provider_with_enough_hours_speaks(store: SqlStore):
    """Figures of two providers are never mixed; the place's order decides."""
    put(
        store,
        statistic("1", provider="open-meteo"),
        statistic("2", provider="sandbox"),
        statistic("3", provider="airparif", valid=2),
    )
    (part,) = report(store).pollutants

    assert ("open-meteo", Decimal(1)) == (part.figures.provider, part.figures.mean)


def test_changes_look_at_the_week_before(store: SqlStore):
    """Seven days back, and not one more."""
    days = [
        statistic("10", provider="open-meteo", day=DAY - timedelta(days=step))
        for step in range(1, 9)
    ]
    put(store, *days, statistic("12", provider="open-meteo"))
    (part,) = report(store).pollutants

    assert part.day_before is not None
    assert part.week_before is not None
    assert (Decimal(2), Decimal(2)) == (
        part.day_before.difference,
        part.week_before.difference,
    )


def test_the_present_day_is_reported_so_far(store: SqlStore):
    """Its figures are of its hours, it names no index before there are enough."""
    measure(store, MIDNIGHT, [10.0, 20.0, None, 30.0])
    found = report(store, TODAY)
    part = found.part(Pollutant.PM2_5)

    assert part is not None
    assert (True, 3, 24, Decimal(20)) == (
        found.so_far,
        part.figures.hours_valid,
        part.figures.hours_expected,
        part.figures.mean,
    )
    assert [0, 1, 3] == [(hour.hour - MIDNIGHT) // HOUR for hour in part.hours]
    assert [None, None] == [one.index for one in found.indices]


def test_a_day_that_nobody_closed_yet_is_provisional(store: SqlStore):
    """Between its end and the next 23:59 a day has no statistic."""
    measure(store, MIDNIGHT - 24 * HOUR, [10.0] * 24)
    found = report(store, TODAY - timedelta(days=1))

    assert (DayStatus.PROVISIONAL, False, True) == (
        found.status,
        found.so_far,
        found.sufficient,
    )


def test_an_open_day_counts_only_its_own_hours(store: SqlStore):
    """Hours around it serve its 8-hour means, and nothing else."""
    measure(store, MIDNIGHT - 4 * HOUR, [900.0] * 4)

    assert () == report(store, TODAY).pollutants


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25)]
)
def test_a_day_is_as_long_as_it_was_lived(store: SqlStore, day: date, hours: int):
    """Summer time begins and ends."""
    found = report(store, day)

    assert (hours, hours * HOUR) == (found.hours_expected, found.period.length)


def test_a_day_that_lies_ahead_is_refused(store: SqlStore):
    """The answer names the present day of the place."""
    with pytest.raises(InvalidError, match=r"date: lies ahead: it is 2026-03-01"):
        report(store, date(2026, 3, 2))


def test_a_day_that_the_zone_skipped_is_refused(store: SqlStore):
    """Apia went from the 29th to the 31st."""
    store.write(
        lambda unit: unit.locations.save(
            _moved(unit.locations.get("paris"), "Pacific/Apia")
        )
    )

    with pytest.raises(InvalidError, match="had no 2011-12-30"):
        report(store, date(2011, 12, 30))


def _moved(place: Location, zone: str) -> Location:
    return replace(place, zone=zone)


def test_an_unknown_place_is_not_found(store: SqlStore):
    """Neither the report nor its stamp."""
    with pytest.raises(NotFoundError):
        read_report(store, "rome", DAY, attributions={})
    with pytest.raises(NotFoundError):
        read_stamp(store, "rome", DAY)


def test_the_stamp_changes_with_the_figures(store: SqlStore, clock: FakeClock):
    """And only then: a day, an earlier one of the week, an hour."""
    stamps = [read_stamp(store, "paris", DAY)]

    def changed() -> bool:
        stamps.append(read_stamp(store, "paris", DAY))
        return stamps[-1] != stamps[-2]

    assert not changed()
    put(store, statistic("12"))
    assert changed()
    clock.advance(timedelta(seconds=1))
    put(store, statistic("12"))
    assert not changed()
    put(store, statistic("13"))
    assert changed()
    put(store, statistic("10", day=DAY - timedelta(days=7)))
    assert changed()
    put(store, statistic("10", day=DAY - timedelta(days=8)))
    assert not changed()
    measure(store, datetime(2026, 2, 10, 5, tzinfo=UTC), [1.0])
    assert changed()


def test_a_revision_is_counted_and_shown(store: SqlStore, clock: FakeClock):
    """Late hours change a settled day: it is revised, and says how often."""
    start = MIDNIGHT - 24 * 10 * HOUR
    day = TODAY - timedelta(days=10)

    def close() -> None:
        with store.read() as unit:
            place = unit.locations.get("paris")
        store.write(
            lambda unit: close_days(unit, place, [day], at=clock.now(), live=())
        )

    measure(store, start, [10.0] * 20)
    close()
    first = report(store, day)
    Air().store(store, start + 20 * HOUR, [90.0] * 4, learnt_at=clock.now())
    close()
    second = report(store, day)

    assert (DayStatus.FINAL, 0) == (first.status, first.revisions)
    assert (DayStatus.REVISED, 1) == (second.status, second.revisions)


def test_all_places_are_listed_page_by_page(store: SqlStore):
    """A place whose day has not begun has no report."""
    tonga = _moved(_paris(store), "Pacific/Tongatapu")
    store.write(lambda unit: unit.locations.add(_named(tonga, "tonga")))
    day = date(2026, 3, 2)
    first = list_reports(store, day, limit=1, after=None, attributions={})
    second = list_reports(store, day, limit=1, after=first.after, attributions={})

    assert [("paris", None)] == [
        (line.location.id, line.report) for line in first.items
    ]
    assert ["tonga"] == [line.location.id for line in second.items if line.report]
    assert second.after is None


def test_a_day_that_begins_nowhere_has_no_list(store: SqlStore):
    """Two days ahead it is tomorrow even on Kiritimati."""
    with pytest.raises(InvalidError, match="lies ahead everywhere"):
        list_reports(store, date(2026, 3, 3), limit=9, after=None, attributions={})


def _paris(store: SqlStore) -> Location:
    with store.read() as unit:
        return unit.locations.get("paris")


def _named(place: Location, location_id: str) -> Location:
    return replace(place, id=location_id)
