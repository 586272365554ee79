"""Runs that nobody may start any more: too long in the queue, or past a deadline."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Row,
    Select,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.run import CLAIMABLE, State
from airq_cron.store.ledger_tables import among, bounded, runs
from airq_cron.store.session import Session
from airq_cron.store.settling import TAKEN, end_runs
from airq_cron.store.types import Instant

TIMED = (
    *TAKEN,
    runs.c.start_margin_s,
    runs.c.queued_at,
    runs.c.sent_at,
    runs.c.deadline_at,
)
# SQLite keeps instants in microseconds.
SECOND_US = 1_000_000


class Overdue:
    """Ends runs instead of starting them."""

    session: Session

    def end_overdue(self, limit: int) -> list[str]:
        """
        End runs that nobody may start any more; return their ids.

        `missed` are those whose start margin has passed, counted from when they
        were first queued.
        """
        at = self.session.now()
        late = self.session.connection.execute(
            _late(on_postgresql=self.session.on_postgresql), {"at": at, "limit": limit}
        ).all()
        self.end_unstarted(late, at)
        return [row.id for row in late]

    def end_unstarted(self, rows: Sequence[Row[Any]], at: datetime) -> None:
        """End those as their `verdict` says that still have not been started."""
        for state, reason in sorted(
            {found for row in rows if (found := verdict(row, at))}
        ):
            chosen = [row.id for row in rows if verdict(row, at) == (state, reason)]
            startable = runs.c.id.in_(chosen) & among(runs.c.state, CLAIMABLE)
            more = {"missed_at": at} if state is State.MISSED else {}
            end_runs(
                self.session, startable, state, at, reason=reason, error=None, **more
            )


@cache
def _late(*, on_postgresql: bool) -> Select[Any]:
    # Only what is late is locked: a worker may be about to claim the others.
    latest_start = _latest_start(on_postgresql=on_postgresql)
    passed = latest_start < bindparam("at", type_=Instant())
    return (
        select(*TIMED)
        .where(bounded, runs.c.attempt == 0, passed)
        .order_by(runs.c.sent_at)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


def _latest_start(*, on_postgresql: bool) -> ColumnElement[Any]:
    """Return the instant at which the start margin of a run has passed."""
    queued_at = func.coalesce(runs.c.queued_at, runs.c.sent_at)
    return later(queued_at, runs.c.start_margin_s, on_postgresql=on_postgresql)


def later(
    at: ColumnElement[Any], seconds: ColumnElement[int], *, on_postgresql: bool
) -> ColumnElement[Any]:
    """Return the instant that is so many seconds after *at*."""
    number = cast(seconds, BigInteger)
    if on_postgresql:
        return at + number * literal_column("interval '1 second'")
    # Not a type_coerce: it would take the type from a parameter that is an instant.
    return cast(at, BigInteger) + number * SECOND_US


def startable(
    at: ColumnElement[datetime], *, on_postgresql: bool
) -> ColumnElement[bool]:
    """Return the condition that `verdict` of a run is None at *at*."""
    latest_start = _latest_start(on_postgresql=on_postgresql)
    in_time = runs.c.deadline_at.is_(None) | (runs.c.deadline_at > at)
    # A margin that is unknown, or counted from nowhere, makes the last one NULL.
    return in_time & (
        (runs.c.attempt > 0) | latest_start.is_(None) | (latest_start >= at)
    )


def verdict(row: Row[Any], at: datetime) -> tuple[State, str] | None:
    """Return how a run ends that may not be started at *at*; None when it may."""
    if row.deadline_at is not None and at >= row.deadline_at:
        return State.FAILED, "deadline"
    queued_at = row.queued_at or row.sent_at
    if row.attempt or row.start_margin_s is None or queued_at is None:
        return None
    if at > queued_at + timedelta(seconds=row.start_margin_s):
        return State.MISSED, "start_margin"
    return None
