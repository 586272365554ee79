"""What is seen once is not believed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.persistence import LONGEST_PAUSE, Persistence

START = datetime(2026, 3, 1, tzinfo=UTC)
STEP = timedelta(seconds=20)


def believed(looks: int, seen: list[bool]) -> list[int | None]:
    """Return since which look each one is believed, or None."""
    persistence = Persistence()
    found = [
        persistence.note("redis", START + number * STEP, holds=holds, looks=looks)
        for number, holds in enumerate(seen)
    ]
    return [None if since is None else (since - START) // STEP for since in found]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([True], [None]),
        ([True, True, True], [None, 0, 0]),
        ([True, False, True, True], [None, None, None, 2]),
        ([False, False, True, True], [None, 0, None, 2]),
    ],
)
def test_two_looks_in_a_row_are_believed(
    seen: list[bool], expected: list[int | None]
) -> None:
    """From the first of them on; a single odd one is not."""
    assert expected == believed(2, seen)


@given(st.integers(1, 4), st.lists(st.booleans(), max_size=30))
def test_what_is_believed_was_seen_that_often(looks: int, seen: list[bool]) -> None:
    """No look between saw anything else, and the one before did."""
    for number, since in enumerate(believed(looks, seen)):
        if since is None:
            newest = seen[max(0, number - looks + 1) : number + 1]
            assert len(newest) < looks or len(set(newest)) == 2
        else:
            assert number - since + 1 >= looks
            assert {seen[number]} == set(seen[since : number + 1])
            assert since == 0 or seen[since - 1] is not seen[number]


def test_conditions_do_not_share_their_stretches() -> None:
    """Each is counted by itself."""
    persistence = Persistence()
    persistence.note("redis", START, holds=True, looks=2)

    assert persistence.note("paris", START + STEP, holds=True, looks=2) is None
    assert START == persistence.note("redis", START + STEP, holds=True, looks=2)


def test_what_was_not_looked_at_begins_anew() -> None:
    """Nobody knows what it was meanwhile."""
    persistence = Persistence()
    persistence.note("redis", START, holds=True, looks=2)
    persistence.note("paris", START, holds=True, looks=2)
    persistence.keep({"paris"})

    assert persistence.note("redis", START + STEP, holds=True, looks=2) is None
    assert START == persistence.note("paris", START + STEP, holds=True, looks=2)


def test_who_has_not_looked_for_long_begins_anew() -> None:
    """It may have been otherwise in between: nothing is believed of that."""
    persistence = Persistence()
    late = START + LONGEST_PAUSE
    assert persistence.note("redis", START, holds=True, looks=2) is None
    assert START == persistence.note("redis", late, holds=True, looks=2)
    later = late + LONGEST_PAUSE + STEP

    assert persistence.note("redis", later, holds=True, looks=2) is None
    assert later == persistence.note("redis", later + STEP, holds=True, looks=2)
