"""Who called, and was refused, in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, select, tuple_

from airq_cron.domain.refusal import OTHERS, Refusals
from airq_cron.ports import NewAddress, Toll
from airq_cron.store.air_tables import tokens
from airq_cron.store.call_tables import refused_calls, token_addresses
from airq_cron.store.session import Session, insert_into

KEY = (refused_calls.c.minute, refused_calls.c.sender)
COLUMNS = {
    401: refused_calls.c.unauthenticated,
    403: refused_calls.c.forbidden,
    421: refused_calls.c.misdirected,
    429: refused_calls.c.throttled,
}


class SqlCalls:
    """The tables `refused_calls` and `token_addresses`; see `ports.Calls`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_refusals(self, refused: Sequence[Refusals]) -> None:
        """
        Add to what was counted by anybody for the same minute and sender.

        In the order of their keys, so that two who add never wait in a circle.
        """
        if not refused:
            return
        new = insert_into(refused_calls, on_postgresql=self._session.on_postgresql)
        adding = new.on_conflict_do_update(
            index_elements=list(KEY),
            set_={one.name: one + new.excluded[one.name] for one in COLUMNS.values()},
        )
        rows = [
            {"minute": one.minute, "sender": one.sender}
            | {column.name: one.counts.get(s, 0) for s, column in COLUMNS.items()}
            for one in sorted(refused, key=lambda one: (one.minute, one.sender))
        ]
        self._session.connection.execute(adding, rows)

    def take_refusals(self, before: datetime, limit: int) -> list[Refusals]:
        """Remove and return those of minutes that began before *before*."""
        connection = self._session.connection
        oldest = (
            select(refused_calls)
            .where(refused_calls.c.minute < before)
            .order_by(*KEY)
            .limit(limit)
            .with_for_update()
        )
        found = [
            Refusals(
                row["minute"],
                row["sender"],
                {status: row[column.name] for status, column in COLUMNS.items()},
            )
            for row in connection.execute(oldest).mappings()
        ]
        keys = [(one.minute, one.sender) for one in found]
        if keys:
            connection.execute(delete(refused_calls).where(tuple_(*KEY).in_(keys)))
        return found

    def has_refusals(self, before: datetime) -> bool:
        """Say whether there are any of minutes that began before *before*."""
        any_one = select(refused_calls.c.minute).where(refused_calls.c.minute < before)
        return self._session.connection.execute(any_one.limit(1)).first() is not None

    def refusals_since(self, since: datetime) -> Toll:
        """Return what there is of minutes that began at *since* or later."""
        calls = func.sum(sum(COLUMNS.values()))
        totals = self._session.connection.execute(
            select(refused_calls.c.sender, calls)
            .where(refused_calls.c.minute >= since)
            .group_by(refused_calls.c.sender)
        ).all()
        toll = Toll(sum(int(count) for _, count in totals))
        for sender, count in totals:
            if sender != OTHERS and count > toll.most_calls:
                toll = Toll(toll.calls, sender, int(count))
        return toll

    def note_address(self, token_id: str, address: str, at: datetime) -> None:
        """Note that a token was used from *address*."""
        new = insert_into(token_addresses, on_postgresql=self._session.on_postgresql)
        known = token_addresses.c.last_seen_at < new.excluded.last_seen_at
        self._session.connection.execute(
            new.on_conflict_do_update(
                index_elements=list(token_addresses.primary_key),
                set_={"last_seen_at": new.excluded.last_seen_at},
                where=known,
            ),
            {
                "token_id": token_id,
                "address": address,
                "first_seen_at": at,
                "last_seen_at": at,
            },
        )

    def new_addresses(self, since: datetime, limit: int) -> list[NewAddress]:
        """Return those first seen at *since* or later, the newest first."""
        first, seen = token_addresses.alias(), token_addresses.c
        older = exists().where(
            first.c.token_id == seen.token_id,
            first.c.first_seen_at < seen.first_seen_at,
        )
        found = self._session.connection.execute(
            select(tokens.c.name, seen.address, seen.first_seen_at)
            .join_from(token_addresses, tokens, tokens.c.id == seen.token_id)
            .where(seen.first_seen_at >= since, older)
            .order_by(seen.first_seen_at.desc(), seen.token_id, seen.address)
            .limit(limit)
        )
        return [NewAddress(*row) for row in found]
