"""Rows that are kept for a time only: one entry a kind says which those are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, select, true, tuple_

from airq_cron.domain.run import State
from airq_cron.ports import Expired, RowKind
from airq_cron.store.air_tables import tokens
from airq_cron.store.breaker_tables import breaker_changes
from airq_cron.store.call_tables import token_addresses
from airq_cron.store.flip_tables import flips
from airq_cron.store.idempotency_tables import idempotency_keys
from airq_cron.store.ledger_tables import attempts, job_hours, runs
from airq_cron.store.login_tables import login_links, sessions
from airq_cron.store.purging import expired_runs
from airq_cron.store.session import Session
from airq_cron.store.types import Instant
from airq_cron.store.upstream_tables import provider_samples


@dataclass(frozen=True, slots=True)
class Rows:
    """
    The rows of a kind.

    Attributes:
        age: the instant that a row's age is counted from; NULL is kept for ever.
        where: which rows may go at all.
    """

    table: Table
    age: ColumnElement[datetime]
    where: ColumnElement[bool]


_used = tokens.c.id.in_(select(sessions.c.token_id)) | tokens.c.id.in_(
    select(login_links.c.token_id)
)
ROWS = {
    RowKind.FIGURES: Rows(job_hours, job_hours.c.hour, true()),
    RowKind.SAMPLES: Rows(provider_samples, provider_samples.c.at, true()),
    # Those about bad air are part of their day's report, and stay as long as it does.
    RowKind.FLIPS: Rows(flips, flips.c.cleared_at, flips.c.day.is_(None)),
    RowKind.BREAKER_CHANGES: Rows(breaker_changes, breaker_changes.c.at, true()),
    RowKind.LOGIN_LINKS: Rows(login_links, login_links.c.expires_at, true()),
    RowKind.SESSIONS: Rows(sessions, sessions.c.expires_at, true()),
    RowKind.TOKENS: Rows(
        tokens, func.coalesce(tokens.c.revoked_at, tokens.c.expires_at), ~_used
    ),
    RowKind.ADDRESSES: Rows(token_addresses, token_addresses.c.last_seen_at, true()),
    RowKind.IDEMPOTENCY_KEYS: Rows(
        idempotency_keys, idempotency_keys.c.created_at, true()
    ),
}


class SqlExpiring:
    """See `ports.Expiring`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self, kind: RowKind, before: datetime) -> Expired:
        """Return how many rows are older than *before*."""
        rows = ROWS[kind]
        return self._tell(
            select(func.count(), func.min(rows.age, type_=Instant())).where(
                rows.where, rows.age < before
            )
        )

    def purge(self, kind: RowKind, before: datetime, limit: int) -> int:
        """Delete at most *limit* of them, oldest first; 0 when none are left."""
        rows = ROWS[kind]
        key = list(rows.table.primary_key)
        oldest = (
            select(*key)
            .where(rows.where, rows.age < before)
            .order_by(rows.age)
            .limit(limit)
        )
        chosen = key[0] if len(key) == 1 else tuple_(*key)
        gone = delete(rows.table).where(chosen.in_(oldest)).returning(key[0])
        return len(self._session.connection.execute(gone).all())

    def count_runs(
        self, job: str, *, states: Sequence[State], before: datetime, keep: int
    ) -> Expired:
        """Return how many runs `Runs.purge` would delete."""
        expired = expired_runs(self._session, job, states, before, keep)
        return self._tell(
            select(func.count(), func.min(runs.c.finished_at)).where(*expired)
        )

    def count_attempts(
        self, job: str, *, states: Sequence[State], before: datetime, keep: int
    ) -> Expired:
        """Return how many attempts would go with those runs, those of parts apart."""
        expired = expired_runs(self._session, job, states, before, keep)
        return self._tell(
            select(func.count(), func.min(attempts.c.started_at))
            .join_from(attempts, runs)
            .where(*expired)
        )

    def _tell(self, counted: Any) -> Expired:
        count, oldest = self._session.connection.execute(counted).one()
        return Expired(count, oldest)
