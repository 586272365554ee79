"""Reported indices and the stations behind the readings, in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Tuple,
    case,
    literal,
    select,
    tuple_,
)

from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.reported import ReportedIndex
from airq_cron.domain.source import Source
from airq_cron.ports import ReportedKey
from airq_cron.store.bulk import BulkUpsert, Excluded
from airq_cron.store.known import known_places
from airq_cron.store.reported_tables import reported_indices, sources

SAID = ("value", "main_pollutant", "place", "distance_m")
NAMES = ("name", "distance_m", "attribution", "licence")


def _newer_and_other(new: Excluded) -> ColumnElement[bool]:
    old = reported_indices.c
    differs = old.value.is_distinct_from(new["value"])
    for name in SAID[1:]:
        differs |= old[name].is_distinct_from(new[name])
    return (old.fetched_at <= new["fetched_at"]) & differs


def _grow(new: Excluded) -> dict[str, ColumnElement[Any]]:
    old = sources.c
    earlier = new["first_at"] < old.first_at
    later = new["last_at"] > old.last_at
    fresher = new["seen_at"] >= old.seen_at
    grown: dict[str, ColumnElement[Any]] = {
        "first_at": case((earlier, new["first_at"]), else_=old.first_at),
        "last_at": case((later, new["last_at"]), else_=old.last_at),
    }
    for name in (*NAMES, "seen_at"):
        grown[name] = case((fresher, new[name]), else_=old[name])
    return grown


write_reported = BulkUpsert(
    reported_indices,
    lambda new: {name: new[name] for name in (*SAID, "fetched_at")},
    _newer_and_other,
)
write_sources = BulkUpsert(sources, _grow)


class SqlReportedIndices:
    """The table `reported_indices`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, rows: Sequence[ReportedIndex]) -> int:
        """Store *rows*; return how many are new or differ from what was there."""
        known = known_places(self._connection, {row.location for row in rows})
        return write_reported(
            self._connection,
            [
                (
                    row.location,
                    row.valid_at,
                    row.provider,
                    row.scheme,
                    row.value,
                    row.main_pollutant and row.main_pollutant.value,
                    row.place,
                    row.distance_m,
                    row.fetched_at,
                )
                for row in rows
                if row.location in known
            ],
        )

    def page(
        self, location: str, *, limit: int, before: ReportedKey | None = None
    ) -> list[ReportedIndex]:
        """Return at most *limit* of a location, newest first, from *before* on."""
        table = reported_indices.c
        key = (table.valid_at, table.provider, table.scheme)
        query = select(reported_indices).where(table.location == location)
        if before is not None:
            query = query.where(tuple_(*key) < _typed(before))
        query = query.order_by(*(column.desc() for column in key)).limit(limit)
        return [_reported(row) for row in self._connection.execute(query)]


class SqlSources:
    """The table `sources`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, rows: Sequence[Source]) -> None:
        """Remember *rows*; the span of a known station grows."""
        known = known_places(self._connection, {row.location for row in rows})
        write_sources(
            self._connection,
            [
                (
                    row.location,
                    row.provider,
                    row.pollutant.value,
                    row.station,
                    row.name,
                    row.distance_m,
                    row.attribution,
                    row.licence,
                    row.first_at,
                    row.last_at,
                    row.seen_at,
                )
                for row in rows
                if row.location in known
            ],
        )

    def of(self, location: str) -> list[Source]:
        """Return the stations of a location by provider, pollutant and last hour."""
        table = sources.c
        query = select(sources).where(table.location == location)
        query = query.order_by(
            table.provider, table.pollutant, table.last_at.desc(), table.station
        )
        return [_source(row) for row in self._connection.execute(query)]


def _typed(key: ReportedKey) -> Tuple:
    # Without its type the instant would be bound as text on SQLite.
    table = reported_indices.c
    return tuple_(
        literal(key.valid_at, table.valid_at.type),
        literal(key.provider, table.provider.type),
        literal(key.scheme, table.scheme.type),
    )


def _reported(row: Any) -> ReportedIndex:
    main = row.main_pollutant
    return ReportedIndex(
        provider=row.provider,
        location=row.location,
        scheme=row.scheme,
        value=row.value,
        main_pollutant=None if main is None else Pollutant(main),
        valid_at=row.valid_at,
        fetched_at=row.fetched_at,
        place=row.place,
        distance_m=row.distance_m,
    )


def _source(row: Any) -> Source:
    return Source(
        provider=row.provider,
        location=row.location,
        pollutant=Pollutant(row.pollutant),
        station=row.station,
        name=row.name,
        distance_m=row.distance_m,
        attribution=row.attribution,
        licence=row.licence,
        first_at=row.first_at,
        last_at=row.last_at,
        seen_at=row.seen_at,
    )
