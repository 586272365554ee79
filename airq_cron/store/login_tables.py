"""Tables of one-time links and of browsers that have logged in."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from airq_cron.store.air_tables import Name, tokens
from airq_cron.store.metadata import metadata
from airq_cron.store.types import Instant

login_links = Table(
    "login_links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("token_id", Name, ForeignKey(tokens.c.id), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_for", String(64)),
)
Index("ix_login_links_expires_at", login_links.c.expires_at)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("token_id", Name, ForeignKey(tokens.c.id), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
Index("ix_sessions_expires_at", sessions.c.expires_at)
