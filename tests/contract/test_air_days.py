"""Daily statistics and dirty days, on both databases."""

from dataclasses import replace
from datetime import date, timedelta

from airq_cron.domain.daily import DailyStatistic, DayStatus
from airq_cron.domain.measurement import Origin
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.ports import DirtyDay
from airq_cron.store import air_tables
from airq_cron.store.store import SqlStore
from airq_cron.testing import FakeClock
from tests.air_rows import DAWN, HOUR, read_column
from tests.databases import Database

FIRST = date(2026, 3, 1)
FULL = DailyStatistic(
    location="paris",
    provider="airparif",
    pollutant=Pollutant.PM2_5,
    day=FIRST,
    zone="Europe/Paris",
    unit=Unit.UG_M3,
    origin=Origin.MEASURED,
    hours_valid=24,
    hours_expected=24,
    sum_micros=218_400_000,
    min_micros=-1_000_000,
    max_micros=1_000_000_000_000_000,
    max_hour=DAWN + 5 * HOUR,
    status=DayStatus.FINAL,
    revision=3,
)
EMPTY = replace(
    FULL,
    hours_valid=0,
    sum_micros=0,
    min_micros=None,
    max_micros=None,
    max_hour=None,
    status=DayStatus.INSUFFICIENT,
    revision=0,
)


def day(number: int) -> date:
    """Return the day some days after the first."""
    return FIRST + timedelta(days=number)


def put(store: SqlStore, *rows: DailyStatistic) -> int:
    """Store statistics; return how many differ."""
    return store.write(lambda unit: unit.aggregates.put_days(rows))


def mark(store: SqlStore, *marks: DirtyDay) -> None:
    """Mark days dirty."""
    store.write(lambda unit: unit.aggregates.mark_dirty_days(marks))


def take(store: SqlStore, number: int = 99, limit: int = 99) -> list[DirtyDay]:
    """Take the dirty days of Paris before a day."""
    return store.write(
        lambda unit: unit.aggregates.take_dirty_days(
            "paris", before=day(number), limit=limit
        )
    )


def test_statistics_are_read_back_as_they_were_put(store: SqlStore) -> None:
    """A full day and one without a value arrive in every field."""
    empty = replace(EMPTY, pollutant=Pollutant.O3)

    assert 2 == put(store, FULL, empty)
    with store.read() as unit:
        assert [empty, FULL] == unit.aggregates.days("paris", day(0), day(1))


def test_only_statistics_that_differ_are_counted_and_written(
    database: Database,
) -> None:
    """Equal ones, empty ones too, keep the time at which they were written."""
    clock = FakeClock()
    store = database.open(clock)
    first = clock.now()
    before = [FULL, replace(EMPTY, day=day(1)), replace(EMPTY, day=day(2))]
    assert 3 == put(store, *before)
    clock.advance(HOUR)

    assert 1 == put(store, *before[:2], replace(FULL, day=day(2)))
    assert [first, first, clock.now()] == read_column(
        store, air_tables.days, "updated_at"
    )


def test_days_are_half_open_and_of_one_place(store: SqlStore) -> None:
    """All providers of the days are given, by day, provider and pollutant."""
    other = replace(FULL, day=day(1), provider="open-meteo", pollutant=Pollutant.CO)
    put(store, other, *[replace(FULL, day=day(number)) for number in range(4)])
    put(store, replace(FULL, day=day(1), location="lyon"))

    with store.read() as unit:
        found = unit.aggregates.days("paris", day(1), day(3))

    assert [
        replace(FULL, day=day(1)), other, replace(FULL, day=day(2)),
    ] == found  # fmt: skip


def test_a_place_says_whether_it_has_dirty_days(store: SqlStore) -> None:
    """Those before a day, of this place alone, until they are taken."""

    def has(place: str, number: int) -> bool:
        with store.read() as unit:
            return unit.aggregates.has_dirty_days(place, before=day(number))

    mark(store, DirtyDay("paris", "airparif", day(1)))

    assert [False, True] == [has("paris", 1), has("paris", 2)]
    assert not has("lyon", 2)
    take(store)
    assert not has("paris", 2)


def test_provisional_days_are_named_once(store: SqlStore) -> None:
    """Only those of the place and before the day given, oldest first."""
    open_day = replace(FULL, status=DayStatus.PROVISIONAL)
    put(store, *[replace(open_day, day=day(number)) for number in (3, 1, 2)])
    put(store, replace(open_day, day=day(1), pollutant=Pollutant.O3), FULL)
    put(store, replace(open_day, location="lyon"))

    with store.read() as unit:
        assert [day(1), day(2)] == unit.aggregates.provisional_days(
            "paris", before=day(3)
        )


def test_dirty_days_are_taken_once_and_oldest_first(store: SqlStore) -> None:
    """At most as many as asked for, before the day given, of one place."""
    days = [DirtyDay("paris", "airparif", day(number)) for number in range(4)]
    mark(store, *reversed(days), DirtyDay("lyon", "airparif", day(0)))
    mark(store, days[0])

    assert days[:2] == take(store, limit=2)
    assert [days[2]] == take(store, 3)
    assert [days[3]] == take(store)
    assert [] == take(store)


def test_nothing_marked_is_nothing(store: SqlStore) -> None:
    """A batch without changes marks no day."""
    mark(store)

    assert [] == take(store)


def test_days_about_to_be_closed_are_clean(store: SqlStore) -> None:
    """All providers of these days of one place are forgotten, the others stay."""
    marks = [
        DirtyDay("paris", name, day(number)) for number in (0, 1) for name in ("a", "b")
    ]
    mark(store, *marks)

    store.write(lambda unit: unit.aggregates.clear_dirty_days("lyon", [day(1)]))
    store.write(lambda unit: unit.aggregates.clear_dirty_days("paris", [day(0)]))
    store.write(lambda unit: unit.aggregates.clear_dirty_days("paris", []))

    assert marks[2:] == take(store)


def test_revisions_of_a_day_are_kept_once_and_listed_in_order(store: SqlStore) -> None:
    """By pollutant, the oldest first, whoever keeps them again."""
    first, second = replace(FULL, revision=0), replace(FULL, revision=1, sum_micros=5)
    ozone = replace(FULL, pollutant=Pollutant.O3, mda8_eu_micros=7)

    def keep(*rows: DailyStatistic) -> None:
        store.write(lambda unit: unit.aggregates.keep_revisions(rows))

    keep(second, first)
    keep(replace(first, sum_micros=9), ozone, replace(FULL, day=day(1)))

    with store.read() as unit:
        kept = unit.aggregates.day_revisions("paris", FIRST)
        other = unit.aggregates.day_revisions("lyon", FIRST)
    assert [ozone, first, second] == [one.statistic for one in kept]
    assert [] == other


def test_the_days_that_were_closed_before_are_told(store: SqlStore) -> None:
    """For the provider that has figures of them."""
    put(store, FULL, replace(FULL, day=day(2), pollutant=Pollutant.O3))
    asked = {DirtyDay("paris", "airparif", day(number)) for number in range(3)}
    others = {DirtyDay("paris", "sandbox", FIRST), DirtyDay("lyon", "airparif", FIRST)}

    with store.read() as unit:
        found = unit.aggregates.closed_days(asked | others)
        nothing = unit.aggregates.closed_days(set())

    assert {DirtyDay("paris", "airparif", day(number)) for number in (0, 2)} == found
    assert set() == nothing
