"""The table of calls that were made with a key."""

from sqlalchemy import Column, Index, String, Table

from airq_cron.store.metadata import metadata
from airq_cron.store.types import Instant, Key

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("operation", Key, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("digest", String(64), nullable=False),
    # No foreign key: what was made may be deleted before the key is.
    Column("made", Key, nullable=False),
    Column("created_at", Instant, nullable=False),
)
Index("ix_idempotency_keys_created_at", idempotency_keys.c.created_at)
