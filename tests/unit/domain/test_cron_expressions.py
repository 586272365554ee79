"""Which expressions are cron rules, and what they are as values."""

import pickle
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq_cron.domain.cron import ALIASES, CronRule
from airq_cron.errors import ScheduleError

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

PARIS = "Europe/Paris"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize("name", sorted(ALIASES))
def test_a_name_stands_for_its_fields(name: str) -> None:
    """It keeps its own text and fires as the fields do."""
    start = instant("2026-01-05T00:30Z")
    named = CronRule(name, PARIS)
    plain = CronRule(ALIASES[name], PARIS)
    assert name == named.expression
    assert list(islice(plain.after(start), 5)) == list(islice(named.after(start), 5))


def test_names_may_be_in_capitals() -> None:
    """`@Daily` and `MON` are read as people write them."""
    start = instant("2026-01-05T00:30Z")
    assert CronRule("@daily", PARIS).next_after(start) == CronRule(
        "@Daily", PARIS
    ).next_after(start)
    assert CronRule("0 9 * * mon", PARIS).next_after(start) == CronRule(
        "0 9 * * MON", PARIS
    ).next_after(start)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("0 0 31 2 *", "bad day-of-month"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("0 0 31 4,6 *", "bad day-of-month"),
        ("0 0 */31 * MON#5", "never fires"),
        ("* * * * * *", "has 6"),
        ("0 * * * * *", "has 6"),
        ("* * * *", "has 4"),
        ("", "has 0"),
        ("61 * * * *", "bad minute"),
        ("* 24 * * *", "bad hour"),
        ("* * * 13 *", "bad month"),
        ("* * * * 8", "bad day-of-week"),
        ("* * * * MON#6", "bad day-of-week"),
        ("*/0 * * * *", "bad minute"),
        ("5-1 * * * *", "bad minute"),
        ("@reboot", "none of @hourly"),
        ("@every 5m", "none of @hourly"),
        ("0," * 150 + "0 * * * *", "longer than 200"),
    ],
)
def test_what_cannot_fire_is_refused(expression: str, reason: str) -> None:
    """The refusal names the field and what is wrong with it."""
    with pytest.raises(ScheduleError, match=reason) as refusal:
        CronRule(expression, PARIS)
    assert "schedule" == refusal.value.field


def test_an_unknown_zone_is_refused() -> None:
    """A job must not silently run in UTC."""
    with pytest.raises(ScheduleError) as refusal:
        CronRule("* * * * *", "Europe/Pari")
    assert "timezone" == refusal.value.field


@settings(max_examples=300)
@given(
    st.text(max_size=40)
    | st.lists(
        st.text("0123456789*/,-#LW", min_size=1, max_size=5), min_size=5, max_size=5
    ).map(" ".join)
)
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    """Whatever people type, the only error is ours."""
    try:
        rule = CronRule(text, "UTC")
    except ScheduleError:
        return
    assert rule.next_after(instant("2026-01-01T00:00Z")) is not None


def test_a_rule_is_a_value() -> None:
    """Equal by text and zone, usable as a key, sent to other processes."""
    rule = CronRule(" */5  * * * * ", PARIS)
    assert "*/5 * * * *" == rule.expression
    assert CronRule("*/5 * * * *", PARIS) == rule
    assert CronRule("*/5 * * * *", "UTC") != rule
    assert 1 == len({rule, CronRule("*/5 * * * *", PARIS)})
    assert rule == pickle.loads(pickle.dumps(rule))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * *", MINUTE),
        ("*/7 * * * *", 4 * MINUTE),
        ("0 * * * *", HOUR),
        ("0,59 0,23 * * *", MINUTE),
        ("0 9 * * 1-5", timedelta(days=1)),
        ("0 2 * * 0", timedelta(days=7)),
        ("0 0 1 * *", timedelta(days=28)),
        ("0 0 13 * 5", timedelta(days=1)),
        ("59 23 31 12 *", timedelta(days=365)),
        ("0 0 29 2 *", timedelta(days=1461)),
        ("0 0 * 2 MON#5", None),
    ],
)
def test_the_shortest_gap_is_that_of_ordinary_days(
    expression: str, expected: timedelta | None
) -> None:
    """Clock changes do not shorten it."""
    if expected is None:
        expected = timedelta(days=365 * 28 + 7)
    assert expected == CronRule(expression, PARIS).shortest_gap()
