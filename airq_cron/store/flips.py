"""Alerts in SQL."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, literal, select, tuple_, update

from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.period import Period
from airq_cron.domain.severity import Severity
from airq_cron.errors import NotFoundError
from airq_cron.ports import FlipFilter
from airq_cron.store.flip_tables import flips, is_open
from airq_cron.store.known import known_places
from airq_cron.store.session import Session, insert_into
from airq_cron.store.types import Instant

NAMES = tuple(one.name for one in fields(Flip))
COLUMNS = tuple(flips.c[name] for name in NAMES)


class SqlFlips:
    """The table `flips`; see `ports.Flips`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, flip: Flip) -> bool:
        """
        Store a flip that was just raised; say whether it is new.

        The place of one may have been removed while it was being judged.
        """
        connection = self._session.connection
        if flip.location and not known_places(connection, {flip.location}):
            return False
        insert = insert_into(flips, on_postgresql=self._session.on_postgresql)
        values = {name: getattr(flip, name) for name in NAMES}
        # Without naming an index: either of the two may be in the way.
        new = insert.values(id=flip.id, **values).on_conflict_do_nothing()
        row = connection.execute(new.returning(flips.c.id)).one_or_none()
        return row is not None

    def follow(self, flip_id: str, detail: Mapping[str, Any]) -> None:
        """Replace the figures behind an open flip."""
        self._change(flip_id, detail=dict(detail))

    def clear(self, flip_id: str, *, ended_at: datetime, message: str) -> bool:
        """Clear an open flip now; say whether it was open."""
        at = self._session.now()
        return self._change(
            flip_id, ended_at=ended_at, cleared_at=at, cleared_message=message
        )

    def acknowledge(
        self, flip_id: str, *, at: datetime, by: str, note: str | None
    ) -> bool:
        """Note who sees to an open flip; say whether it was open."""
        return self._change(
            flip_id, acknowledged_at=at, acknowledged_by=by, acknowledged_note=note
        )

    def silence(self, flip_id: str, *, until: datetime | None) -> bool:
        """Tell nobody of an open flip before *until*; say whether it was open."""
        return self._change(flip_id, silenced_until=until)

    def _change(self, flip_id: str, **values: Any) -> bool:
        which = (flips.c.id == flip_id) & is_open
        result = self._session.connection.execute(
            update(flips).where(which).values(values)
        )
        return result.rowcount == 1

    def open_of(self, locations: Collection[str]) -> list[Flip]:
        """Return the open flips of some places, by location and condition."""
        return self._read(
            select(*COLUMNS)
            .where(is_open, flips.c.location.in_(locations))
            .order_by(flips.c.location, flips.c.condition)
        )

    def open_of_kinds(self, kinds: Collection[FlipKind]) -> list[Flip]:
        """Return the open flips of some kinds, by condition."""
        return self._read(
            select(*COLUMNS)
            .where(is_open, flips.c.kind.in_([kind.value for kind in kinds]))
            .order_by(flips.c.condition)
        )

    def recent(self, since: datetime) -> list[Flip]:
        """Return the flips that are open, or were cleared at *since* or later."""
        # Ordered here: to have the order from an index SQLite would read all alerts.
        found = self._read(
            select(*COLUMNS).where(is_open | (flips.c.cleared_at >= since))
        )
        return sorted(found, key=lambda flip: (flip.raised_at, flip.id))

    def open_flip(self, condition: str) -> Flip | None:
        """Return the open flip of a condition, or None."""
        query = select(*COLUMNS).where(is_open, flips.c.condition == condition)
        return next(iter(self._read(query)), None)

    def last_flip(self, condition: str) -> Flip | None:
        """Return the flip of a condition that was raised last, open or cleared."""
        query = select(*COLUMNS).where(flips.c.condition == condition)
        newest = query.order_by(flips.c.raised_at.desc(), flips.c.id.desc()).limit(1)
        return next(iter(self._read(newest)), None)

    def get(self, flip_id: str) -> Flip:
        """Return one flip; raises NotFoundError."""
        found = self._read(select(*COLUMNS).where(flips.c.id == flip_id))
        if not found:
            raise NotFoundError("alert", flip_id)
        return found[0]

    def touching(self, location: str, period: Period) -> list[Flip]:
        """Return the flips of a place that held at any time of *period*, in order."""
        held = flips.c.ended_at.is_(None) | (flips.c.ended_at > period.start)
        return self._read(
            select(*COLUMNS)
            .where(flips.c.location == location, flips.c.began_at < period.end, held)
            .order_by(flips.c.began_at, flips.c.id)
        )

    def find(
        self, where: FlipFilter, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[Flip]:
        """Return flips, the last raised first, after the cursor (raised_at, id)."""
        return self._read(
            select(*COLUMNS)
            .where(*_conditions(where, after))
            .order_by(flips.c.raised_at.desc(), flips.c.id.desc())
            .limit(limit)
        )

    def _read(self, query: Any) -> list[Flip]:
        rows = self._session.connection.execute(query).mappings()
        return [_flip(row) for row in rows]


def _flip(row: RowMapping) -> Flip:
    kind, severity = FlipKind(row["kind"]), Severity(row["severity"])
    return Flip(**{**row, "kind": kind, "severity": severity})


def _conditions(
    where: FlipFilter, after: tuple[datetime, str] | None
) -> Iterable[ColumnElement[bool]]:
    if where.kind is not None:
        yield flips.c.kind == where.kind
    if where.location is not None:
        yield flips.c.location == where.location
    if where.is_open is not None:
        yield is_open if where.is_open else ~is_open
    if where.since is not None:
        yield flips.c.raised_at >= where.since
    if where.until is not None:
        yield flips.c.raised_at < where.until
    if after is not None:
        place = tuple_(literal(after[0], Instant()), literal(after[1]))
        yield tuple_(flips.c.raised_at, flips.c.id) < place
