"""Concentrations in SQL: comparing, writing and reading them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from airq_cron.clock import Clock, SystemClock
from airq_cron.domain.measurement import Measurement, Quality, Series
from airq_cron.domain.period import floor_hour
from airq_cron.errors import NotFoundError
from airq_cron.ports import UpsertCount
from airq_cron.store.air_tables import locations, measurements, series
from airq_cron.store.comparison import Key, Stored, collapse, compare
from airq_cron.store.instants import distinct_instants
from airq_cron.store.measurement_writes import (
    as_rows,
    extend_series,
    mark_dirty,
    series_rows,
    write_rows,
)
from airq_cron.store.types import Instant
from airq_cron.store.vocabulary import ORIGINS, POLLUTANTS, UNITS

# SQLite takes at most 32,766 bound values in one statement.
MOST_INSTANTS = 10_000
READ_COLUMNS = [column for column in measurements.c if column.name != "revisions"]

_instants = distinct_instants(
    measurements.c.valid_from,
    bindparam("since", type_=Instant()),
    bindparam("until", type_=Instant()),
)
# Built once: building it takes longer than a few hours to be found.
WITHIN = (
    select(*READ_COLUMNS)
    .join(_instants, measurements.c.valid_from == _instants.c.at)
    .where(
        measurements.c.location == bindparam("place"),
        measurements.c.provider == bindparam("source"),
    )
    .order_by(measurements.c.valid_from, measurements.c.pollutant)
)


class SqlMeasurements:
    """The tables `measurements` and `series`; marks `dirty_hours`."""

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock or SystemClock()

    def upsert(self, rows: Sequence[Measurement]) -> UpsertCount:
        """
        Store what is new or changed, and mark its hours dirty.

        An equal value that was learnt later is unchanged, but remembers when it
        was learnt: a slower fetch that asked in between must not win over it.

        Raises:
            NotFoundError: the location is unknown; nothing of it is stored.
        """
        count = UpsertCount()
        groups: dict[tuple[str, str], list[Measurement]] = {}
        for row in rows:
            groups.setdefault((row.location, row.provider), []).append(row)
        for place, provider in sorted(groups):
            count += self._upsert(place, provider, groups[place, provider])
        return count

    def _upsert(
        self, location: str, provider: str, rows: Sequence[Measurement]
    ) -> UpsertCount:
        offered = collapse(rows)
        self._lock(location)
        stored = self._stored(location, provider, {at for at, _ in offered})
        found = compare(offered, stored)
        changed = [*found.new, *found.revised]
        write_rows(self._connection, as_rows(found))
        extend_series(self._connection, series_rows(changed))
        self._mark(location, provider, {row.valid_from for row in changed})
        return UpsertCount(
            stored=len(found.new),
            revised=len(found.revised),
            unchanged=len(rows) - len(changed),
        )

    def _lock(self, location: str) -> None:
        """
        Make writers of one location take turns on PostgreSQL.

        Without it two of them could compare with the same past: the counts
        would be wrong, and a value that only one of them knows to be a change
        would stay out of the aggregates. It also keeps a location that is being
        removed from getting new rows.
        """
        query = select(locations.c.id).where(locations.c.id == location)
        query = query.with_for_update(key_share=True)
        if self._connection.execute(query).first() is None:
            raise NotFoundError("location", location)

    def _stored(
        self, location: str, provider: str, instants: Iterable[datetime]
    ) -> dict[Key, Stored]:
        columns = measurements.c
        query = select(
            columns.valid_from,
            columns.pollutant,
            columns.micros,
            columns.unit,
            columns.origin,
            columns.quality,
            columns.fetched_at,
        ).where(columns.location == location, columns.provider == provider)
        waiting = iter(instants)
        found: dict[Key, Stored] = {}
        while part := list(islice(waiting, MOST_INSTANTS)):
            # Equality instead of a range: a range would also read the rows of all
            # other locations.
            rows = self._connection.execute(query.where(columns.valid_from.in_(part)))
            for at, pollutant, *rest in rows:
                found[at, pollutant] = tuple(rest)
        return found

    def _mark(self, location: str, provider: str, instants: Iterable[datetime]) -> None:
        at = self._clock.now()
        hours = {floor_hour(instant) for instant in instants}
        mark_dirty(self._connection, [(hour, location, provider, at) for hour in hours])

    def hours(
        self, location: str, provider: str, since: datetime, until: datetime
    ) -> list[Measurement]:
        """Return the measurements with valid_from in [since, until), in order."""
        values = {"since": since, "until": until, "place": location, "source": provider}
        return list(_measured(self._connection.execute(WITHIN, values)))

    def newest(self, location: str, provider: str) -> datetime | None:
        """Return the newest valid_from, or None."""
        query = select(func.max(series.c.last_at)).where(
            series.c.location == location, series.c.provider == provider
        )
        newest: datetime | None = self._connection.execute(query).scalar_one()
        return newest

    def series(self, location: str | None = None) -> list[Series]:
        """Return every series, or those of one location, in order of their key."""
        query = select(series).order_by(*series.primary_key)
        if location is not None:
            query = query.where(series.c.location == location)
        return [
            Series(
                location=row.location,
                provider=row.provider,
                pollutant=POLLUTANTS[row.pollutant],
                unit=UNITS[row.unit],
                origin=ORIGINS[row.origin],
                first_at=row.first_at,
                last_at=row.last_at,
            )
            for row in self._connection.execute(query)
        ]


def _measured(rows: Iterable[Any]) -> Iterator[Measurement]:
    for at, place, provider, pollutant, micros, unit, origin, quality, fetched in rows:
        yield Measurement(
            provider=provider,
            location=place,
            pollutant=POLLUTANTS[pollutant],
            valid_from=at,
            micros=micros,
            unit=UNITS[unit],
            origin=ORIGINS[origin],
            fetched_at=fetched,
            quality=Quality(quality),
        )
