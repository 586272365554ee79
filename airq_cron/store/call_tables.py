"""Tables of who called: refused calls, and the addresses of tokens."""

from sqlalchemy import Column, Index, Integer, Table

from airq_cron.store.air_tables import Name
from airq_cron.store.metadata import metadata
from airq_cron.store.types import Instant, Key

# A minute that is over leaves this table for the audit trail.
refused_calls = Table(
    "refused_calls",
    metadata,
    Column("minute", Instant, primary_key=True),
    Column("sender", Key, primary_key=True),
    Column("unauthenticated", Integer, nullable=False),
    Column("forbidden", Integer, nullable=False),
    Column("misdirected", Integer, nullable=False),
    Column("throttled", Integer, nullable=False),
)

# Without a reference: a token that is removed does not wait for its addresses.
token_addresses = Table(
    "token_addresses",
    metadata,
    Column("token_id", Name, primary_key=True),
    Column("address", Key, primary_key=True),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
)
Index("ix_token_addresses_first_seen_at", token_addresses.c.first_seen_at)
Index("ix_token_addresses_last_seen_at", token_addresses.c.last_seen_at)
