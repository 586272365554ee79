"""Acknowledge and silence alerts."""

from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.flip import Flip
from airq_cron.domain.run import instant_text
from airq_cron.errors import ConflictError, InvalidError
from airq_cron.ports import AuditEntry, Store, Unit

LONGEST_SILENCE = timedelta(days=30)
MOST_MINUTES = LONGEST_SILENCE // timedelta(minutes=1)
LONGEST_NOTE = 500


def acknowledge_alert(
    store: Store, alert_id: str, *, by: str, note: str | None = None
) -> Flip:
    """
    Note that somebody sees to an open alert: it is told no more often, but its end.

    Repeating it is harmless; another person or another note takes its place.

    Raises:
        NotFoundError: no such alert.
        ConflictError: it is over.
    """

    def work(unit: Unit) -> Flip:
        flip = _open_flip(unit, alert_id)
        if (flip.acknowledged_by, flip.acknowledged_note) != (by, note):
            at = unit.runs.now()
            _check(unit.flips.acknowledge(alert_id, at=at, by=by, note=note), flip)
            before, after = flip.acknowledged_by, by
            _audit(
                unit,
                flip,
                "alert.acknowledge",
                by=by,
                before={"acknowledged_by": before},
                after={"acknowledged_by": after},
                note=note,
            )
        return unit.flips.get(alert_id)

    return store.write(work)


def silence_alert(
    store: Store,
    alert_id: str,
    *,
    by: str,
    until: datetime | None = None,
    lasts: timedelta | None = None,
    note: str | None = None,
) -> Flip:
    """
    Tell nobody of an open alert for a while; it stays an alert.

    Args:
        until: when the silence ends; aware.
        lasts: for so long from now, instead of *until*; zero ends a silence.
        note: why, for the audit trail.

    Raises:
        NotFoundError: no such alert.
        ConflictError: it is over.
        InvalidError: names `until`: it is past, or too far off.
    """

    def work(unit: Unit) -> Flip:
        flip = _open_flip(unit, alert_id)
        end = _end(unit.runs.now(), until, lasts)
        if end != flip.silenced_until:
            _check(unit.flips.silence(alert_id, until=end), flip)
            _audit(
                unit,
                flip,
                "alert.silence",
                by=by,
                before={"silenced_until": _text(flip.silenced_until)},
                after={"silenced_until": _text(end)},
                note=note,
            )
        return unit.flips.get(alert_id)

    return store.write(work)


def _end(
    at: datetime, until: datetime | None, lasts: timedelta | None
) -> datetime | None:
    if lasts is not None:
        if not lasts:
            return None
        until = at + lasts
    if until is None:
        raise InvalidError("until", "say until when, or for how many minutes")
    if not at < until <= at + LONGEST_SILENCE:
        days = LONGEST_SILENCE.days
        raise InvalidError("until", f"must lie in the next {days} days")
    return until


def _open_flip(unit: Unit, alert_id: str) -> Flip:
    flip = unit.flips.get(alert_id)
    _check(flip.is_open, flip)
    return flip


def _check(done: bool, flip: Flip) -> None:  # noqa: FBT001 - an answer, not a switch
    if not done:
        raise ConflictError(f"the alert {flip.id} is over")


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _audit(
    unit: Unit,
    flip: Flip,
    action: str,
    *,
    by: str,
    before: dict[str, Any],
    after: dict[str, Any],
    note: str | None,
) -> None:
    entry = AuditEntry(by, action, f"alert:{flip.id}", before, after, note)
    unit.audit.record(entry)
