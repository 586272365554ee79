"""Hourly aggregates in SQL, and the hours that must be computed again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, select, tuple_
from sqlalchemy.sql.dml import ReturningDelete

from airq_cron.clock import Clock, SystemClock
from airq_cron.domain.hourly import HourlyAggregate
from airq_cron.ports import DirtyHour
from airq_cron.store.air_tables import dirty_hours, hours
from airq_cron.store.bulk import replace_changed
from airq_cron.store.instants import distinct_instants
from airq_cron.store.types import Instant
from airq_cron.store.vocabulary import ORIGINS, POLLUTANTS, UNITS

put_rows = replace_changed(hours)
# In the order of the fields of HourlyAggregate.
READ_COLUMNS = [column for column in hours.c if column.name != "updated_at"]
BOUNDS = {
    "locations": dirty_hours.c.location.in_(bindparam("locations", expanding=True)),
    "since": dirty_hours.c.hour >= bindparam("since"),
    "until": dirty_hours.c.hour < bindparam("until"),
}


# Kept, as all below: to build one takes as long as to find the hours of a day.
@cache
def _taking(bounds: tuple[str, ...]) -> ReturningDelete[Any]:
    key = dirty_hours.primary_key.columns
    oldest = (
        select(*key)
        .where(*(BOUNDS[name] for name in bounds))
        .order_by(*key)
        .limit(bindparam("limit"))
        .with_for_update()
    )
    # PostgreSQL may carry out a subquery more than once, and take more than its
    # limit; a CTE with a lock is carried out once.
    chosen = tuple_(*key).in_(select(*oldest.cte("oldest").c))
    return delete(dirty_hours).where(chosen).returning(*key)


@cache
def _reading(*, of_provider: bool) -> Select[Any]:
    since, until = (bindparam(name, type_=Instant()) for name in ("since", "until"))
    instants = distinct_instants(hours.c.hour, since, until)
    query = (
        select(*READ_COLUMNS)
        .join(instants, hours.c.hour == instants.c.at)
        .where(hours.c.location == bindparam("place"))
        .order_by(hours.c.hour, hours.c.provider, hours.c.pollutant)
    )
    if of_provider:
        query = query.where(hours.c.provider == bindparam("source"))
    return query


class HourTables:
    """The tables `hours` and `dirty_hours`."""

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock or SystemClock()

    def take_dirty_hours(
        self,
        limit: int,
        *,
        locations: Collection[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[DirtyHour]:
        """
        Remove and return dirty hours, oldest first; [since, until) of some places.

        On PostgreSQL it waits for writers that have marked one of them and not
        yet committed, so that their measurements are seen by what follows.
        """
        places = None if locations is None else list(locations)
        given = {"locations": places, "since": since, "until": until}
        known = {name: value for name, value in given.items() if value is not None}
        taken = _taking(tuple(known))
        values = known | {"limit": limit}
        found = self._connection.execute(taken, values)
        rows = sorted(tuple(row) for row in found)
        return [DirtyHour(*row) for row in rows]

    def dirty_locations(self) -> list[str]:
        """Return the places that have dirty hours, by id."""
        place = dirty_hours.c.location
        found = self._connection.execute(select(place).distinct().order_by(place))
        return list(found.scalars())

    def put_hours(self, rows: Sequence[HourlyAggregate]) -> int:
        """Store aggregates; return how many differ from what was there."""
        now = self._clock.now()
        return put_rows(
            self._connection,
            [
                (
                    row.hour,
                    row.location,
                    row.provider,
                    row.pollutant.value,
                    row.unit.value,
                    row.origin.value,
                    row.n,
                    row.mean_micros,
                    row.min_micros,
                    row.max_micros,
                    row.max_at,
                    now,
                    row.p50_micros,
                    row.p95_micros,
                )
                for row in rows
            ],
        )

    def hours(
        self,
        location: str,
        since: datetime,
        until: datetime,
        provider: str | None = None,
    ) -> list[HourlyAggregate]:
        """Return aggregates by hour, provider and pollutant; hour in [since, until)."""
        values = {"since": since, "until": until, "place": location}
        if provider is not None:
            values["source"] = provider
        query = _reading(of_provider=provider is not None)
        return [
            HourlyAggregate(
                hour,
                place,
                name,
                POLLUTANTS[pollutant],
                UNITS[unit],
                ORIGINS[origin],
                *figures,
            )
            for hour, place, name, pollutant, unit, origin, *figures in (
                self._connection.execute(query, values)
            )
        ]
