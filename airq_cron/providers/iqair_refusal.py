"""Says what an IQAir answer that is not data means, and when to ask again."""

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
from airq_cron.providers.iqair_body import message_of
from airq_cron.providers.quota import in_trouble, jitter_s, window_end

# The status of HTTP does not tell these apart, and is 200 for some.
WINDOWS = {
    "call_limit_reached": "minute",
    "too_many_requests": "minute",
    "call_per_minute_limit_reached": "minute",
    "call_per_day_limit_reached": "day",
    "call_per_month_limit_reached": "month",
}
KEY_FAULTS = frozenset(
    {
        "api_key_expired",
        "incorrect_api_key",
        "forbidden",
        "permission_denied",
        "payment_required",
        "feature_not_available",
        "unknown_key",
    }
)
PLACE_FAULTS = frozenset({"city_not_found", "no_nearest_station", "node_not_found"})


def refusal(
    answer: Answer, *, host: str, at: datetime, salt: str
) -> ProviderError | None:
    """
    Return the error that *answer* stands for, or None when it is data.

    Args:
        host: for the message.
        at: when the answer came; decides when a quota window is over.
        salt: spreads installations over the seconds after a window's end.
    """
    said = f"{host}: HTTP {answer.status}"
    try:
        message = message_of(answer.body)
    except MalformedError as error:
        return _by_status(answer, said, at, salt) or MalformedError(f"{host}: {error}")
    if message is None:
        return _by_status(answer, said, at, salt)
    said = f"{said}: {message or 'fail'}"
    word = message.replace(" ", "_").rstrip(".")
    if (window := WINDOWS.get(word)) is not None:
        return _over_quota(answer, said, window, at, salt)
    if word in PLACE_FAULTS:
        return PermanentLocationError(said)
    if word in KEY_FAULTS:
        return PermanentProviderError(said)
    return _by_status(answer, said, at, salt) or MalformedError(said)


def _by_status(
    answer: Answer, said: str, at: datetime, salt: str
) -> ProviderError | None:
    """Return what the status alone says; None for 200."""
    status = answer.status
    if status == 200:
        return None
    if status == 429:
        return _over_quota(answer, said, "minute", at, salt)
    if status >= 500 or status in {408, 425} or status < 200:
        return in_trouble(answer, said, at)
    if status >= 400:
        return PermanentProviderError(said)
    if status >= 300:
        return TransientError(f"{said}, without a target")
    return MalformedError(said)


def _over_quota(
    answer: Answer, said: str, window: str, at: datetime, salt: str
) -> QuotaError:
    spread = timedelta(seconds=jitter_s(window, at, salt))
    named = retry_after(answer.headers.get("retry-after", ""), at)
    retry_at = max(window_end(window, at) + spread, named)
    return QuotaError(said, retry_at=retry_at, window=window)
