"""The values of an hour, gathered by the database: a row for each series."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from airq_cron.domain.hourly import HourValues
from airq_cron.domain.period import HOUR
from airq_cron.store.air_tables import measurements
from airq_cron.store.instants import distinct_instants
from airq_cron.store.types import MICROSECOND, Instant, from_epoch_micros
from airq_cron.store.vocabulary import ORIGINS, POLLUTANTS, UNITS

AT, MICROS = measurements.c.valid_from, measurements.c.micros
HOUR_MICROS: ColumnElement[int] = literal_column(str(HOUR // MICROSECOND))
INSTANTS = distinct_instants(
    AT, bindparam("since", type_=Instant()), bindparam("until", type_=Instant())
)


def hour_of(at: Column[Any], *, on_postgresql: bool) -> ColumnElement[datetime]:
    """Return the begin of the UTC hour that holds *at*."""
    if on_postgresql:
        hour = func.date_trunc(literal_column("'hour'"), at, literal_column("'UTC'"))
        return type_coerce(hour, Instant())
    micros = type_coerce(at, Integer)
    # SQLite's remainder of an instant before 1970 is negative.
    past = (micros % HOUR_MICROS + HOUR_MICROS) % HOUR_MICROS
    return type_coerce(micros - past, Instant())


def _gathering(*, on_postgresql: bool) -> Select[Any]:
    """Return the query; its last columns are the values, and when the largest was."""
    gathered: tuple[ColumnElement[Any], ...]
    if on_postgresql:
        highest_first = aggregate_order_by(AT, MICROS.desc(), AT)
        gathered = (func.array_agg(MICROS), func.array_agg(highest_first)[1])
    else:
        # Its aggregates take no order before 3.44: both lists are in the same one.
        lists = (MICROS, type_coerce(AT, Integer))
        gathered = tuple(type_coerce(func.json_group_array(one), JSON) for one in lists)
    key = (
        hour_of(AT, on_postgresql=on_postgresql).label("begin"),
        measurements.c.location,
        measurements.c.pollutant,
        measurements.c.unit,
    )
    return (
        select(*key, func.min(measurements.c.origin), *gathered)
        .join(INSTANTS, INSTANTS.c.at == AT)
        .where(
            measurements.c.location.in_(bindparam("places", expanding=True)),
            measurements.c.provider == bindparam("source"),
        )
        .group_by("begin", *key[1:])
    )


# Built once: building one takes longer than a few hours to be found.
GATHERING = {one: _gathering(on_postgresql=one) for one in (False, True)}


def read_hour_values(
    connection: Connection,
    places: Collection[str],
    provider: str,
    since: datetime,
    until: datetime,
) -> list[HourValues]:
    """Return the values of some places with valid_from in [since, until)."""
    on_postgresql = connection.dialect.name == "postgresql"
    values = {"since": since, "until": until, "source": provider}
    found = connection.execute(
        GATHERING[on_postgresql], values | {"places": list(places)}
    )
    return [
        HourValues(
            hour=hour,
            location=place,
            provider=provider,
            pollutant=POLLUTANTS[pollutant],
            unit=UNITS[unit],
            origin=ORIGINS[origin],
            micros=micros,
            max_at=highest if on_postgresql else _first_highest(micros, highest),
        )
        for hour, place, pollutant, unit, origin, micros, highest in found
    ]


def _first_highest(micros: list[int], instants: list[int]) -> datetime:
    largest = max(micros)
    at = min(at for at, one in zip(instants, micros, strict=True) if one == largest)
    return from_epoch_micros(at)
