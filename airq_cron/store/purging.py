"""Ended runs leave the ledger; the roll-up keeps what they came to."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

from sqlalchemy import delete, false, func, literal, select, tuple_
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.run import ENDED, State
from airq_cron.store.ledger_tables import runs, whole
from airq_cron.store.session import Session
from airq_cron.store.types import Instant

ORDER = (runs.c.scheduled_for, runs.c.id)


class Purging:
    """Deletes by age and number."""

    session: Session

    def purge(
        self,
        job: str,
        *,
        states: Sequence[State],
        before: datetime,
        keep: int,
        limit: int,
    ) -> int:
        """
        Delete ended runs of *job* in one of *states*, oldest first.

        A run goes when it ended before *before* or when *keep* newer ones (by
        scheduled_for) are there; its attempts and parts go with it.

        Args:
            limit: at most so many rows, parts included, but one run at least.

        Returns:
            How many runs went; 0 means that no more are left.

        Raises:
            ValueError: a state is not an end.
        """
        if not ENDED.issuperset(states):
            raise ValueError("only ended runs can be deleted")
        expired = expired_runs(self.session, job, states, before, keep)
        size = 1 + func.coalesce(runs.c.parts, 0)
        oldest = select(runs.c.id, size).where(*expired).order_by(*ORDER)
        found = self.session.connection.execute(oldest.limit(limit)).all()
        sums = accumulate(rows for _, rows in found)
        chosen = [
            one
            for (one, rows), total in zip(found, sums, strict=True)
            if total <= limit or total == rows
        ]
        if chosen:
            self.session.connection.execute(delete(runs).where(runs.c.id.in_(chosen)))
        return len(chosen)


def expired_runs(
    session: Session, job: str, states: Sequence[State], before: datetime, keep: int
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that a run of *job* is to go; see `Purging.purge`."""
    ours = (
        (runs.c.job == job)
        & whole
        & runs.c.state.in_([state.value for state in states])
    )
    return ours, (runs.c.finished_at < before) | _surplus(session, ours, keep)


def _surplus(
    session: Session, ours: ColumnElement[bool], keep: int
) -> ColumnElement[bool]:
    """Return the condition that *keep* newer ones of *ours* are there."""
    newest = [column.desc() for column in ORDER]
    surplus = session.connection.execute(
        select(*ORDER).where(ours).order_by(*newest).offset(keep).limit(1)
    ).one_or_none()
    if surplus is None:
        return false()
    last = tuple_(literal(surplus[0], Instant()), literal(surplus[1]))
    return tuple_(*ORDER) <= last
