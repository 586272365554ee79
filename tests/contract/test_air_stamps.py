"""The stamp of a place's figures changes when they do, on every database."""

from dataclasses import replace
from datetime import date, timedelta

from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.domain.period import Period
from airq_cron.ports import DayStamp
from airq_cron.services.read_report import read_report, read_stamp
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests.air_rows import DAWN, HOUR, add_place, figures
from tests.databases import Database
from tests.day_rows import DAY, statistic

PERIOD = Period(DAWN, DAWN + 24 * HOUR)
DAYS = (DAY - timedelta(days=7), DAY + timedelta(days=1))


def full_stamp(store: SqlStore, location: str = "paris") -> DayStamp:
    """Return the stamp of a week of days, and of the hours after dawn."""
    with store.read() as unit:
        return unit.aggregates.stamp(location, *DAYS, PERIOD)


def stamp(store: SqlStore, location: str = "paris") -> DayStamp:
    """Return the same without its sums."""
    return replace(full_stamp(store, location), sums=())


def put_day(store: SqlStore, mean: str = "10", day: date = DAY, revision: int = 0):
    """Store a day."""
    row = statistic(mean, day=day, revision=revision)
    store.write(lambda unit: unit.aggregates.put_days([row]))


def put_hours(store: SqlStore, *rows: HourlyAggregate) -> None:
    """Store aggregates."""
    store.write(lambda unit: unit.aggregates.put_hours(rows))


def test_nothing_has_an_empty_stamp(store: SqlStore):
    """A place without figures, or none."""
    assert DayStamp(None, 0, 0) == stamp(store)


def test_a_stamp_tells_when_the_last_figure_was_written(database: Database):
    """Days and hours count, each in its span; the instant is aware."""
    clock = FakeClock(DAWN)
    store = database.open(clock)
    add_place(store)
    put_day(store, revision=2)
    clock.advance(HOUR)
    put_day(store, day=DAYS[0], revision=1)
    assert DayStamp(DAWN + HOUR, 2, 3) == stamp(store)

    clock.advance(HOUR)
    rows = [figures(0), figures(23)]
    store.write(lambda unit: unit.aggregates.put_hours(rows))
    assert DayStamp(DAWN + 2 * HOUR, 4, 3) == stamp(store)


def test_what_lies_outside_does_not_count(database: Database):
    """Other places, earlier and later days and hours."""
    store = database.open(FakeClock(DAWN))
    add_place(store, "paris", "rome")
    put_day(store, day=DAYS[1])
    put_day(store, day=DAYS[0] - timedelta(days=1))
    rows = [figures(-1), figures(24), figures(3, location="rome")]
    store.write(lambda unit: unit.aggregates.put_hours(rows))

    assert DayStamp(None, 0, 0) == stamp(store)
    assert DayStamp(DAWN, 1, 0) == stamp(store, "rome")


def test_the_same_figures_written_again_keep_the_stamp(database: Database):
    """Readers are not sent a report anew that did not change."""
    clock = FakeClock(DAWN)
    store = database.open(clock)
    add_place(store)
    put_day(store)
    before = full_stamp(store)
    clock.advance(HOUR)
    put_day(store)
    assert before == full_stamp(store)

    put_day(store, "11")
    assert before != full_stamp(store)


def test_a_change_within_the_same_instant_is_noticed(database: Database):
    """Clocks stand still, and transactions overtake each other."""
    store = database.open(FakeClock(DAWN))
    add_place(store)
    stamps = set()
    for mean in ("10", "11", "12"):
        put_day(store, mean)
        stamps.add(full_stamp(store))
    for micros in (1, 2, 3):
        put_hours(store, figures(0, micros))
        stamps.add(full_stamp(store))

    assert 6 == len(stamps)


def test_a_report_reads_the_same_on_every_database(store: SqlStore):
    """Exact figures, changes of the week, and its stamp."""
    add_place(store)
    for step in range(8):
        put_day(store, str(10 + step), DAY - timedelta(days=step))
    found = read_report(store, "paris", DAY, attributions={})
    (part,) = found.pollutants

    assert part.day_before is not None
    assert part.week_before is not None
    assert ("10", "-1", "-4") == (
        f"{part.figures.mean}",
        f"{part.day_before.difference}",
        f"{part.week_before.difference}",
    )
    assert read_stamp(store, "paris", DAY) == read_stamp(store, "paris", DAY)
