"""Below its bounds no air raises anything, so nobody needs to judge it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.alert import least_micros, parse_rules, reached
from airq_cron.domain.hourly import aggregate_hours
from airq_cron.domain.pollutant import MICRO, Pollutant, Unit
from tests.unit.air import Air

DAWN = datetime(2026, 3, 1, tzinfo=UTC)
RULES = ["eaqi-2024:2", "eaqi-2024:5", "us-epa-2024:51", "us-epa-2024:101"]
SHARES = st.lists(st.floats(0, 0.999), min_size=1, max_size=30)
UNITS = st.sampled_from([Unit.UG_M3, Unit.MG_M3, Unit.PPB, Unit.PPM])


@given(
    st.sampled_from(RULES),
    st.dictionaries(st.sampled_from(Pollutant), st.tuples(UNITS, SHARES), min_size=1),
)
def test_what_is_below_reaches_nothing(
    text: str, found: dict[Pollutant, tuple[Unit, list[float]]]
):
    """Whatever is averaged, and in whatever unit it is."""
    (rule,) = parse_rules(text)
    bounds = least_micros([rule])
    air = {}
    for pollutant, (unit, shares) in found.items():
        bound = bounds.get((pollutant, unit), 1000 * MICRO)
        rows = [
            replace(row, unit=unit, micros=max(0, int(bound * share) - 1))
            for share, row in zip(
                shares,
                Air(pollutant=pollutant).rows(DAWN, [0.0] * len(shares)),
                strict=True,
            )
        ]
        air[pollutant] = aggregate_hours(rows)

    assert reached(air, rule) == {}


@pytest.mark.parametrize("text", RULES)
def test_a_long_stretch_at_a_bound_reaches_something(text: str):
    """So the bounds are no higher than they may be."""
    (rule,) = parse_rules(text)
    bounds = least_micros([rule])
    reaching = {
        pollutant
        for (pollutant, unit), bound in bounds.items()
        if unit is Unit.UG_M3
        for rows in [Air(pollutant=pollutant).rows(DAWN, [(bound + 1) / MICRO] * 30)]
        if reached({pollutant: aggregate_hours(rows)}, rule)
    }

    assert {Pollutant.PM2_5, Pollutant.PM10} <= reaching


def test_several_rules_have_the_lowest_bound_of_each():
    """Who judges by two schemes must not miss what one of them says."""
    one, other = parse_rules("eaqi-2024:2,us-epa-2024:101")

    both = least_micros([one, other])

    alone = [least_micros([rule]) for rule in (one, other)]
    assert set(both) == {key for found in alone for key in found}
    assert all(
        bound == min(found[key] for found in alone if key in found)
        for key, bound in both.items()
    )


def test_no_rules_have_no_bounds():
    """Nothing is then looked for."""
    assert least_micros([]) == {}
