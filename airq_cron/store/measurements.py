"""Concentrations in SQL: comparing, writing and reading them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Select,
    bindparam,
    func,
    select,
    true,
)

from airq_cron.clock import Clock, SystemClock
from airq_cron.domain.completeness import Presence
from airq_cron.domain.hourly import HourValues
from airq_cron.domain.measurement import Measurement, Quality, Series
from airq_cron.domain.period import floor_hour
from airq_cron.domain.pollutant import Pollutant, Unit
from airq_cron.errors import NotFoundError
from airq_cron.ports import UpsertCount
from airq_cron.store.air_tables import locations, measurements, series
from airq_cron.store.comparison import Key, Stored, collapse, compare
from airq_cron.store.exceeding import read_exceeding
from airq_cron.store.hour_values import (
    INSTANTS,
    JOINED,
    WANTED,
    found_by_keys,
    hour_of,
    read_hour_values,
)
from airq_cron.store.listed import (
    in_json_instants,
    in_json_texts,
    is_listed,
    listed_instants,
    listed_texts,
    looked_up,
)
from airq_cron.store.measurement_writes import (
    as_rows,
    extend_series,
    mark_dirty,
    series_rows,
    write_rows,
)
from airq_cron.store.vocabulary import ORIGINS, POLLUTANTS, UNITS

READ_COLUMNS = [column for column in measurements.c if column.name != "revisions"]


def _within(rows: FromClause, source: FromClause) -> Select[Any]:
    query = select(*(rows.c[column.name] for column in READ_COLUMNS))
    order = (rows.c.valid_from, rows.c.location, rows.c.pollutant)
    return query.select_from(source).order_by(*order)


# Built once: building one takes longer than a few hours to be found.
WITHIN = {
    "sqlite": _within(measurements, JOINED).where(*WANTED),
    "postgresql": _within(*found_by_keys()),
}

PRESENT = (
    select(
        measurements.c.valid_from,
        measurements.c.provider,
        measurements.c.pollutant,
        measurements.c.revisions,
    )
    .join(INSTANTS, measurements.c.valid_from == INSTANTS.c.at)
    .where(measurements.c.location == bindparam("place"))
)

STORED = (
    measurements.c.location,
    measurements.c.valid_from,
    measurements.c.pollutant,
    measurements.c.micros,
    measurements.c.unit,
    measurements.c.origin,
    measurements.c.quality,
    measurements.c.fetched_at,
)
OF_SOURCE = measurements.c.provider == bindparam("source")


def _offered() -> Select[Any]:
    """Return the query for PostgreSQL of what is stored of *places* at *instants*."""
    places, instants = listed_texts("places"), listed_instants("instants")
    key = (
        measurements.c.valid_from == instants.c.value,
        is_listed(measurements.c.location, places),
        OF_SOURCE,
    )
    rows = looked_up(select(*STORED).where(*key))
    return select(*rows.c).select_from(instants.join(places, true()).join(rows, true()))


def _newest() -> Select[Any]:
    """Return the query for PostgreSQL of the newest instant of each of *places*."""
    places = listed_texts("places")
    ours = (series.c.provider == bindparam("source"),)
    newest = select(func.max(series.c.last_at).label("at"))
    rows = looked_up(newest.where(is_listed(series.c.location, places), *ours))
    return (
        select(places.c.value, rows.c.at)
        .select_from(places.join(rows, true()))
        .where(rows.c.at.is_not(None))
    )


# Equality instead of a range: a range would also read the rows of all other places.
OFFERED = {
    "sqlite": select(*STORED).where(
        in_json_instants(measurements.c.valid_from, "instants"),
        in_json_texts(measurements.c.location, "places"),
        OF_SOURCE,
    ),
    "postgresql": _offered(),
}
NEWEST = {
    "sqlite": select(series.c.location, func.max(series.c.last_at))
    .where(
        series.c.provider == bindparam("source"),
        series.c.location.in_(bindparam("places", expanding=True)),
    )
    .group_by(series.c.location),
    "postgresql": _newest(),
}
BY_SERIES = (
    measurements.c.location,
    measurements.c.provider,
    measurements.c.pollutant,
)
# Provider and location.
Group = tuple[str, str]


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
        places = {row.location for row in rows}
        if unknown := places - self._lock(places):
            raise NotFoundError("location", min(unknown))
        return self._store(rows)

    def upsert_known(self, rows: Sequence[Measurement]) -> UpsertCount:
        """Do the same for many places, and leave out those that are unknown."""
        known = self._lock({row.location for row in rows})
        return self._store([row for row in rows if row.location in known])

    def _store(self, rows: Sequence[Measurement]) -> UpsertCount:
        # All places at once: each of four statements costs more than what it does
        # for one place with a few hours.
        groups: dict[Group, list[Measurement]] = {}
        for row in rows:
            groups.setdefault((row.provider, row.location), []).append(row)
        offered = {group: collapse(groups[group]) for group in sorted(groups)}
        stored = self._stored(offered)
        found = [compare(offered[group], stored[group]) for group in offered]
        write_rows(self._connection, [row for one in found for row in as_rows(one)])
        changes = [[*one.new, *one.revised] for one in found]
        spans = [row for changed in changes for row in series_rows(changed)]
        extend_series(self._connection, spans)
        self._mark(zip(offered, changes, strict=True))
        return UpsertCount(
            stored=sum(len(one.new) for one in found),
            revised=sum(len(one.revised) for one in found),
            unchanged=len(rows) - sum(map(len, changes)),
        )

    def _lock(self, places: Collection[str]) -> set[str]:
        """
        Make writers of a location take turns on PostgreSQL; return the known ones.

        Without it two of them could compare with the same past: the counts
        would be wrong, and a value that only one of them knows to be a change
        would stay out of the aggregates. It also keeps a location that is being
        removed from getting new rows.
        """
        query = select(locations.c.id).where(locations.c.id.in_(places))
        query = query.order_by(locations.c.id).with_for_update(key_share=True)
        return set(self._connection.execute(query).scalars())

    def _stored(
        self, offered: Mapping[Group, Mapping[Key, Measurement]]
    ) -> dict[Group, dict[Key, Stored]]:
        """Return what is stored for the hours that are offered of each group."""
        alike: dict[tuple[str, frozenset[datetime]], list[str]] = {}
        for (provider, place), rows in offered.items():
            instants = frozenset(at for at, _ in rows)
            alike.setdefault((provider, instants), []).append(place)
        query = OFFERED[self._connection.dialect.name]
        found: dict[Group, dict[Key, Stored]] = {group: {} for group in offered}
        for (provider, instants), places in alike.items():
            values = {
                "source": provider,
                "places": places,
                "instants": list(instants),
            }
            for place, at, pollutant, *rest in self._connection.execute(query, values):
                found[provider, place][at, pollutant] = tuple(rest)
        return found

    def _mark(self, changes: Iterable[tuple[Group, Sequence[Measurement]]]) -> None:
        now = self._clock.now()
        marks = [
            (hour, place, provider, now)
            for (provider, place), rows in changes
            for hour in {floor_hour(at) for at in {row.valid_from for row in rows}}
        ]
        mark_dirty(self._connection, marks)

    def hours(
        self, location: str, provider: str, since: datetime, until: datetime
    ) -> list[Measurement]:
        """Return the measurements with valid_from in [since, until), in order."""
        return self.hours_of([location], provider, since, until)

    def hours_of(
        self, places: Collection[str], provider: str, since: datetime, until: datetime
    ) -> list[Measurement]:
        """Return those of some places with valid_from in [since, until), in order."""
        values = {"since": since, "until": until, "source": provider}
        query = WITHIN[self._connection.dialect.name]
        found = self._connection.execute(query, values | {"places": list(places)})
        return list(_measured(found))

    def exceeding(
        self,
        places: Collection[str],
        provider: str,
        since: datetime,
        until: datetime,
        bounds: Mapping[tuple[Pollutant, Unit], int],
    ) -> set[str]:
        """Return those of *places* with a value in [since, until) from its bound up."""
        return read_exceeding(self._connection, places, provider, since, until, bounds)

    def hour_values(
        self, places: Collection[str], provider: str, since: datetime, until: datetime
    ) -> list[HourValues]:
        """Return those of some places in [since, until), gathered by their hour."""
        return read_hour_values(self._connection, places, provider, since, until)

    def presence(
        self, location: str, since: datetime, until: datetime
    ) -> list[Presence]:
        """Return what there is of each series of a place in [since, until)."""
        values = {"since": since, "until": until, "place": location}
        hours: dict[tuple[str, ...], set[datetime]] = {}
        revisions: Counter[tuple[str, ...]] = Counter()
        for at, *series_of, count in self._connection.execute(PRESENT, values):
            key = tuple(series_of)
            hours.setdefault(key, set()).add(floor_hour(at))
            revisions[key] += count
        return [
            Presence(
                one.provider,
                one.pollutant,
                one.first_at,
                one.last_at,
                frozenset(hours.get((one.provider, one.pollutant.value), ())),
                revisions[one.provider, one.pollutant.value],
            )
            for one in self.series(location)
        ]

    def count_hours(
        self, since: datetime, until: datetime
    ) -> dict[tuple[str, str, Pollutant], int]:
        """Return in how many UTC hours of [since, until) each series has a value."""
        on_postgresql = self._connection.dialect.name == "postgresql"
        hour = hour_of(measurements.c.valid_from, on_postgresql=on_postgresql)
        query = (
            select(*BY_SERIES, func.count(hour.distinct()))
            .where(measurements.c.valid_from >= since)
            .where(measurements.c.valid_from < until)
            .group_by(*BY_SERIES)
        )
        return {
            (place, provider, POLLUTANTS[pollutant]): count
            for place, provider, pollutant, count in self._connection.execute(query)
        }

    def newest(self, location: str, provider: str) -> datetime | None:
        """Return the newest valid_from, or None."""
        query = select(func.max(series.c.last_at)).where(
            series.c.location == location, series.c.provider == provider
        )
        newest: datetime | None = self._connection.execute(query).scalar_one()
        return newest

    def newest_by_location(
        self, provider: str, places: Collection[str]
    ) -> dict[str, datetime]:
        """Return the newest valid_from of those of *places* that have any."""
        query = NEWEST[self._connection.dialect.name]
        values = {"source": provider, "places": list(places)}
        rows = self._connection.execute(query, values)
        return {row[0]: row[1] for row in rows}

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
        # By position: with names it takes twice as long.
        yield Measurement(
            provider,
            place,
            POLLUTANTS[pollutant],
            at,
            micros,
            UNITS[unit],
            ORIGINS[origin],
            fetched,
            Quality(quality),
        )
