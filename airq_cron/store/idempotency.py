"""Calls that were made with a key, in SQL."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from airq_cron.domain.idempotency import FirstCall, IdempotencyKey
from airq_cron.store.idempotency_tables import idempotency_keys as table
from airq_cron.store.session import Session, insert_into


class SqlIdempotencyKeys:
    """The table `idempotency_keys`; see `ports.IdempotencyKeys`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, key: IdempotencyKey) -> FirstCall | None:
        """Return the first call with *key*, None when there was none."""
        row = self._session.connection.execute(
            select(table.c.digest, table.c.made).where(_is(key))
        ).one_or_none()
        return None if row is None else FirstCall(row.digest, row.made)

    def keep(self, key: IdempotencyKey, *, made: str, at: datetime) -> FirstCall | None:
        """
        Keep a call as the first one, or return the one that was.

        Who comes at the same moment waits until the other transaction has ended.
        """
        entry = insert_into(table, on_postgresql=self._session.on_postgresql)
        new = self._session.connection.execute(
            entry.on_conflict_do_nothing()
            .values(
                operation=key.operation.value,
                key=key.key,
                digest=key.digest,
                made=made,
                created_at=at,
            )
            .returning(table.c.key)
        )
        return self.find(key) if new.one_or_none() is None else None

    def replace(self, key: IdempotencyKey, *, made: str) -> None:
        """Let the call with *key* stand for something else, with its own body."""
        self._session.connection.execute(
            update(table).where(_is(key)).values(made=made, digest=key.digest)
        )


def _is(key: IdempotencyKey) -> ColumnElement[bool]:
    return (table.c.operation == key.operation.value) & (table.c.key == key.key)
