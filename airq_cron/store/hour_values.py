"""The values of an hour, gathered by the database: a row for each series."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import array

from airq_cron.domain.hourly import HourValues
from airq_cron.domain.period import HOUR
from airq_cron.store.air_tables import measurements
from airq_cron.store.instants import distinct_instants
from airq_cron.store.listed import looked_up
from airq_cron.store.types import MICROSECOND, Instant, from_epoch_micros
from airq_cron.store.vocabulary import ORIGINS, POLLUTANTS, UNITS

AT, MICROS = measurements.c.valid_from, measurements.c.micros
HOUR_MICROS: ColumnElement[int] = literal_column(str(HOUR // MICROSECOND))
SECOND: ColumnElement[int] = literal_column("1000000")
WANTED = (
    measurements.c.location.in_(bindparam("places", expanding=True)),
    measurements.c.provider == bindparam("source"),
)
INSTANTS = distinct_instants(
    AT, bindparam("since", type_=Instant()), bindparam("until", type_=Instant())
)
# The rows at these instants: for SQLite, with WANTED.
JOINED = measurements.join(INSTANTS, INSTANTS.c.at == AT)


def hour_of(at: ColumnElement[Any], *, on_postgresql: bool) -> ColumnElement[datetime]:
    """Return the begin of the UTC hour that holds *at*."""
    if on_postgresql:
        hour = func.date_trunc(literal_column("'hour'"), at, literal_column("'UTC'"))
        return type_coerce(hour, Instant())
    micros = type_coerce(at, Integer)
    # SQLite's remainder of an instant before 1970 is negative.
    past = (micros % HOUR_MICROS + HOUR_MICROS) % HOUR_MICROS
    return type_coerce(micros - past, Instant())


def _gather(
    rows: FromClause, source: FromClause, *more: Any, on_postgresql: bool
) -> Select[Any]:
    """Return the query over *rows* of *source*; *more* are its last columns."""
    hour = hour_of(rows.c.valid_from, on_postgresql=on_postgresql).label("begin")
    key = (hour, rows.c.location, rows.c.pollutant, rows.c.unit)
    query = select(*key, func.min(rows.c.origin), *more).select_from(source)
    return query.group_by("begin", *key[1:])


def _on_sqlite() -> Select[Any]:
    """Return the query; its last columns are values and instants in the same order."""
    lists = (MICROS, type_coerce(AT, Integer))
    gathered = [type_coerce(func.json_group_array(one), JSON) for one in lists]
    query = _gather(measurements, JOINED, *gathered, on_postgresql=False)
    return query.where(*WANTED)


def found_by_keys() -> tuple[FromClause, FromClause]:
    """
    Return the rows of WANTED at INSTANTS for PostgreSQL, and what to select from.

    As a plain join of many places it would rather read the whole table, however long
    the past.
    """
    rows = looked_up(select(measurements).where(INSTANTS.c.at == AT, *WANTED))
    return rows, INSTANTS.join(rows, true())


def _on_postgresql() -> Select[Any]:
    """Return the query; last are the values, and the largest with minus its instant."""
    rows, source = found_by_keys()
    instant = cast(func.date_part("epoch", rows.c.valid_from) * SECOND, BigInteger)
    values = rows.c.micros
    # Arrays are compared by their elements, so of equal values the first one wins.
    gathered = (func.array_agg(values), func.max(array([values, -instant])))
    return _gather(rows, source, *gathered, on_postgresql=True)


# Built once: building one takes longer than a few hours to be found.
GATHERING = {"sqlite": _on_sqlite(), "postgresql": _on_postgresql()}


def read_hour_values(
    connection: Connection,
    places: Collection[str],
    provider: str,
    since: datetime,
    until: datetime,
) -> list[HourValues]:
    """Return the values of some places with valid_from in [since, until)."""
    kind = connection.dialect.name
    values = {"since": since, "until": until, "source": provider}
    found = connection.execute(GATHERING[kind], values | {"places": list(places)})
    first = _first_highest if kind == "sqlite" else _negated
    return [
        HourValues(
            hour=hour,
            location=place,
            provider=provider,
            pollutant=POLLUTANTS[pollutant],
            unit=UNITS[unit],
            origin=ORIGINS[origin],
            micros=micros,
            max_at=from_epoch_micros(first(micros, rest)),
        )
        for hour, place, pollutant, unit, origin, micros, rest in found
    ]


def _first_highest(micros: list[int], instants: list[int]) -> int:
    largest = max(micros)
    return min(at for at, one in zip(instants, micros, strict=True) if one == largest)


def _negated(micros: list[int], highest: list[int]) -> int:
    del micros
    return -highest[1]
