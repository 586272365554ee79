"""Ended runs leave the ledger; the roll-up keeps what they came to."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

from sqlalchemy import delete, func, literal, select, tuple_

from airq_cron.domain.run import ENDED, State
from airq_cron.store.ledger_tables import runs, whole
from airq_cron.store.session import Session
from airq_cron.store.types import Instant


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
        place = tuple_(runs.c.scheduled_for, runs.c.id)
        ours = (
            (runs.c.job == job)
            & whole
            & runs.c.state.in_([state.value for state in states])
        )
        order = (runs.c.scheduled_for, runs.c.id)
        surplus = self.session.connection.execute(
            select(*order)
            .where(ours)
            .order_by(*(column.desc() for column in order))
            .offset(keep)
            .limit(1)
        ).one_or_none()
        expired = runs.c.finished_at < before
        if surplus is not None:
            last = tuple_(literal(surplus[0], Instant()), literal(surplus[1]))
            expired |= place <= last
        size = 1 + func.coalesce(runs.c.parts, 0)
        oldest = select(runs.c.id, size).where(ours, expired).order_by(*order)
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
