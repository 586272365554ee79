"""What a batch of measurements means for what is stored."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.measurement import Measurement, Origin, Quality
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.store.comparison import Key, Stored, collapse, compare
from tests.air_rows import row

ROWS = st.builds(
    row,
    hour=st.integers(0, 3),
    micros=st.integers(1, 3),
    learnt=st.integers(0, 3),
    pollutant=st.sampled_from([Pollutant.O3, Pollutant.NO2]),
)


def held(*rows: Measurement) -> dict[Key, Stored]:
    """Return what the database gives for these rows."""
    return {
        (one.valid_from, one.pollutant.value): (
            one.micros,
            one.unit.value,
            one.origin.value,
            int(one.quality),
            one.fetched_at,
        )
        for one in rows
    }


def test_an_unknown_hour_is_new() -> None:
    """Nothing stored means new."""
    assert [row()] == compare(collapse([row()]), {}).new


def test_the_same_row_is_nothing() -> None:
    """What is stored already needs no writing."""
    found = compare(collapse([row()]), held(row()))

    assert ([], [], []) == (found.new, found.revised, found.confirmed)


def test_each_part_of_the_content_is_a_revision() -> None:
    """Value, unit, origin and quality count; the time of learning does not."""
    changes: list[Measurement] = [
        row(micros=1),
        replace(row(), unit=Unit.PPB),
        replace(row(), origin=Origin.MODELLED),
        replace(row(), quality=Quality.ROUNDED),
    ]

    for changed in changes:
        assert [changed] == compare(collapse([changed]), held(row())).revised


def test_an_equal_value_learnt_later_is_confirmed() -> None:
    """Only its fetched_at is to be written."""
    later = row(learnt=1)

    found = compare(collapse([later]), held(row()))

    assert ([], [later]) == (found.revised, found.confirmed)


def test_a_row_learnt_earlier_is_left_out() -> None:
    """Neither its value nor its time replaces what is stored."""
    found = compare(collapse([row(micros=1)]), held(row(learnt=1)))

    assert ([], [], []) == (found.new, found.revised, found.confirmed)


def test_the_last_row_of_an_hour_counts() -> None:
    """Of equals in time the last wins; one learnt earlier never does."""
    rows = [row(micros=1), row(micros=2), row(micros=3, learnt=-1)]

    assert [2] == [one.micros for one in collapse(rows).values()]


@given(st.lists(ROWS, max_size=20), st.lists(ROWS, max_size=20))
def test_the_kinds_share_no_row(
    offered: list[Measurement], known: list[Measurement]
) -> None:
    """A row is new, revised, confirmed or none of them, and at most once."""
    found = compare(collapse(offered), held(*collapse(known).values()))
    keys = [
        (one.valid_from, one.pollutant)
        for one in (*found.new, *found.revised, *found.confirmed)
    ]

    assert len(keys) == len(set(keys))
    assert set(keys) <= {(one.valid_from, one.pollutant) for one in offered}
