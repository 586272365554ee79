"""The audit trail in SQL."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.trail import RESTART, Checkpoint, Head, Link
from airq_cron.ports import CALL_ORIGIN, AuditEntry, AuditFilter, CallOrigin, Toll
from airq_cron.ports.audit import By
from airq_cron.store.history_tables import audit
from airq_cron.store.session import Session
from airq_cron.store.trail import (
    find_checkpoints,
    find_head,
    links,
    purge,
    write_start,
)
from airq_cron.store.types import Instant

NAMES = tuple(one.name for one in fields(AuditEntry))
COLUMNS = tuple(audit.c[name] for name in NAMES)


class SqlAudit:
    """The table `audit`; see `ports.Audit`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, entry: AuditEntry) -> None:
        """Add *entry* at the commit; its time is the ledger's clock, now."""
        origin = CALL_ORIGIN.get() or CallOrigin()
        self._session.entries.append(
            replace(
                entry,
                at=entry.at or self._session.now(),
                address=entry.address or origin.address,
                request_id=entry.request_id or origin.request_id,
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
        return [AuditEntry(**row) for row in rows.mappings()]

    def toll(self, action: str, since: datetime, *, by: By) -> Toll:
        """Return how many calls of *action* were made at *since* or later."""
        who, calls = audit.c[by], func.sum(audit.c.calls)
        chosen = (audit.c.action == action, audit.c.at >= since)
        connection = self._session.connection
        total = connection.execute(select(calls).where(*chosen)).scalar()
        most = connection.execute(
            select(who, calls)
            .where(*chosen, who.is_not(None))
            .group_by(who)
            .order_by(calls.desc(), who)
            .limit(1)
        ).one_or_none()
        if most is None:
            return Toll(int(total or 0))
        return Toll(int(total or 0), most[0], int(most[1]))

    def head(self) -> Head | None:
        """Return the last place of the chain; None before it began."""
        return find_head(self._session)

    def checkpoints(self) -> list[Checkpoint]:
        """Return all checkpoints, oldest first."""
        return find_checkpoints(self._session)

    def links(self, *, after: int = 0, until: int | None = None) -> Iterator[Link]:
        """Yield the rows with ids in (after, until], in order, a few at a time."""
        return links(self._session, after=after, until=until)

    def restart(self) -> Checkpoint:
        """Begin the chain anew, by a checkpoint over all rows that are there."""
        return write_start(self._session, RESTART)

    def purge(self, before: datetime, limit: int) -> int:
        """
        Remove the oldest entries that were made before *before*; return how many.

        Entries from before the chain go together, and with one of it at least.
        """
        found = find_checkpoints(self._session)
        if not found:
            return 0
        base = found[-1].head.id
        oldest = select(audit.c.id, audit.c.at).order_by(audit.c.id)
        connection = self._session.connection
        young = connection.execute(
            oldest.where(audit.c.id <= base, audit.c.at >= before).limit(1)
        ).first()
        if young is not None:
            return 0
        chosen = []
        for row in connection.execute(oldest.where(audit.c.id > base).limit(limit)):
            if row.at >= before:
                break
            chosen.append(row.id)
        return purge(self._session, chosen) if chosen else 0


def _conditions(where: AuditFilter) -> Iterable[ColumnElement[bool]]:
    if where.subject is not None:
        yield audit.c.subject == where.subject
    if where.actor is not None:
        yield audit.c.actor == where.actor
    if where.action is not None:
        yield audit.c.action == where.action
    if where.since is not None:
        yield audit.c.at >= where.since
    if where.until is not None:
        yield audit.c.at < where.until


def _beyond(after: tuple[datetime, int] | None) -> Iterable[ColumnElement[bool]]:
    if after is not None:
        place = tuple_(literal(after[0], Instant()), literal(after[1]))
        yield tuple_(audit.c.at, audit.c.id) < place
