"""The tables of alerts, and of their rules as people changed them."""

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, Table

from airq_cron.store.air_tables import Name, locations
from airq_cron.store.metadata import metadata
from airq_cron.store.types import Document, Instant, Key, Prose

flips = Table(
    "flips",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", Key, nullable=False),
    Column("kind", Key, nullable=False),
    Column("condition", Key, nullable=False),
    Column("subject", Key, nullable=False),
    Column("location", Name, ForeignKey(locations.c.id, ondelete="CASCADE")),
    Column("scheme", Key),
    Column("category", Key),
    Column("day", Date),
    Column("message", Prose, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("cleared_at", Instant),
    Column("cleared_message", Prose),
    Column("detail", Document, nullable=False),
    Column("severity", Key, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", Key),
    Column("acknowledged_note", Prose),
    Column("silenced_until", Instant),
)
Index("uq_flips_key", flips.c.key, unique=True)
Index("ix_flips_raised_at", flips.c.raised_at, flips.c.id)
Index("ix_flips_location", flips.c.location, flips.c.began_at)
# Open alerts and those cleared lately are found by it, however many there were.
Index("ix_flips_cleared_at", flips.c.cleared_at)
is_open = flips.c.cleared_at.is_(None)
Index(
    "uq_flips_open",
    flips.c.condition,
    unique=True,
    sqlite_where=is_open,
    postgresql_where=is_open,
)
alert_rules = Table(
    "alert_rules",
    metadata,
    Column("kind", Key, primary_key=True),
    Column("severity", Key, nullable=False),
    Column("threshold", Float),
    Column("open_after", Integer, nullable=False),
    Column("close_after", Integer, nullable=False),
    Column("cool_down_s", Integer, nullable=False),
    Column("repeat_every_s", Integer),
    Column("enabled", Boolean, nullable=False),
    Column("note", Prose),
)
