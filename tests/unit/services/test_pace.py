"""When a provider may be asked again."""

from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.errors import (
    MalformedError,
    PermanentLocationError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.ports import FetchState
from airq_cron.services.pace import has_news, hold_until

AT = datetime(2026, 10, 3, 13, 34, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def state(
    outcome: str = "ok", asked: timedelta = MINUTE, **more: datetime
) -> FetchState:
    """Return what a question some time ago came to."""
    return FetchState("iqair", "paris", AT - asked, outcome, "", **more)


@pytest.mark.parametrize(
    ("asked", "step", "expected"),
    [
        (34 * MINUTE, HOUR, False),
        (35 * MINUTE, HOUR, True),
        (35 * MINUTE, 2 * HOUR, False),
        (35 * MINUTE, 3 * HOUR, False),
        (154 * MINUTE, 2 * HOUR, True),
    ],
)
def test_news_come_with_the_next_step_of_the_clock(
    asked: timedelta, step: timedelta, *, expected: bool
) -> None:
    """Not a step after the last question, which would drift."""
    assert expected == has_news(state(asked=asked), step, AT)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("ok", False),
        ("unchanged", False),
        ("permanent_location", False),
        ("transient", True),
        ("malformed", True),
        ("quota", True),
    ],
)
def test_only_an_answer_waits(outcome: str, *, expected: bool) -> None:
    """After an error the next minute may ask again."""
    assert expected == has_news(state(outcome), HOUR, AT)
    assert has_news(None, HOUR, AT)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (QuotaError("x", retry_at=AT + 7 * HOUR, window="day"), AT + 7 * HOUR),
        (PermanentProviderError("x"), AT + HOUR),
        (PermanentLocationError("x"), None),
        (TransientError("x"), None),
        (MalformedError("x"), None),
    ],
)
def test_a_refusal_says_how_long(
    error: ProviderError, expected: datetime | None
) -> None:
    """A quota until it is open again, a refused key for an hour."""
    assert expected == hold_until(error, AT)
