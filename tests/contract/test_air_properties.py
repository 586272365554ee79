"""What holds for every sequence of batches, on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airq_cron.domain.measurement import Measurement
from airq_cron.domain.period import floor_hour
from airq_cron.domain.pollutant import Pollutant
from airq_cron.ports import DirtyHour
from airq_cron.store.store import SqlStore
from tests.air_rows import add_place, row, stored, take_dirty, upsert

QUIET = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NUMBERS = count()
HOURS = st.sampled_from([0, 0.5, 1, 2])
ROWS = st.builds(
    row,
    hour=HOURS,
    micros=st.integers(1, 3),
    learnt=st.integers(0, 4),
    pollutant=st.sampled_from([Pollutant.O3, Pollutant.NO2]),
)
BATCHES = st.lists(st.lists(ROWS, max_size=8), max_size=6)


def new_place(store: SqlStore) -> str:
    """Add a place that no other example uses."""
    name = f"place-{next(NUMBERS)}"
    add_place(store, name)
    return name


def at(location: str, rows: Sequence[Measurement]) -> list[Measurement]:
    """Return the rows as if they were measured there."""
    return [replace(one, location=location) for one in rows]


@QUIET
@given(batches=BATCHES)
def test_counts_add_up_and_a_repetition_is_unchanged(
    store: SqlStore, batches: list[list[Measurement]]
) -> None:
    """Every row offered is counted once; the same batch again changes nothing."""
    where = new_place(store)
    for rows in batches:
        found = upsert(store, *at(where, rows))
        assert len(rows) == found.stored + found.revised + found.unchanged
        before = stored(store, where)
        take_dirty(store)

        again = upsert(store, *at(where, rows))

        assert (0, 0, len(rows)) == (again.stored, again.revised, again.unchanged)
        assert before == stored(store, where)
        assert [] == take_dirty(store)


@QUIET
@given(batches=BATCHES)
def test_an_hour_is_dirty_exactly_when_it_changed(
    store: SqlStore, batches: list[list[Measurement]]
) -> None:
    """Marks follow the values, not the times at which they were learnt."""
    where = new_place(store)
    for rows in batches:
        before = content(stored(store, where))
        found = upsert(store, *at(where, rows))
        changed = content(stored(store, where)) ^ before

        assert {floor_hour(one[0]) for one in changed} == {
            mark.hour for mark in take_dirty(store)
        }
        assert bool(changed) == bool(found.stored + found.revised)


def content(rows: Sequence[Measurement]) -> set[tuple[datetime, Pollutant, int]]:
    """Return what of rows goes into the aggregates."""
    return {(one.valid_from, one.pollutant, one.micros) for one in rows}


@QUIET
@given(
    rows=st.lists(
        st.builds(
            row,
            hour=HOURS,
            micros=st.integers(1, 3),
            learnt=st.integers(0, 9),
        ),
        unique_by=lambda one: (one.valid_from, one.fetched_at),
    ),
    data=st.data(),
)
def test_the_order_of_arrival_does_not_matter(
    store: SqlStore, rows: list[Measurement], data: st.DataObject
) -> None:
    """What was learnt last stands in the end, in whatever order it came."""
    shuffled = data.draw(st.permutations(rows))
    one, other = new_place(store), new_place(store)
    for each in rows:
        upsert(store, *at(one, [each]))
    for each in shuffled:
        upsert(store, *at(other, [each]))
    newest = {
        each.valid_from: each for each in sorted(rows, key=lambda r: r.fetched_at)
    }

    expected = [newest[instant] for instant in sorted(newest)]
    assert at(one, expected) == stored(store, one)
    assert at(other, expected) == stored(store, other)


@QUIET
@given(batches=BATCHES)
def test_a_series_spans_what_is_stored(
    store: SqlStore, batches: list[list[Measurement]]
) -> None:
    """Its first and last hour are those of its rows, without reading them."""
    where = new_place(store)
    for rows in batches:
        upsert(store, *at(where, rows))
    spans: dict[Pollutant, list[Measurement]] = {}
    for each in stored(store, where):
        spans.setdefault(each.pollutant, []).append(each)
    with store.read() as unit:
        found = unit.measurements.series(where)

    assert {
        pollutant: (each[0].valid_from, each[-1].valid_from)
        for pollutant, each in spans.items()
    } == {one.pollutant: (one.first_at, one.last_at) for one in found}


@QUIET
@given(
    hours=st.lists(st.integers(0, 30), unique=True),
    limit=st.integers(1, 8),
)
def test_marks_are_taken_once_and_oldest_first(
    store: SqlStore, hours: list[int], limit: int
) -> None:
    """Batches of any size give all marks in order, each once."""
    where = new_place(store)
    upsert(store, *at(where, [row(hour) for hour in hours]))
    taken: list[DirtyHour] = []
    while batch := take_dirty(store, limit):
        assert len(batch) <= limit
        taken += batch

    assert sorted(row(hour).valid_from for hour in hours) == [
        mark.hour for mark in taken
    ]
