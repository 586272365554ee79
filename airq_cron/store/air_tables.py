"""Tables of the air: what was measured, what was computed, what must be."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.dialects.postgresql import VARCHAR

from airq_cron.store.metadata import metadata
from airq_cron.store.types import Document, Instant, Micros, Prose

# Byte order on both databases: a locale would sort `pm2_5` before `pm10` in one
# of them and pages of a listing would overlap.
Name = String(64).with_variant(VARCHAR(64, collation="C"), "postgresql")


def _key(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, primary_key=True)


# The key begins with the instant: new hours are appended to the B-tree. With the
# location first SQLite writes eighteen times slower (design, section 4).
measurements = Table(
    "measurements",
    metadata,
    _key("valid_from", Instant),
    _key("location", Name),
    _key("provider", Name),
    _key("pollutant", Name),
    Column("micros", Micros, nullable=False),
    Column("unit", Name, nullable=False),
    Column("origin", Name, nullable=False),
    Column("quality", SmallInteger, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    Column("revisions", Integer, nullable=False),
    sqlite_with_rowid=False,
)

series = Table(
    "series",
    metadata,
    _key("location", Name),
    _key("provider", Name),
    _key("pollutant", Name),
    Column("unit", Name, nullable=False),
    Column("origin", Name, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

hours = Table(
    "hours",
    metadata,
    _key("hour", Instant),
    _key("location", Name),
    _key("provider", Name),
    _key("pollutant", Name),
    Column("unit", Name, nullable=False),
    Column("origin", Name, nullable=False),
    Column("n", Integer, nullable=False),
    Column("mean_micros", Micros, nullable=False),
    Column("min_micros", Micros, nullable=False),
    Column("max_micros", Micros, nullable=False),
    Column("max_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("p50_micros", Micros, nullable=False, server_default="0"),
    Column("p95_micros", Micros, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

dirty_hours = Table(
    "dirty_hours",
    metadata,
    _key("hour", Instant),
    _key("location", Name),
    _key("provider", Name),
    Column("marked_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)


def _day_columns(*, by_revision: bool = False) -> list[Column[Any]]:
    return [
        _key("location", Name),
        _key("day", Date),
        _key("provider", Name),
        _key("pollutant", Name),
        Column("zone", Name, nullable=False),
        Column("unit", Name, nullable=False),
        Column("origin", Name, nullable=False),
        Column("hours_valid", SmallInteger, nullable=False),
        Column("hours_expected", SmallInteger, nullable=False),
        Column("sum_micros", Micros, nullable=False),
        Column("min_micros", Micros),
        Column("max_micros", Micros),
        Column("max_hour", Instant),
        Column("status", Name, nullable=False),
        Column("revision", Integer, primary_key=by_revision, nullable=False),
        Column("updated_at", Instant, nullable=False),
        Column("median_micros", Micros),
        Column("p95_micros", Micros),
        Column("mda8_eu_micros", Micros),
        Column("mda8_eu_ends_at", Instant),
        Column("mda8_us_micros", Micros),
        Column("mda8_us_starts_at", Instant),
    ]


days = Table("days", metadata, *_day_columns(), sqlite_with_rowid=False)
Index(
    "ix_days_provisional",
    days.c.location,
    days.c.day,
    sqlite_where=days.c.status == "provisional",
    postgresql_where=days.c.status == "provisional",
)

# What a settled figure was before it was revised, for as long as the place is known.
day_revisions = Table(
    "day_revisions",
    metadata,
    *_day_columns(by_revision=True),
    Column("replaced_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

dirty_days = Table(
    "dirty_days",
    metadata,
    _key("location", Name),
    _key("day", Date),
    _key("provider", Name),
    Column("marked_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# lat and lon are decimal text: exact on both databases, never compared in SQL.
locations = Table(
    "locations",
    metadata,
    _key("id", Name),
    Column("name", Prose, nullable=False),
    Column("lat", String(40), nullable=False),
    Column("lon", String(40), nullable=False),
    Column("zone", Name, nullable=False),
    Column("providers", Document, nullable=False),
    Column("enabled", Boolean, nullable=False),
)

fetch_states = Table(
    "fetch_states",
    metadata,
    _key("provider", Name),
    Column(
        "location",
        Name,
        ForeignKey(locations.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("asked_at", Instant, nullable=False),
    Column("outcome", Name, nullable=False),
    Column("detail", Prose, nullable=False),
    Column("not_before", Instant),
    sqlite_with_rowid=False,
)

# A revoked name may be used again; only its digests stay taken for ever.
tokens = Table(
    "tokens",
    metadata,
    _key("id", Name),
    Column("name", Prose, nullable=False),
    Column("role", Name, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
)
Index(
    "uq_tokens_active_name",
    tokens.c.name,
    unique=True,
    sqlite_where=tokens.c.revoked_at.is_(None),
    postgresql_where=tokens.c.revoked_at.is_(None),
)
