"""What a refusal of Open-Meteo means, by status and body, and how long to wait."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.errors import (
    MalformedError,
    PermanentLocationError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.providers.http import Answer
from airq_cron.providers.open_meteo_refusal import refusal
from airq_cron.providers.quota import window_end

AT = datetime(2026, 10, 8, 14, 25, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def judge(
    status: int, body: str | bytes = b"", *, salt: str = "", **headers: str
) -> ProviderError:
    """Return the error that an answer at AT stands for."""
    plain = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return refusal(Answer(status, named, plain), host="om.example", at=AT, salt=salt)


def said(reason: str) -> str:
    """Return the body in which the server gives *reason*."""
    return json.dumps({"error": True, "reason": reason})


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> list[dict[str, Any]]:
    """Give the recorded refusals."""
    text = (shared_data / "open-meteo/errors.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["cases"]
    return [case for case in found if case["status"] != 200]


def test_recorded_refusals_have_their_class(cases: list[dict[str, Any]]) -> None:
    """Each body that was recorded is judged as the table says."""
    judged = [
        (type(error), getattr(error, "window", None))
        for error in (judge(case["status"], case["body_text"]) for case in cases)
    ]

    assert [
        (QuotaError, "minute"),
        (QuotaError, "hour"),
        (QuotaError, "day"),
        (QuotaError, "concurrency"),
        (TransientError, None),
        (PermanentProviderError, None),
        (PermanentLocationError, None),
        (PermanentProviderError, None),
        (PermanentLocationError, None),
        (TransientError, None),
    ] == judged


def test_message_quotes_the_server(cases: list[dict[str, Any]]) -> None:
    """A person reads who said what."""
    error = judge(429, cases[0]["body_text"])

    assert (
        "om.example: HTTP 429: Minutely API request limit exceeded. "
        "Please try again in one minute."
    ) == str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, MalformedError),
        (206, MalformedError),
        (302, TransientError),
        (304, TransientError),
        (401, PermanentProviderError),
        (403, PermanentProviderError),
        (404, PermanentProviderError),
        (405, PermanentProviderError),
        (408, TransientError),
        (410, PermanentProviderError),
        (414, PermanentProviderError),
        (425, TransientError),
        (429, QuotaError),
        (500, TransientError),
        (502, TransientError),
        (503, TransientError),
        (599, TransientError),
    ],
)
@pytest.mark.parametrize("body", ["", "<html>", said("No.")])
def test_status_decides_where_the_body_does_not(
    status: int, kind: type[ProviderError], body: str
) -> None:
    """Whatever the body holds, the status has one meaning."""
    assert kind is type(judge(status, body))


@pytest.mark.parametrize("body", ["", "<html>Bad Request</html>", "[]", "{}", "nan"])
def test_bad_request_that_is_not_the_servers_is_malformed(body: str) -> None:
    """A proxy's page must not disable the provider."""
    assert MalformedError is type(judge(400, body))


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("Latitude must be in range of -90 to 90\u00b0. Given: 99.", "location"),
        ("Longitude must be in range of -180 to 180\u00b0. Given: 999.0.", "location"),
        ("No data is available for this location", "location"),
        ("Past days is invalid. Allowed range 0 to 92. Given 93.", "provider"),
    ],
)
def test_bad_request_is_permanent(reason: str, kind: str) -> None:
    """The place is at fault, or our way of asking; neither gets better."""
    assert f"permanent_{kind}" == judge(400, said(reason)).outcome


@pytest.mark.parametrize(
    ("window", "earliest", "spread"),
    [
        ("minute", AT + MINUTE, 10),
        ("hour", datetime(2026, 10, 8, 15, 1, tzinfo=UTC), 30),
        ("day", datetime(2026, 10, 9, 0, 1, tzinfo=UTC), 30),
        ("month", datetime(2026, 11, 1, 0, 1, tzinfo=UTC), 30),
        ("concurrency", AT + timedelta(seconds=5), 10),
    ],
)
def test_wait_follows_from_the_window(
    window: str, earliest: datetime, spread: int
) -> None:
    """The window that the body names ends on a fixed clock; then some seconds."""
    reason = {
        "minute": "Minutely API request limit exceeded. Please try again in one min",
        "hour": "Hourly API request limit exceeded. Please try again in the next ho",
        "day": "Daily API request limit exceeded. Please try again tomorrow.",
        "month": "Monthly API request limit exceeded.",
        "concurrency": "Too many concurrent requests",
    }[window]

    errors = [judge(429, said(reason), salt=f"host {n}") for n in range(40)]

    waits = {
        error.retry_at - earliest for error in errors if isinstance(error, QuotaError)
    }
    assert timedelta() <= min(waits)
    assert max(waits) < timedelta(seconds=spread)
    assert len(waits) > spread // 3


def test_wait_is_the_same_for_the_same_question() -> None:
    """The jitter is computed, so that two processes of one host agree."""
    body = said("Hourly API request limit exceeded.")

    first, second = judge(429, body, salt="a"), judge(429, body, salt="a")

    assert vars(first)["retry_at"] == vars(second)["retry_at"]


def test_unknown_quota_waits_a_minute() -> None:
    """A 429 without a reason is taken for the shortest quota."""
    error = judge(429, "<html>slow down</html>")

    assert isinstance(error, QuotaError)
    assert "minute" == error.window
    assert MINUTE <= error.retry_at - AT < MINUTE * 2


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7200", AT + timedelta(hours=2)),
        ("Thu, 08 Oct 2026 18:00:00 GMT", datetime(2026, 10, 8, 18, tzinfo=UTC)),
        ("Thu, 08 Oct 2026 18:00:00 -0000", datetime(2026, 10, 8, 18, tzinfo=UTC)),
        ("9999999", AT + timedelta(days=31)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", AT + timedelta(days=31)),
    ],
)
def test_retry_after_is_respected(header: str, expected: datetime) -> None:
    """A later Retry-After wins over the window, within a month."""
    error = judge(429, said("Too many concurrent requests"), retry_after=header)

    assert isinstance(error, QuotaError)
    assert expected == error.retry_at


@given(header=st.text(max_size=40))
def test_any_retry_after_can_be_read(header: str) -> None:
    """An odd header changes nothing."""
    error = judge(429, said("Too many concurrent requests"), retry_after=header)

    assert isinstance(error, QuotaError)
    assert AT < error.retry_at <= AT + timedelta(days=31)


@given(status=st.integers(100, 599), body=st.binary(max_size=60))
def test_any_refusal_is_an_outcome(status: int, body: bytes) -> None:
    """Every status with any body is one of the classes."""
    assert judge(status, body).outcome in {
        "malformed",
        "permanent_location",
        "permanent_provider",
        "quota",
        "transient",
    }


def test_reason_is_bounded_and_printable() -> None:
    """A long reason, or half a character, does not break the message."""
    message = str(judge(500, '{"reason": "\\ud800' + "x" * 10_000 + '"}'))

    assert message.encode()
    assert len(message) < 260


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 31, 5, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2028, 2, 29, 5, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_month_ends_on_its_first(at: datetime, expected: datetime) -> None:
    """The month's window is over on the first of the next, at any length."""
    assert expected + MINUTE == window_end("month", at)
