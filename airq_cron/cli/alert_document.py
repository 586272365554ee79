"""How alerts are printed as JSON, the way the API gives them."""

from datetime import datetime
from typing import Any

from airq_cron.domain.flip import Flip
from airq_cron.domain.run import instant_text


def alert_document(flip: Flip) -> dict[str, Any]:
    """Return an alert as the API does."""
    return {
        "id": flip.id,
        "kind": flip.kind.value,
        "state": flip.state,
        "severity": flip.severity.value,
        "subject": flip.subject,
        "location": flip.location,
        "scheme": flip.scheme,
        "category": flip.category,
        "day": flip.day and flip.day.isoformat(),
        "message": flip.message,
        "began_at": _instant(flip.began_at),
        "raised_at": _instant(flip.raised_at),
        "ended_at": _instant(flip.ended_at),
        "cleared_at": _instant(flip.cleared_at),
        "cleared_message": flip.cleared_message,
        "acknowledged_at": _instant(flip.acknowledged_at),
        "acknowledged_by": flip.acknowledged_by,
        "acknowledged_note": flip.acknowledged_note,
        "silenced_until": _instant(flip.silenced_until),
        "detail": dict(flip.detail),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
