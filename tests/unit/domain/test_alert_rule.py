"""Rules of alerts: what people may set, and what holds."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from airq_cron.domain.alert_rule import (
    DEFAULTS,
    LONGEST_NOTE,
    check_rule,
    in_force,
)
from airq_cron.domain.flip import FlipKind
from airq_cron.domain.severity import Severity
from airq_cron.errors import InvalidError

RULE = DEFAULTS[FlipKind.STALE_DATA]


def test_the_rules_by_default_are_ones_that_people_may_set() -> None:
    """Otherwise nobody could change another field."""
    assert list(DEFAULTS.values()) == [check_rule(rule) for rule in DEFAULTS.values()]


def test_severities_are_in_order() -> None:
    """The most urgent first; each is as urgent as itself."""
    for more, less in pairwise(Severity):
        assert more.at_least(less)
        assert more.at_least(more)
        assert not less.at_least(more)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("threshold", 0.5, "threshold"),
        ("open_after", 0, "open_after"),
        ("close_after", 101, "close_after"),
        ("cool_down", timedelta(seconds=-1), "cool_down_s"),
        ("repeat_every", timedelta(seconds=59), "repeat_every_s"),
        ("repeat_every", timedelta(days=31), "repeat_every_s"),
        ("note", "x" * (LONGEST_NOTE + 1), "note"),
    ],
)
def test_what_is_out_of_bounds_is_named(field: str, value: Any, named: str) -> None:
    """By the name that people typed."""
    with pytest.raises(InvalidError) as caught:
        check_rule(replace(RULE, **{field: value}))

    assert named == caught.value.field


def test_what_people_changed_holds() -> None:
    """Of kinds that this version knows; the others are as by default."""
    changed = replace(RULE, severity=Severity.LOW)
    found = in_force({RULE.kind: RULE}, [changed])

    assert {RULE.kind: changed} == found
    assert {RULE.kind: RULE} == in_force({RULE.kind: RULE}, [])
    assert {} == in_force({}, [changed])


def test_a_condition_without_a_figure_has_no_threshold() -> None:
    """And one that has a figure needs one that is a number."""
    lost = DEFAULTS[FlipKind.BROKER_LOST]
    for rule in (replace(lost, threshold=1.0), replace(RULE, threshold=None)):
        with pytest.raises(InvalidError, match="threshold"):
            check_rule(rule)
    with pytest.raises(InvalidError, match="threshold"):
        check_rule(replace(RULE, threshold=float("nan")))


def test_a_condition_that_is_sure_is_not_counted() -> None:
    """Judgements of it in a row would change nothing."""
    with pytest.raises(InvalidError, match="open_after"):
        check_rule(replace(DEFAULTS[FlipKind.BREAKER_OPEN], open_after=2))
