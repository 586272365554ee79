"""The audit trail in SQL."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, literal, select, tuple_
from sqlalchemy.sql import ColumnElement

from airq_cron.ports import AuditEntry, AuditFilter
from airq_cron.store.history_tables import audit
from airq_cron.store.session import Session
from airq_cron.store.types import Instant

COLUMNS = (
    audit.c.at,
    audit.c.actor,
    audit.c.action,
    audit.c.subject,
    audit.c.before,
    audit.c.after,
    audit.c.note,
    audit.c.id,
)


class SqlAudit:
    """The table `audit`; see `ports.Audit`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, entry: AuditEntry) -> None:
        """Add *entry*; its time is the ledger's clock."""
        self._session.connection.execute(
            insert(audit).values(
                at=self._session.now(),
                actor=entry.actor,
                action=entry.action,
                subject=entry.subject,
                before=entry.before,
                after=entry.after,
                note=entry.note,
            )
        )

    def find(
        self, where: AuditFilter, *, limit: int, after: tuple[datetime, int] | None
    ) -> list[AuditEntry]:
        """Return entries, newest first, after the cursor (time, id)."""
        rows = self._session.connection.execute(
            select(*COLUMNS)
            .where(*_conditions(where))
            .where(*_beyond(after))
            .order_by(audit.c.at.desc(), audit.c.id.desc())
            .limit(limit)
        )
        return [
            AuditEntry(
                at=row.at,
                actor=row.actor,
                action=row.action,
                subject=row.subject,
                before=row.before,
                after=row.after,
                note=row.note,
                id=row.id,
            )
            for row in rows
        ]


def _conditions(where: AuditFilter) -> Iterable[ColumnElement[bool]]:
    if where.subject is not None:
        yield audit.c.subject == where.subject
    if where.actor is not None:
        yield audit.c.actor == where.actor
    if where.since is not None:
        yield audit.c.at >= where.since
    if where.until is not None:
        yield audit.c.at < where.until


def _beyond(after: tuple[datetime, int] | None) -> Iterable[ColumnElement[bool]]:
    if after is not None:
        place = tuple_(literal(after[0], Instant()), literal(after[1]))
        yield tuple_(audit.c.at, audit.c.id) < place
