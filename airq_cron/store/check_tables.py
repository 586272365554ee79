"""The table of the last health check: one row at most."""

from sqlalchemy import Column, Integer, Table

from airq_cron.store.metadata import metadata
from airq_cron.store.types import Document, Instant, Key, Prose

last_checks = Table(
    "last_checks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("finished_at", Instant, nullable=False),
    # No foreign key: the run may go before the next check.
    Column("run", Key),
    Column("by", Prose, nullable=False),
    Column("result", Document, nullable=False),
)
