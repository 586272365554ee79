"""Says what an Open-Meteo answer that is not data means, and when to ask again."""

from datetime import datetime, timedelta

from airq_cron.domain.retry import retry_after
from airq_cron.errors import (
    MalformedError,
    PermanentLocationError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
    TransientError,
)
from airq_cron.providers.http import Answer
from airq_cron.providers.json_body import parse_json, printable
from airq_cron.providers.quota import in_trouble, jitter_s, window_end

# What the server's source says; no Retry-After goes with it.
WINDOWS = {
    "Minutely API request limit exceeded": "minute",
    "Hourly API request limit exceeded": "hour",
    "Daily API request limit exceeded": "day",
    "Monthly API request limit exceeded": "month",
    "Too many concurrent requests": "concurrency",
}
LOCATION_FAULTS = (
    "No data is available for this location",
    "Latitude must be in range",
    "Longitude must be in range",
)
LONGEST_REASON = 200


def refusal(answer: Answer, *, host: str, at: datetime, salt: str) -> ProviderError:
    """
    Return the error that *answer*, whose status is not 200, stands for.

    Args:
        host: for the message.
        at: when the answer came; decides when a quota window is over.
        salt: spreads installations over the seconds after a window's end.
    """
    reason = _reason(answer.body)
    said = f"{host}: HTTP {answer.status}" + (f": {reason}" if reason else "")
    if answer.status == 429:
        window = next((w for text, w in WINDOWS.items() if text in reason), "minute")
        retry_at = max(
            window_end(window, at) + timedelta(seconds=jitter_s(window, at, salt)),
            retry_after(answer.headers.get("retry-after", ""), at),
        )
        return QuotaError(said, retry_at=retry_at, window=window)
    if answer.status == 400 and any(text in reason for text in LOCATION_FAULTS):
        return PermanentLocationError(said)
    if answer.status == 400 and not reason:
        return MalformedError(f"{said}, not in JSON")
    if answer.status >= 500 or answer.status in {408, 425} or answer.status < 200:
        return in_trouble(answer, said, at)
    if answer.status >= 400:
        return PermanentProviderError(said)
    if answer.status >= 300:
        return TransientError(f"{said}, without a target")
    return MalformedError(said)


def _reason(body: bytes) -> str:
    """Return the reason in an error body, or nothing."""
    try:
        value = parse_json(body)
    except MalformedError:
        return ""
    reason = value.get("reason") if isinstance(value, dict) else None
    if not isinstance(reason, str):
        return ""
    return printable(reason, LONGEST_REASON)
