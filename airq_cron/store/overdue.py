"""Runs that nobody may start any more: too long in the queue, or past a deadline."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from airq_cron.domain.run import CLAIMABLE, State
from airq_cron.store.ledger_tables import among, bounded, runs
from airq_cron.store.session import Session
from airq_cron.store.settling import TAKEN, end_runs

TIMED = (
    *TAKEN,
    runs.c.start_margin_s,
    runs.c.queued_at,
    runs.c.sent_at,
    runs.c.deadline_at,
)


class Overdue:
    """Ends runs instead of starting them."""

    session: Session

    def end_overdue(self, limit: int) -> list[str]:
        """
        End runs that nobody may start any more; return their ids.

        `missed` are those whose start margin has passed, counted from when they
        were first queued.
        """
        rows = self.session.connection.execute(
            select(*TIMED)
            .where(bounded, among(runs.c.state, CLAIMABLE), runs.c.attempt == 0)
            .order_by(runs.c.sent_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        at = self.session.now()
        late = [row for row in rows if verdict(row, at) is not None]
        self.end_unstarted(late, at)
        return [row.id for row in late]

    def end_unstarted(self, rows: Sequence[Row[Any]], at: datetime) -> None:
        """End those as their `verdict` says that still have not been started."""
        for state, reason in sorted(
            {found for row in rows if (found := verdict(row, at))}
        ):
            chosen = [row.id for row in rows if verdict(row, at) == (state, reason)]
            startable = runs.c.id.in_(chosen) & among(runs.c.state, CLAIMABLE)
            end_runs(self.session, startable, state, at, reason=reason, error=None)


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
