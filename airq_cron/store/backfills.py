"""Backfills in SQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, literal, select, tuple_, update
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.backfill import PREFIX, Backfill
from airq_cron.domain.job import Overlap
from airq_cron.domain.run import UNFINISHED
from airq_cron.errors import NotFoundError
from airq_cron.store.history_tables import backfills
from airq_cron.store.ledger_tables import among, runs, special, whole
from airq_cron.store.session import Session, insert_into
from airq_cron.store.taking_back import TakingBack
from airq_cron.store.types import Instant

COLUMNS: tuple[ColumnElement[Any], ...] = (
    backfills.c.id,
    backfills.c.job,
    backfills.c.first_day,
    backfills.c.last_day,
    backfills.c.overlap,
    backfills.c.concurrency,
    backfills.c.runs,
    backfills.c.entered_by,
    backfills.c.created_at,
    backfills.c.entered_at,
    backfills.c.finished_at,
    backfills.c.cancelled_at,
)
CANCELLED = "backfill cancelled"


class SqlBackfills(TakingBack):
    """The table `backfills`; see `ports.Backfills`."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self, backfill: Backfill) -> bool:
        """Enter *backfill*; say False when its id is known: nothing is changed."""
        entry = insert_into(backfills, on_postgresql=self.session.on_postgresql)
        new = self.session.connection.execute(
            entry.on_conflict_do_nothing()
            .values(
                id=backfill.id,
                job=backfill.job,
                first_day=backfill.first,
                last_day=backfill.last,
                overlap=backfill.overlap.value,
                concurrency=backfill.concurrency,
                runs=backfill.runs,
                entered_by=backfill.entered_by,
                created_at=backfill.created_at,
            )
            .returning(backfills.c.id)
        )
        return new.one_or_none() is not None

    def get(self, backfill_id: str) -> Backfill:
        """Return one backfill; raises NotFoundError."""
        return self._get(backfill_id, locked=False)

    def lock(self, backfill_id: str) -> Backfill:
        """
        Return one backfill that nobody changes before the transaction ends.

        Raises:
            NotFoundError: no such backfill.
        """
        return self._get(backfill_id, locked=True)

    def _get(self, backfill_id: str, *, locked: bool) -> Backfill:
        query = select(*COLUMNS).where(backfills.c.id == backfill_id)
        found = self.session.connection.execute(
            query.with_for_update() if locked else query
        ).one_or_none()
        if found is None:
            raise NotFoundError("backfill", backfill_id)
        return to_backfill(found)

    def find(
        self, job: str | None, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[Backfill]:
        """Return backfills, newest first, after the cursor (created_at, id)."""
        rows = self.session.connection.execute(
            select(*COLUMNS)
            .where(*_conditions(job, after))
            .order_by(backfills.c.created_at.desc(), backfills.c.id.desc())
            .limit(limit)
        )
        return [to_backfill(row) for row in rows]

    def mark_entered(self, backfill_id: str, at: datetime) -> None:
        """Note that all its runs are in the ledger, so that they may start."""
        self._note(backfill_id, backfills.c.entered_at.name, at)

    def mark_cancelled(self, backfill_id: str, at: datetime) -> None:
        """Note that it was called off: none of its runs is released any more."""
        self._note(backfill_id, backfills.c.cancelled_at.name, at)

    def _note(self, backfill_id: str, column: str, at: datetime) -> None:
        self.session.connection.execute(
            update(backfills)
            .where(backfills.c.id == backfill_id, backfills.c[column].is_(None))
            .values({column: at})
        )

    def cancel_runs(self, backfill_id: str, limit: int) -> list[str]:
        """
        Cancel at most *limit* of its unfinished runs, oldest first.

        Returns:
            The ids of the runs, and of their parts.
        """
        job = self.get(backfill_id).job
        unfinished = self.session.connection.execute(
            select(runs.c.id)
            .where(
                special,
                runs.c.origin == PREFIX + backfill_id,
                runs.c.job == job,
                whole,
                among(runs.c.state, UNFINISHED),
            )
            .limit(limit)
        )
        ids = unfinished.scalars().all()
        return self.cancel(ids, reason=CANCELLED) if ids else []

    def counts(self, found: Sequence[Backfill]) -> dict[str, dict[str, int]]:
        """Return, by id, the counts by state of the runs that are kept."""
        counts: dict[str, dict[str, int]] = {one.id: {} for one in found}
        rows = self.session.connection.execute(
            select(runs.c.origin, runs.c.state, func.count())
            .where(
                special,
                tuple_(runs.c.origin, runs.c.job).in_(
                    [(one.origin, one.job) for one in found]
                ),
                whole,
            )
            .group_by(runs.c.origin, runs.c.state)
        )
        for origin, state, count in rows:
            counts[origin.removeprefix(PREFIX)][state] = count
        return counts


def to_backfill(row: Row[Any]) -> Backfill:
    """Return the backfill in *row*, which holds `COLUMNS`."""
    return Backfill(
        id=row.id,
        job=row.job,
        first=row.first_day,
        last=row.last_day,
        overlap=Overlap(row.overlap),
        concurrency=row.concurrency,
        runs=row.runs,
        entered_by=row.entered_by,
        created_at=row.created_at,
        entered_at=row.entered_at,
        finished_at=row.finished_at,
        cancelled_at=row.cancelled_at,
    )


def _conditions(
    job: str | None, after: tuple[datetime, str] | None
) -> Iterable[ColumnElement[bool]]:
    if job is not None:
        yield backfills.c.job == job
    if after is not None:
        place = tuple_(literal(after[0], Instant()), literal(after[1]))
        yield tuple_(backfills.c.created_at, backfills.c.id) < place
