"""An upstream in trouble that says when it may be asked again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from airq_cron.errors import ProviderError, TransientError
from airq_cron.providers import iqair_refusal, open_meteo_refusal, openaq_refusal
from airq_cron.providers.http import Answer

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
Refusal = Callable[..., ProviderError | None]


@pytest.mark.parametrize(
    "refusal",
    [open_meteo_refusal.refusal, openaq_refusal.refusal, iqair_refusal.refusal],
)
@pytest.mark.parametrize(
    ("header", "expected_s"),
    [
        ("120", 120),
        ("Sun, 01 Mar 2026 12:10:00 GMT", 600),
        ("8000000", 6 * 3600),
        ("0", None),
        ("Sun, 01 Mar 2026 11:00:00 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_503_may_name_an_instant(
    refusal: Refusal, header: str, expected_s: int | None
) -> None:
    """In seconds or as a date; never for longer than six hours, never past."""
    answer = Answer(503, {"retry-after": header}, b"")
    error = refusal(answer, host="upstream", at=AT, salt="")

    assert isinstance(error, TransientError)
    expected = None if expected_s is None else AT + timedelta(seconds=expected_s)
    assert expected == error.retry_at
