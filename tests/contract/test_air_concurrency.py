"""Writers and aggregators of the air meet on PostgreSQL, and nothing is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest

from airq_cron.errors import NotFoundError
from airq_cron.ports import DirtyHour, Unit, UpsertCount
from airq_cron.services.manage_locations import change_location
from airq_cron.store import air_tables
from tests.air_rows import (
    DAWN,
    HOUR,
    add_place,
    dirty,
    figures,
    read_column,
    row,
    stored,
    take_dirty,
    upsert,
)
from tests.conftest import WaitUntil
from tests.databases import Database
from tests.stage import Stage

T = TypeVar("T")
pytestmark = pytest.mark.postgres


@pytest.fixture
def stage(postgres_database: Database, wait_until: WaitUntil) -> Iterator[Stage]:
    """Give a stage, closed when the test ends."""
    made = Stage(postgres_database, wait_until)
    add_place(made.first)
    yield made
    made.close()


def take_and_read(unit: Unit) -> tuple[list[DirtyHour], list[int]]:
    """Do what an aggregator does first."""
    marks = unit.aggregates.take_dirty_hours(9)
    rows = unit.measurements.hours("paris", "airparif", DAWN, DAWN + 9 * HOUR)
    return marks, [one.micros for one in rows]


def offer(*micros: int, learnt: int = 0) -> Callable[[Unit], UpsertCount]:
    """Return work that stores a value for each of the hours after dawn."""
    rows = [row(hour, micros=one, learnt=learnt) for hour, one in enumerate(micros)]
    return lambda unit: unit.measurements.upsert(rows)


def test_an_aggregator_waits_for_a_writer_of_a_dirty_hour(stage: Stage) -> None:
    """It takes the mark that stood already together with the uncommitted value."""
    upsert(stage.first, row(micros=1))
    writer = stage.hold(offer(2, learnt=1))
    aggregator = stage.meet(take_and_read)
    stage.commit()

    assert UpsertCount(revised=1) == writer.result()
    assert (dirty(0), [2]) == aggregator.result()
    assert [] == take_dirty(stage.first)


def test_an_uncommitted_new_mark_is_left_for_later(stage: Stage) -> None:
    """The aggregator sees neither mark nor value, and misses neither."""
    stage.hold(offer(1))

    assert ([], []) == stage.second.write(take_and_read)
    stage.commit()
    stage.close()

    assert (dirty(0), [1]) == stage.second.write(take_and_read)


def test_a_writer_marks_again_what_is_being_aggregated(stage: Stage) -> None:
    """A value that came too late for the figures is dirty after them."""
    upsert(stage.first, row(micros=1))
    aggregator = stage.hold(take_and_read)
    writer = stage.meet(offer(2, learnt=1))
    stage.commit()

    assert (dirty(0), [1]) == aggregator.result()
    assert UpsertCount(revised=1) == writer.result()
    assert (dirty(0), [2]) == stage.first.write(take_and_read)


def test_two_aggregators_share_no_hour(stage: Stage) -> None:
    """The second waits, and then takes the next ones, not the same and not fewer."""
    upsert(stage.first, *[row(hour) for hour in range(5)])
    first = stage.hold(lambda unit: unit.aggregates.take_dirty_hours(2))
    second = stage.meet(lambda unit: unit.aggregates.take_dirty_hours(2))
    stage.commit()

    assert (dirty(0, 1), dirty(2, 3)) == (first.result(), second.result())


def test_writers_of_the_same_hours_count_exactly(stage: Stage) -> None:
    """The second compares with what the first has stored."""
    first = stage.hold(offer(1, 2))
    second = stage.meet(offer(1, 3, 4, learnt=1))
    stage.commit()

    assert UpsertCount(stored=2) == first.result()
    assert UpsertCount(stored=1, revised=1, unchanged=1) == second.result()
    assert [1, 3, 4] == [one.micros for one in stored(stage.first)]
    assert [0, 1, 0] == read_column(stage.first, air_tables.measurements, "revisions")
    assert dirty(0, 1, 2) == take_dirty(stage.first)


def test_a_writer_that_asked_earlier_loses_to_an_uncommitted_one(stage: Stage) -> None:
    """It waits, sees the later fetch, and changes nothing."""
    upsert(stage.first, row(micros=1))
    take_dirty(stage.first)
    stage.hold(offer(2, learnt=5))
    earlier = stage.meet(offer(3, learnt=4))
    stage.commit()

    assert UpsertCount(unchanged=1) == earlier.result()
    assert [2] == [one.micros for one in stored(stage.first)]


def test_a_writer_that_only_thinks_it_confirms_marks_its_change(stage: Stage) -> None:
    """What was equal when it began has been revised meanwhile: it revises back."""
    upsert(stage.first, row(micros=1))
    stage.hold(offer(2, learnt=1))
    confirming = stage.meet(offer(1, learnt=2))
    stage.commit()

    assert UpsertCount(revised=1) == confirming.result()
    assert (dirty(0), [1]) == stage.first.write(take_and_read)


def test_a_fetch_of_a_place_that_is_being_removed_leaves_nothing(stage: Stage) -> None:
    """The writer waits for the removal and then finds no place."""
    upsert(stage.first, row(0))
    stage.hold(lambda unit: unit.locations.remove("paris"))
    late = stage.meet(offer(1))
    stage.commit()

    with pytest.raises(NotFoundError):
        late.result()
    assert [] == read_column(stage.first, air_tables.measurements, "micros")
    assert [] == read_column(stage.first, air_tables.dirty_hours, "hour")


def test_a_removal_waits_for_an_uncommitted_writer(stage: Stage) -> None:
    """It then removes what the writer has just stored."""
    stage.hold(offer(1))
    removal = stage.meet(lambda unit: unit.locations.remove("paris"))
    stage.commit()

    removal.result()
    assert [] == read_column(stage.first, air_tables.measurements, "micros")
    assert [] == read_column(stage.first, air_tables.dirty_hours, "hour")


def test_a_removal_waits_for_figures_in_the_making(stage: Stage) -> None:
    """An aggregator that took a mark leaves no figures of a removed place."""
    upsert(stage.first, row(0))

    def aggregate(unit: Unit) -> None:
        unit.aggregates.take_dirty_hours(9)
        unit.aggregates.put_hours([figures(0)])

    stage.hold(aggregate)
    removal = stage.meet(lambda unit: unit.locations.remove("paris"))
    stage.commit()

    removal.result()
    assert [] == read_column(stage.first, air_tables.hours, "hour")


def test_two_changes_of_one_place_are_both_kept(stage: Stage) -> None:
    """A person renames it while an import puts its provider first."""
    stage.hold(
        lambda unit: unit.locations.save(
            replace(unit.locations.lock("paris"), providers=("airparif", "open-meteo"))
        )
    )
    renamed = stage.meet_by(
        lambda store: change_location(
            store, "paris", {"name": "Paname"}, providers=["open-meteo"], by="cli:me"
        )
    )
    stage.commit()

    assert ("Paname", ("airparif", "open-meteo")) == (
        renamed.result().name,
        renamed.result().providers,
    )
