"""The audit trail in SQL."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.trail import RESTART, Checkpoint, Head, Link
from airq_cron.ports import (
    CALL_ORIGIN,
    AuditEntry,
    AuditFilter,
    CallOrigin,
    Expired,
    Toll,
)
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

    def count_expired(self, before: datetime) -> Expired:
        """Return how many entries `purge` would remove, again and again."""
        last = self._last_expired(before, None)
        if last is None:
            return Expired(0, None)
        count, oldest = self._session.connection.execute(
            select(func.count(), func.min(audit.c.at)).where(audit.c.id <= last)
        ).one()
        return Expired(count, oldest)

    def purge(self, before: datetime, limit: int) -> int:
        """
        Remove the oldest entries that were made before *before*; return how many.

        Entries from before the chain go together, and with one of it at least.
        """
        last = self._last_expired(before, limit)
        return 0 if last is None else purge(self._session, last)

    def _last_expired(self, before: datetime, limit: int | None) -> int | None:
        """Return the last entry of the chain that is to go, of *limit* at most."""
        points = find_checkpoints(self._session)
        if not points:
            return None
        base, connection = points[-1].head.id, self._session.connection
        young = connection.execute(
            select(audit.c.id).where(audit.c.at >= before).order_by(audit.c.id).limit(1)
        ).scalar()
        if young is not None and young <= base:
            return None
        old = select(audit.c.id).where(audit.c.id > base).order_by(audit.c.id)
        if young is not None:
            old = old.where(audit.c.id < young)
        chosen = old.limit(limit).subquery()
        return connection.execute(select(func.max(chosen.c.id))).scalar()


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
