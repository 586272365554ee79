"""What people are told of an alert: each thing once, nothing in a silence."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.alert_rule import DEFAULTS, AlertRule
from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.notice import Notice, NoticeKind, due_notices
from airq_cron.domain.severity import Severity
from tests.flips import FLIP

HOUR = timedelta(hours=1)
AT = FLIP.raised_at
RULE = AlertRule(FLIP.kind, Severity.HIGH, repeat_every=4 * HOUR)
RAISED = Notice(NoticeKind.RAISED, AT)
CLEARED = replace(FLIP, cleared_at=AT + 6 * HOUR, ended_at=AT + 5 * HOUR)
RESOLVED = Notice(NoticeKind.RESOLVED, AT + 6 * HOUR)


def repeated(hours: int) -> Notice:
    return Notice(NoticeKind.REPEATED, AT + hours * HOUR)


@pytest.mark.parametrize(
    ("flip", "sent", "hours", "expected"),
    [
        (FLIP, [], 0, [RAISED]),
        (FLIP, [RAISED], 3, []),
        (FLIP, [RAISED], 4, [repeated(4)]),
        (FLIP, [RAISED, repeated(4)], 7, []),
        (FLIP, [RAISED, repeated(4)], 13, [repeated(12)]),
        (CLEARED, [RAISED], 6, [RESOLVED]),
        (CLEARED, [RAISED, RESOLVED], 9, []),
        (CLEARED, [], 6, []),
    ],
)
def test_each_thing_is_told_once(
    flip: Flip, sent: list[Notice], hours: int, expected: list[Notice]
) -> None:
    """Raised, the newest repetition, and an end of what was told."""
    assert expected == due_notices(flip, RULE, sent, AT + hours * HOUR)


def test_who_acknowledges_is_not_told_again() -> None:
    """But of the end."""
    flip = replace(FLIP, acknowledged_at=AT + HOUR)
    over = replace(CLEARED, acknowledged_at=AT + HOUR)

    assert [] == due_notices(flip, RULE, [RAISED], AT + 5 * HOUR)
    assert [RESOLVED] == due_notices(over, RULE, [RAISED], AT + 6 * HOUR)


def test_a_silence_holds_back_and_loses_nothing_that_stays_true() -> None:
    """What came and went within it is never told."""
    silent = replace(FLIP, silenced_until=AT + 8 * HOUR)
    over = replace(CLEARED, silenced_until=AT + 8 * HOUR)

    assert [] == due_notices(silent, RULE, [], AT + 7 * HOUR)
    assert [RAISED] == due_notices(silent, RULE, [], AT + 8 * HOUR)
    assert [] == due_notices(over, RULE, [RAISED], AT + 7 * HOUR)
    assert [RESOLVED] == due_notices(over, RULE, [RAISED], AT + 9 * HOUR)
    assert [] == due_notices(over, RULE, [], AT + 9 * HOUR)


def test_a_repetition_that_fell_into_a_silence_is_not_made_up_for() -> None:
    """The next one is told."""
    silent = replace(FLIP, silenced_until=AT + 5 * HOUR)

    assert [] == due_notices(silent, RULE, [RAISED], AT + 6 * HOUR)
    assert [repeated(8)] == due_notices(silent, RULE, [RAISED], AT + 8 * HOUR)


def test_a_rule_that_is_switched_off_ends_what_was_told() -> None:
    """And begins nothing."""
    off = replace(RULE, enabled=False)

    assert [] == due_notices(FLIP, off, [], AT)
    assert [] == due_notices(FLIP, off, [RAISED], AT + 5 * HOUR)
    assert [RESOLVED] == due_notices(CLEARED, off, [RAISED], AT + 6 * HOUR)


def told(flip: Flip, rule: AlertRule, moments: list[datetime]) -> list[Notice]:
    sent: list[Notice] = []
    for at in moments:
        seen = flip
        if flip.cleared_at is not None and at < flip.cleared_at:
            seen = replace(flip, cleared_at=None, ended_at=None)
        sent += due_notices(seen, rule, sent, at)
    return sent


@given(
    st.lists(st.integers(0, 40), max_size=60).map(sorted),
    st.none() | st.integers(1, 40),
    st.none() | st.integers(0, 40),
    st.none() | st.integers(1, 9),
)
def test_told_in_order_once_and_never_in_a_silence(
    hours: list[int], cleared: int | None, silent: int | None, every: int | None
) -> None:
    """Whenever anybody looks: begin, repetitions, end."""
    flip = replace(
        FLIP,
        cleared_at=None if cleared is None else AT + cleared * HOUR,
        silenced_until=None if silent is None else AT + silent * HOUR,
    )
    rule = replace(RULE, repeat_every=None if every is None else every * HOUR)
    moments = [AT + hour * HOUR for hour in hours]
    sent = told(flip, rule, moments)

    assert len(sent) == len(set(sent))
    assert [one.at for one in sent] == sorted(one.at for one in sent)
    assert [NoticeKind.RAISED] == [one.kind for one in sent[:1]] or not sent
    ends = [one for one in sent if one.kind is NoticeKind.RESOLVED]
    assert ends in ([], sent[-1:])
    if flip.silenced_until is not None:
        assert [] == told(flip, rule, [at for at in moments if flip.is_silent(at)])


def test_every_kind_has_a_rule() -> None:
    """An alert without one could not be told."""
    assert set(FlipKind) == set(DEFAULTS)
    assert {rule.kind: rule for rule in DEFAULTS.values()} == DEFAULTS
