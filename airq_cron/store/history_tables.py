"""Tables of what people did: backfills and the audit trail."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table

from airq_cron.store.metadata import metadata
from airq_cron.store.types import Document, Instant, Key, Prose

# SQLite counts up only in a column of exactly this type.
Numbered = BigInteger().with_variant(Integer(), "sqlite")

backfills = Table(
    "backfills",
    metadata,
    Column("id", Key, primary_key=True),
    Column("job", Key, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("overlap", Key, nullable=False),
    Column("concurrency", Integer),
    Column("runs", Integer, nullable=False),
    Column("entered_by", Key, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("entered_at", Instant),
    Column("finished_at", Instant),
    Column("cancelled_at", Instant),
)
Index("ix_backfills_created_at", backfills.c.created_at, backfills.c.id)
# Backfills are kept for ever; sweepers look at those that are not over.
open_backfill = backfills.c.finished_at.is_(None)
Index(
    "ix_backfills_open",
    backfills.c.id,
    sqlite_where=open_backfill,
    postgresql_where=open_backfill,
)

audit = Table(
    "audit",
    metadata,
    Column("id", Numbered, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", Key, nullable=False),
    Column("action", Key, nullable=False),
    Column("subject", Key, nullable=False),
    Column("before", Document),
    Column("after", Document),
    Column("note", Prose),
    Column("address", Key),
    Column("request_id", Key),
    Column("calls", Integer, nullable=False, server_default="1"),
    # NULL in rows that are older than the chain.
    Column("mac", Key),
)
Index("ix_audit_at", audit.c.at, audit.c.id)
Index("ix_audit_subject", audit.c.subject, audit.c.at, audit.c.id)

# One row: whoever writes to the trail holds it until the commit.
audit_chain = Table(
    "audit_chain",
    metadata,
    Column("name", Key, primary_key=True),
    Column("mark", Key, nullable=False),
    Column("row_id", Numbered, nullable=False),
    Column("mac", Key, nullable=False),
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("id", Numbered, primary_key=True),
    Column("kind", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("row_id", Numbered, nullable=False),
    Column("rows", Numbered, nullable=False),
    Column("mac", Key, nullable=False),
    Column("digest", Key, nullable=False),
    Column("seal", Key, nullable=False),
)
