"""Tables of what providers say beside concentrations."""

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, Table

from airq_cron.store.air_tables import Name, locations
from airq_cron.store.metadata import metadata
from airq_cron.store.types import Instant, Prose


def _key(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, primary_key=True)


def _place() -> Column[Any]:
    place = ForeignKey(locations.c.id, ondelete="CASCADE")
    return Column("location", Name, place, primary_key=True)


# Apart from `hours` and `days`: nothing that we compute is ever put in here.
reported_indices = Table(
    "reported_indices",
    metadata,
    _place(),
    _key("valid_at", Instant),
    _key("provider", Name),
    _key("scheme", Name),
    Column("value", Integer, nullable=False),
    Column("main_pollutant", Name),
    Column("place", Prose, nullable=False),
    Column("distance_m", Integer),
    Column("fetched_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

sources = Table(
    "sources",
    metadata,
    _place(),
    _key("provider", Name),
    _key("pollutant", Name),
    _key("station", Name),
    Column("name", Prose, nullable=False),
    Column("distance_m", Integer),
    Column("attribution", Prose, nullable=False),
    Column("licence", Prose, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
