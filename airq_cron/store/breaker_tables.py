"""Tables of what people should know of breakers, and of what they set."""

from sqlalchemy import Column, Index, Integer, Table

from airq_cron.store.history_tables import Numbered
from airq_cron.store.metadata import metadata
from airq_cron.store.types import Instant, Key, Prose

breaker_changes = Table(
    "breaker_changes",
    metadata,
    Column("id", Numbered, primary_key=True),
    Column("name", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("before", Key, nullable=False),
    Column("after", Key, nullable=False),
    Column("reason", Prose, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("actor", Key, nullable=False),
)
Index("ix_breaker_changes_name", breaker_changes.c.name, breaker_changes.c.id)

breaker_holds = Table(
    "breaker_holds",
    metadata,
    Column("name", Key, primary_key=True),
    Column("reason", Prose, nullable=False),
    Column("by", Key, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("expires_at", Instant),
)
