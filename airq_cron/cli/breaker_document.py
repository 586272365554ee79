"""The documents about breakers, as the API gives them."""

from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.breaker import BreakerChange
from airq_cron.domain.run import instant_text
from airq_cron.services.read_breakers import BreakerLine

SECOND = timedelta(seconds=1)


def breaker_document(line: BreakerLine) -> dict[str, Any]:
    """Return a breaker as the API does."""
    known, hold = line.breaker, line.hold
    return {
        "name": line.name,
        "state": line.state.value,
        "is_local": line.is_local,
        "failures": known.failures,
        "threshold": line.rules.threshold,
        "timeout_s": line.rules.timeout / SECOND,
        "window_s": line.usual.window / SECOND,
        "effective_window_s": line.rules.window / SECOND,
        "failed_at": _instant(known.failed_at),
        "opened_at": _instant(known.opened_at),
        "tries_at": _instant(known.until),
        "probing_until": _instant(known.holder_until),
        "closed_at": _instant(known.closed_at),
        "last_error": known.error,
        "hold": hold
        and {
            "reason": hold.reason,
            "by": hold.by,
            "opened_at": _instant(hold.opened_at),
            "expires_at": _instant(hold.expires_at),
        },
    }


def change_document(change: BreakerChange) -> dict[str, Any]:
    """Return a change of state as the API does."""
    return {
        "at": _instant(change.at),
        "from": change.before.value,
        "to": change.after.value,
        "reason": change.reason,
        "failures": change.failures,
        "actor": change.actor,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
