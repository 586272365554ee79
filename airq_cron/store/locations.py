"""Locations in SQL, and what the last fetch for each came to."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Select,
    Table,
    delete,
    func,
    select,
    update,
)

from airq_cron.domain.measurement import Location
from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.errors import ConflictError, NotFoundError
from airq_cron.ports import FetchState
from airq_cron.store.air_tables import (
    day_revisions,
    days,
    dirty_days,
    dirty_hours,
    fetch_states,
    hours,
    locations,
    measurements,
    series,
)
from airq_cron.store.bulk import BulkUpsert, insert_new
from airq_cron.store.instants import distinct_instants
from airq_cron.store.known import known_places
from airq_cron.store.reported_tables import reported_indices, sources

AT_ONCE = 10_000
# More in one statement than that, and all rows are read instead: databases bind some
# 30,000 values at most.
MOST_NAMED = 1_000
REMEMBERED = ("asked_at", "outcome", "detail", "not_before")
# A slower fetch that asked earlier does not hide what the later one came to.
note_rows = BulkUpsert(
    fetch_states,
    lambda new: {name: new[name] for name in REMEMBERED},
    lambda new: fetch_states.c.asked_at <= new["asked_at"],
)


class SqlLocations:
    """The tables `locations` and `fetch_states`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Location]:
        """Return all locations by id."""
        query = select(locations).order_by(locations.c.id)
        return [_location(row) for row in self._connection.execute(query)]

    def some(self, ids: Collection[str]) -> list[Location]:
        """Return those of *ids* that are known, by id."""
        query = select(locations).where(locations.c.id.in_(ids))
        rows = self._connection.execute(query.order_by(locations.c.id))
        return [_location(row) for row in rows]

    def get(self, location_id: str) -> Location:
        """Return one location; raises NotFoundError."""
        return self._one(select(locations), location_id)

    def lock(self, location_id: str) -> Location:
        """
        Return one location that nobody else changes before the transaction ends.

        Raises:
            NotFoundError: no such location.
        """
        # FOR NO KEY UPDATE, as writers of its measurements take it.
        query = select(locations).with_for_update(key_share=True)
        return self._one(query, location_id)

    def _one(self, query: Select[Any], location_id: str) -> Location:
        found = self._connection.execute(query.where(locations.c.id == location_id))
        row = found.first()
        if row is None:
            raise NotFoundError("location", location_id)
        return _location(row)

    def add(self, location: Location) -> None:
        """Insert; raises ConflictError when the id is taken."""
        values = {"id": location.id, **_values(location)}
        if not insert_new(self._connection, locations, values):
            raise ConflictError(f"there is a location {location.id} already")
        # What a run that was closing days wrote after an earlier place of this id
        # was removed.
        for table in (days, day_revisions):
            self._delete(table, location.id)

    def save(self, location: Location) -> None:
        """Replace; raises NotFoundError."""
        change = update(locations).where(locations.c.id == location.id)
        done = self._connection.execute(change.values(_values(location)))
        if done.rowcount == 0:
            raise NotFoundError("location", location.id)

    def clear(self, location_id: str, *, limit: int) -> bool:
        """Delete the oldest *limit* hours of the place; say whether any are left."""
        span = select(func.min(series.c.first_at), func.max(series.c.last_at))
        mine = series.c.location == location_id
        first: datetime | None
        last: datetime | None
        first, last = self._connection.execute(span.where(mine)).one()
        if first is None or last is None:
            return False
        begin = floor_hour(first)
        end = min(begin + limit * HOUR, floor_hour(last) + HOUR)
        # The marks first: whoever has taken one is computing, and is waited for.
        for key in (dirty_hours.c.hour, measurements.c.valid_from, hours.c.hour):
            self._delete_span(key, location_id, begin, end)
        self._connection.execute(delete(series).where(mine, series.c.last_at < end))
        self._connection.execute(
            update(series).where(mine, series.c.first_at < end).values(first_at=end)
        )
        return end <= last

    def remove(self, location_id: str) -> bool:
        """Delete the place and everything measured there; say whether it was there."""
        # Its lock first: no measurement comes in any more.
        mine = select(locations.c.id).where(locations.c.id == location_id)
        found = self._connection.execute(mine.with_for_update()).first()
        for table in (dirty_hours, dirty_days):
            self._delete(table, location_id)
        while self.clear(location_id, limit=AT_ONCE):
            continue
        for table in (days, day_revisions, fetch_states, reported_indices, sources):
            self._delete(table, location_id)
        self._connection.execute(delete(locations).where(locations.c.id == location_id))
        return found is not None

    def _delete(self, table: Table, location_id: str) -> None:
        self._connection.execute(delete(table).where(table.c.location == location_id))

    def _delete_span(
        self, key: Column[Any], location_id: str, since: datetime, until: datetime
    ) -> None:
        """Delete from a table that has no key by location, without reading it all."""
        instants = distinct_instants(key, since, until)
        self._connection.execute(
            delete(key.table)
            .where(key.in_(select(instants.c.at)))
            .where(key.table.c.location == location_id)
        )

    def fetch_state(
        self, provider: str, places: Collection[str] | None = None
    ) -> dict[str, FetchState]:
        """Return the last fetch of each of *places* from *provider*; None: of all."""
        query = select(fetch_states).where(fetch_states.c.provider == provider)
        if places is not None and len(places) <= MOST_NAMED:
            query = query.where(fetch_states.c.location.in_(places))
        rows = self._connection.execute(query)
        wanted = None if places is None else frozenset(places)
        return {
            row.location: FetchState(*row)
            for row in rows
            if wanted is None or row.location in wanted
        }

    def held(self, provider: str, at: datetime) -> FetchState | None:
        """
        Return the state that keeps the whole provider from being asked at *at*.

        A quota and a key belong to the provider, so what one place met holds for
        all. Of several it is the one that lasts longest.
        """
        row = self._connection.execute(
            select(fetch_states)
            .where(fetch_states.c.provider == provider, fetch_states.c.not_before > at)
            .order_by(fetch_states.c.not_before.desc(), fetch_states.c.location.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else FetchState(*row)

    def forget_fetch(self, provider: str, location: str | None = None) -> None:
        """Forget what the last questions came to, about all places or one."""
        gone = delete(fetch_states).where(fetch_states.c.provider == provider)
        if location is not None:
            gone = gone.where(fetch_states.c.location == location)
        self._connection.execute(gone)

    def note_fetch(self, states: Sequence[FetchState]) -> None:
        """Remember what the last fetch came to; locations gone since are left out."""
        known = known_places(self._connection, {state.location for state in states})
        rows = [
            (
                one.provider,
                one.location,
                one.asked_at,
                one.outcome,
                one.detail,
                one.not_before,
            )
            for one in states
            if one.location in known
        ]
        note_rows(self._connection, rows)


def _values(location: Location) -> dict[str, Any]:
    return {
        "name": location.name,
        "lat": str(location.lat),
        "lon": str(location.lon),
        "zone": location.zone,
        "providers": list(location.written_providers),
        "enabled": location.enabled,
    }


def _location(row: Any) -> Location:
    parts = [text.partition(":") for text in row.providers]
    return Location(
        id=row.id,
        name=row.name,
        lat=Decimal(row.lat),
        lon=Decimal(row.lon),
        zone=row.zone,
        providers=tuple(name for name, _, _ in parts),
        enabled=row.enabled,
        references=tuple((name, own) for name, _, own in parts if own),
    )
