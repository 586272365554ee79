"""Which places have a value from a bound up: the database looks, and names them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    literal,
    or_,
    select,
    true,
)

from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.store.air_tables import measurements
from airq_cron.store.hour_values import INSTANTS, JOINED, WANTED
from airq_cron.store.listed import is_listed, listed_texts, looked_up

Condition = ColumnElement[bool]


def _source(dialect: str) -> tuple[FromClause, FromClause, Sequence[Condition]]:
    """Return the rows to look at, what to select them from, and what else holds."""
    if dialect == "sqlite":
        return measurements, JOINED, WANTED
    places = listed_texts("places")
    wanted = (
        measurements.c.valid_from == INSTANTS.c.at,
        is_listed(measurements.c.location, places),
        measurements.c.provider == bindparam("source"),
    )
    rows = looked_up(select(measurements).where(*wanted))
    return rows, INSTANTS.join(places, true()).join(rows, true()), ()


# Kept: the bounds are those of the rules, and each fetch asks.
@lru_cache(maxsize=16)
def _exceeding(
    dialect: str, bounds: tuple[tuple[tuple[Pollutant, Unit], int], ...]
) -> Select[str]:
    rows, source, wanted = _source(dialect)
    reached = (
        and_(
            rows.c.pollutant == literal(pollutant.value),
            rows.c.unit == literal(unit.value),
            rows.c.micros >= literal(bound),
        )
        for (pollutant, unit), bound in bounds
    )
    query = select(rows.c.location).select_from(source)
    return query.where(*wanted, or_(*reached)).distinct()


def read_exceeding(
    connection: Connection,
    places: Collection[str],
    provider: str,
    since: datetime,
    until: datetime,
    bounds: Mapping[tuple[Pollutant, Unit], int],
) -> set[str]:
    """Return those of *places* with any value of at least its bound, in millionths."""
    if not bounds:
        return set()
    query = _exceeding(connection.dialect.name, tuple(bounds.items()))
    values = {"since": since, "until": until, "source": provider}
    found = connection.execute(query, values | {"places": list(places)})
    return set(found.scalars())
