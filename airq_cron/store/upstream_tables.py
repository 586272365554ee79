"""Tables of providers: who is disabled, long windows, samples, this installation."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from airq_cron.store.history_tables import Numbered
from airq_cron.store.metadata import metadata
from airq_cron.store.types import Instant, Key, Prose

provider_states = Table(
    "provider_states",
    metadata,
    Column("name", Key, primary_key=True),
    Column("disabled_at", Instant),
    Column("reason", Prose),
)

provider_usage = Table(
    "provider_usage",
    metadata,
    Column("name", Key, primary_key=True),
    Column("hour", Instant, primary_key=True),
    Column("tenths", BigInteger().with_variant(Integer(), "sqlite"), nullable=False),
)

# One row: what tells this installation from others, on however many hosts.
installation = Table(
    "installation",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", Key, nullable=False),
)

provider_samples = Table(
    "provider_samples",
    metadata,
    Column("id", Numbered, primary_key=True),
    Column("provider", Key, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Prose, nullable=False),
    Column("body", Prose, nullable=False),
    Column("size", Integer, nullable=False),
)
Index(
    "ix_provider_samples_provider", provider_samples.c.provider, provider_samples.c.id
)
