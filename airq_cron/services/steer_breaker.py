"""Open and reset a breaker by hand."""

from datetime import datetime, timedelta
from typing import Any

from airq_cron.domain.breaker import BreakerChange, BreakerState, Hold
from airq_cron.errors import ConflictError, InvalidError
from airq_cron.ports import AuditEntry, Unit
from airq_cron.services.read_breakers import BreakerLine, Desk

LONGEST_HOLD = timedelta(days=366)
MOST_MINUTES = LONGEST_HOLD // timedelta(minutes=1)


def open_breaker(
    desk: Desk,
    name: str,
    *,
    reason: str,
    by: str,
    expires_at: datetime | None = None,
    lasts: timedelta | None = None,
) -> BreakerLine:
    """
    Open a breaker by hand, until *expires_at* or until it is reset.

    It is kept in the database and outlives a flush of Redis.

    Args:
        lasts: for so long from now; instead of *expires_at*.

    Raises:
        NotFoundError: no such breaker.
        InvalidError: names `expires_at`: it is past, or too far off.
    """
    desk.check(name)
    before = desk.line(name)

    def work(unit: Unit) -> None:
        at = unit.runs.now()
        until = at + lasts if lasts is not None else expires_at
        if until is not None and not at < until <= at + LONGEST_HOLD:
            days = LONGEST_HOLD.days
            raise InvalidError("expires_at", f"must lie in the next {days} days")
        unit.breakers.put_hold(Hold(name, reason, by, at, until))
        unit.breakers.note(_change(before, at, BreakerState.OPEN, reason, by))
        after = {"state": "OPEN", "expires_at": until and str(until)}
        _audit(unit, by, "breaker.open", before, after, reason)

    desk.store.write(work)
    return desk.line(name)


def reset_breaker(desk: Desk, name: str, *, by: str) -> BreakerLine:
    """
    Close a breaker, whoever opened it.

    Raises:
        NotFoundError: no such breaker.
        ConflictError: it is closed, and nothing has failed.
        UnreachableError: the fleet's state is in Redis, and Redis is away.
    """
    desk.check(name)
    before = desk.line(name)
    quiet = before.hold is None and not before.breaker.failures
    if before.state is BreakerState.CLOSED and quiet:
        raise ConflictError(f"the breaker of {name} is closed")
    # First, because it may fail: nothing then says that the fleet's is closed.
    desk.storage.reset(name)

    def work(unit: Unit) -> None:
        unit.breakers.drop_hold(name)
        if before.state is not BreakerState.CLOSED:
            at = unit.runs.now()
            unit.breakers.note(_change(before, at, BreakerState.CLOSED, "reset", by))
        _audit(unit, by, "breaker.reset", before, {"state": "CLOSED"}, None)

    desk.store.write(work)
    return desk.line(name)


def _change(
    before: BreakerLine, at: datetime, state: BreakerState, reason: str, by: str
) -> BreakerChange:
    failures = before.breaker.failures
    return BreakerChange(before.name, at, before.state, state, reason, failures, by)


def _audit(
    unit: Unit,
    by: str,
    action: str,
    before: BreakerLine,
    after: dict[str, Any],
    note: str | None,
) -> None:
    unit.audit.record(
        AuditEntry(
            by,
            action,
            f"breaker:{before.name}",
            before={"state": before.state.value, "failures": before.breaker.failures},
            after=after,
            note=note,
        )
    )
