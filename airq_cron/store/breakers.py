"""Changes of breakers, and breakers that people opened, in SQL."""

from typing import Any

from sqlalchemy import delete, insert, select

from airq_cron.domain.breaker import BreakerChange, BreakerState, Hold
from airq_cron.store.breaker_tables import breaker_changes, breaker_holds
from airq_cron.store.session import Session, insert_into


class SqlBreakers:
    """The tables `breaker_changes` and `breaker_holds`; see `ports.Breakers`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def note(self, change: BreakerChange) -> None:
        """Keep a change of state."""
        self._session.connection.execute(
            insert(breaker_changes).values(
                name=change.name,
                at=change.at,
                before=change.before.value,
                after=change.after.value,
                reason=change.reason,
                failures=change.failures,
                actor=change.actor,
            )
        )

    def history(
        self, name: str, *, limit: int, after: int | None
    ) -> list[BreakerChange]:
        """Return changes, newest first, that are older than number *after*."""
        query = select(breaker_changes).where(breaker_changes.c.name == name)
        if after is not None:
            query = query.where(breaker_changes.c.id < after)
        query = query.order_by(breaker_changes.c.id.desc()).limit(limit)
        return [_change(row) for row in self._session.connection.execute(query)]

    def hold(self, name: str) -> Hold | None:
        """Return what a person set, also when it has expired."""
        query = select(breaker_holds).where(breaker_holds.c.name == name)
        row = self._session.connection.execute(query).mappings().one_or_none()
        return None if row is None else Hold(**row)

    def put_hold(self, hold: Hold) -> None:
        """Open it by hand; replaces what was set before."""
        values = {
            "reason": hold.reason,
            "by": hold.by,
            "opened_at": hold.opened_at,
            "expires_at": hold.expires_at,
        }
        put = insert_into(breaker_holds, on_postgresql=self._session.on_postgresql)
        self._session.connection.execute(
            put.values(name=hold.name, **values).on_conflict_do_update(
                index_elements=[breaker_holds.c.name], set_=values
            )
        )

    def drop_hold(self, name: str) -> bool:
        """Forget what a person set; say whether there was anything."""
        gone = self._session.connection.execute(
            delete(breaker_holds).where(breaker_holds.c.name == name)
        )
        return gone.rowcount == 1


def _change(row: Any) -> BreakerChange:
    return BreakerChange(
        name=row.name,
        at=row.at,
        before=BreakerState(row.before),
        after=BreakerState(row.after),
        reason=row.reason,
        failures=row.failures,
        actor=row.actor,
        id=row.id,
    )
