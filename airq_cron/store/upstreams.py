"""Providers in SQL: disabled ones, calls of long windows, samples."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from airq_cron.domain.quota import Refusal, Window, refuse_any
from airq_cron.ports import ProviderState, Sample
from airq_cron.store.session import Session, insert_into
from airq_cron.store.upstream_tables import (
    installation,
    provider_samples,
    provider_states,
    provider_usage,
)

SALT = "salt"


class SqlUpstreams:
    """The tables `provider_*`; see `ports.Upstreams`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def salt(self) -> str | None:
        """Return what tells this installation from others; None before `set_salt`."""
        query = select(installation.c.value).where(installation.c.name == SALT)
        found: str | None = self._session.connection.execute(query).scalar()
        return found

    def set_salt(self, salt: str) -> None:
        """Set it, unless it is set already."""
        put = insert_into(installation, on_postgresql=self._session.on_postgresql)
        self._session.connection.execute(
            put.values(name=SALT, value=salt).on_conflict_do_nothing()
        )

    def state(self, provider: str) -> ProviderState:
        """Return what is kept of a provider; an unknown one is enabled."""
        query = select(provider_states).where(provider_states.c.name == provider)
        row = self._session.connection.execute(query).mappings().one_or_none()
        return ProviderState(provider) if row is None else ProviderState(**row)

    def disable(self, provider: str, reason: str, at: datetime) -> bool:
        """Let nobody ask it any more; say whether that is new."""
        self._know(provider)
        changed = self._session.connection.execute(
            update(provider_states)
            .where(
                provider_states.c.name == provider,
                provider_states.c.disabled_at.is_(None),
            )
            .values(disabled_at=at, reason=reason)
        )
        return changed.rowcount == 1

    def enable(self, provider: str) -> bool:
        """Let it be asked again; say whether it was disabled."""
        changed = self._session.connection.execute(
            update(provider_states)
            .where(
                provider_states.c.name == provider,
                provider_states.c.disabled_at.is_not(None),
            )
            .values(disabled_at=None, reason=None)
        )
        return changed.rowcount == 1

    def take(
        self, provider: str, asked: Sequence[Window], tenths: int, at: datetime
    ) -> Refusal | None:
        """
        Count a call in long windows, or say which one has no room.

        Callers take turns by the provider's row; on SQLite by the write lock.
        """
        self._know(provider)
        lock = select(provider_states.c.name).where(provider_states.c.name == provider)
        self._session.connection.execute(lock.with_for_update())
        buckets = self._buckets(provider, asked, at)
        used = {one.name: buckets for one in asked}
        refusal = refuse_any(used, asked, tenths, at)
        if refusal is None:
            self._count(provider, asked[0].start_of(at), tenths)
            self._forget(provider, asked, at)
        return refusal

    def used(
        self, provider: str, asked: Sequence[Window], at: datetime
    ) -> Mapping[str, int]:
        """Return the tenths that count at *at*, by window."""
        buckets = self._buckets(provider, asked, at)
        return {
            one.name: sum(
                tenths
                for hour, tenths in buckets.items()
                if hour + one.bucket + one.counts_for > at
            )
            for one in asked
        }

    def _buckets(
        self, provider: str, asked: Sequence[Window], at: datetime
    ) -> dict[datetime, int]:
        oldest = at - max(one.bucket + one.counts_for for one in asked)
        rows = self._session.connection.execute(
            select(provider_usage.c.hour, provider_usage.c.tenths).where(
                provider_usage.c.name == provider, provider_usage.c.hour > oldest
            )
        )
        return {row.hour: row.tenths for row in rows}

    def _count(self, provider: str, hour: datetime, tenths: int) -> None:
        put = insert_into(provider_usage, on_postgresql=self._session.on_postgresql)
        self._session.connection.execute(
            put.values(name=provider, hour=hour, tenths=tenths).on_conflict_do_update(
                index_elements=[provider_usage.c.name, provider_usage.c.hour],
                set_={"tenths": provider_usage.c.tenths + tenths},
            )
        )

    def _forget(self, provider: str, asked: Sequence[Window], at: datetime) -> None:
        oldest = at - max(one.bucket + one.counts_for for one in asked)
        self._session.connection.execute(
            delete(provider_usage).where(
                provider_usage.c.name == provider, provider_usage.c.hour <= oldest
            )
        )

    def _know(self, provider: str) -> None:
        put = insert_into(provider_states, on_postgresql=self._session.on_postgresql)
        self._session.connection.execute(
            put.values(name=provider).on_conflict_do_nothing()
        )

    def keep_sample(self, sample: Sample, *, newest: int) -> None:
        """Keep a sample, and of its provider only the *newest*."""
        table = provider_samples
        self._session.connection.execute(
            insert(table).values(
                provider=sample.provider,
                at=sample.at,
                reason=sample.reason,
                body=sample.body,
                size=sample.size,
            )
        )
        ours = table.c.provider == sample.provider
        kept = select(table.c.id).where(ours).order_by(table.c.id.desc()).limit(newest)
        oldest = select(func.min(kept.subquery().c.id)).scalar_subquery()
        self._session.connection.execute(delete(table).where(ours, table.c.id < oldest))

    def samples(self, provider: str) -> list[Sample]:
        """Return the samples of a provider, newest first."""
        query = select(provider_samples).where(provider_samples.c.provider == provider)
        query = query.order_by(provider_samples.c.id.desc())
        rows = self._session.connection.execute(query).mappings()
        return [Sample(**row) for row in rows]
