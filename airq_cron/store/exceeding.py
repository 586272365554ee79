"""Which places have a value from a bound up, found without reading the others."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    bindparam,
    literal,
    or_,
    select,
    true,
)

from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.store.air_tables import measurements
from airq_cron.store.hour_values import INSTANTS, WANTED
from airq_cron.store.listed import is_listed, listed_texts, looked_up

Condition = ColumnElement[bool]
JOINED = measurements.join(INSTANTS, measurements.c.valid_from == INSTANTS.c.at)


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
    rows, source, wanted = _source(connection.dialect.name)
    query = select(rows.c.location).select_from(source).where(*wanted)
    reached = (
        and_(
            rows.c.pollutant == literal(pollutant.value),
            rows.c.unit == literal(unit.value),
            rows.c.micros >= literal(bound),
        )
        for (pollutant, unit), bound in bounds.items()
    )
    values = {"since": since, "until": until, "source": provider}
    found = connection.execute(
        query.where(or_(*reached)).distinct(), values | {"places": list(places)}
    )
    return set(found.scalars())
