"""What every repository works with: one transaction of one database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from airq_cron.clock import Clock
from airq_cron.ports import AuditEntry
from airq_cron.store.types import Instant

Insert = postgresql.Insert | sqlite.Insert
CLOCK = select(func.clock_timestamp(type_=Instant()))


@dataclass(frozen=True, slots=True)
class Session:
    """
    One open transaction.

    Attributes:
        repeated: an earlier try of the same work may have been committed.
        failing: jobs of which it has ended a run as failed or dead.
        ends: what the roll-up counts when it commits, with the hour of each.
        entries: what the audit trail takes when it commits.
        trail_key: gives the key of the audit trail; None leaves it unsealed.
        asked: what PostgreSQL's clock said, and when that was on the monotonic one.
    """

    connection: Connection
    clock: Clock
    repeated: bool = False
    failing: set[str] = field(default_factory=set, compare=False)
    ends: list[tuple[Any, datetime]] = field(default_factory=list, compare=False)
    entries: list[AuditEntry] = field(default_factory=list, compare=False)
    trail_key: Callable[[], bytes] | None = field(default=None, compare=False)
    asked: list[tuple[datetime, float]] = field(default_factory=list, compare=False)

    @property
    def on_postgresql(self) -> bool:
        """Whether the database is PostgreSQL; else it is SQLite."""
        return self.connection.dialect.name == "postgresql"

    def now(self) -> datetime:
        """
        Return the ledger's clock: PostgreSQL's own, on SQLite the host's.

        PostgreSQL is asked once a transaction; what passes in it is counted here.
        """
        if not self.on_postgresql:
            return self.clock.now()
        if not self.asked:
            at = self.connection.execute(CLOCK).scalar_one()
            self.asked.append((at, self.clock.monotonic()))
        at, heard_s = self.asked[0]
        return at + timedelta(seconds=self.clock.monotonic() - heard_s)


def insert_into(table: Table, *, on_postgresql: bool) -> Insert:
    """Return an INSERT that understands ON CONFLICT."""
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)
