"""When a provider may be asked again."""

from datetime import datetime, timedelta

from airq_cron.errors import (
    BreakerOpenError,
    PermanentProviderError,
    ProviderError,
    QuotaError,
)
from airq_cron.ports import FetchState

# A refused key or a ban needs a person; until then one call an hour finds out.
REFUSED_FOR = timedelta(hours=1)
# After one of these the provider is asked for no other place either.
LEAVE_ALONE = (BreakerOpenError, QuotaError, PermanentProviderError)
REFUSED_PLACE = "permanent_location"
ANSWERS = frozenset({"ok", "unchanged", REFUSED_PLACE})


def has_news(
    state: FetchState | None,
    step: timedelta,
    at: datetime,
    phase: timedelta = timedelta(),
) -> bool:
    """
    Say whether there can be something new for a place at *at*.

    Only an answer waits until the next *step* of the clock begins; after an error
    the next minute may ask again. Who will never answer for a place is not asked
    for it any more, until the place is changed or a person says so.

    Args:
        phase: so long after the step of the clock.
    """
    if state is None or state.outcome not in ANSWERS:
        return True
    if state.outcome == REFUSED_PLACE:
        return False
    length, late = step.total_seconds(), phase.total_seconds()
    steps = [(one.timestamp() - late) // length for one in (state.asked_at, at)]
    return steps[0] < steps[1]


def hold_until(error: ProviderError, at: datetime) -> datetime | None:
    """Return until when an error keeps its provider from being asked, if it does."""
    if isinstance(error, QuotaError):
        return error.retry_at
    return at + REFUSED_FOR if isinstance(error, PermanentProviderError) else None
