"""How far a station is."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.source import EARTH_M, distance_m

PARIS = (Decimal("48.8566"), Decimal("2.3522"))
LONDON = (Decimal("51.5074"), Decimal("-0.1278"))
points = st.tuples(
    st.decimals(-90, 90, places=5), st.decimals(-180, 180, places=5)
)  # fmt: skip


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (PARIS, 0),
        (LONDON, 343_556),
        ((Decimal("48.8566"), Decimal("2.3622")), 732),
        ((Decimal("-48.8566"), Decimal("-177.6478")), 20_015_087),
    ],
)
def test_known_distances_come_out(
    there: tuple[Decimal, Decimal], expected: int
) -> None:
    """Next door, abroad, and at the antipodes."""
    assert expected == distance_m(PARIS, there)


def test_the_date_line_is_no_obstacle() -> None:
    """Fiji lies on both sides of it."""
    west, east = (Decimal(-17), Decimal("179.99")), (Decimal(-17), Decimal("-179.99"))

    assert distance_m(west, east) < 2200


@given(points, points)
def test_a_distance_is_the_same_both_ways(
    one: tuple[Decimal, Decimal], other: tuple[Decimal, Decimal]
) -> None:
    """And never more than half around the earth."""
    there, back = distance_m(one, other), distance_m(other, one)

    assert there == back
    assert 0 <= there <= 3.1416 * EARTH_M
