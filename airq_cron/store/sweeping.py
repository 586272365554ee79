"""What beats and sweepers pick up: due, unsent, lost and released runs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam, case, literal, select, update
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.run import Outcome, Run, State
from airq_cron.store.ledger_tables import (
    among,
    attempts,
    backfilled,
    following,
    live,
    runs,
    whole,
)
from airq_cron.store.rows import RUN_COLUMNS, to_run
from airq_cron.store.settling import TAKEN
from airq_cron.store.taking_back import TakingBack
from airq_cron.store.types import Instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A broker that fails for a minute has many runs sent five times; with more doublings
# they would wait for minutes once it has lost them after all (measured: 89 s).
MOST_DOUBLINGS = 1
SEND = update(runs).values(
    state=State.SCHEDULED.value,
    not_before=None,
    reason=None,
    sent_at=bindparam("now", type_=Instant()),
    sends=runs.c.sends + 1,
)
_before = bindparam("before", type_=Instant())
_limit = bindparam("limit", type_=Integer())
# Built once: beats ask these twice a second, mostly for nothing, and building one
# takes longer than running it, under SQLite's write lock.
DUE = (
    select(runs.c.id)
    .where(among(runs.c.state, {State.WAITING}), runs.c.not_before <= _before)
    .order_by(runs.c.not_before)
    .limit(_limit)
    .with_for_update(skip_locked=True)
)
UNSENT = (
    select(runs.c.id)
    .where(
        among(runs.c.state, {State.SCHEDULED}),
        among(runs.c.state, {State.SCHEDULED, State.QUEUED}),
        runs.c.sent_at < _before,
    )
    .order_by(runs.c.sent_at)
    .limit(_limit)
    .with_for_update(skip_locked=True)
)
EXPIRED = (
    select(*TAKEN)
    .where(among(runs.c.state, {State.RUNNING}), runs.c.lease_until < _before)
    .order_by(runs.c.lease_until)
    .limit(_limit)
    .with_for_update(skip_locked=True)
)
Name = str | ColumnElement[str]


class Sweeping(TakingBack):
    """Claims by UPDATE, so that any number of sweepers may work at once."""

    def take_waiting(self, limit: int) -> list[Run]:
        """Claim waiting runs whose not_before has come; now `scheduled`."""
        return self._pick(DUE, State.WAITING, before=self.session.now(), limit=limit)

    def take_unsent(self, older_than: timedelta, limit: int) -> list[Run]:
        """Claim `scheduled` runs sent longer ago than that, to send again."""
        before = self.session.now() - older_than
        return self._pick(UNSENT, State.SCHEDULED, before=before, limit=limit)

    def take_lost(
        self,
        oldest: Mapping[tuple[str, str], datetime | None],
        grace: timedelta,
        limit: int,
    ) -> list[Run]:
        """
        Claim `queued` runs whose message is gone, to send it again.

        Gone is what was sent longer than *grace* ago, or twice that once it has
        been sent again, when its list is empty or the list's oldest
        message was sent more than *grace* later. A list whose oldest message
        does not say when it was sent is left alone.
        """
        now = self.session.now()
        lost = (
            select(runs.c.id)
            .where(
                among(runs.c.state, {State.QUEUED}),
                among(runs.c.state, {State.SCHEDULED, State.QUEUED}),
                runs.c.sent_at < _patience_until(now, grace),
                runs.c.sent_at < _gone_before(oldest, now, grace),
            )
            .order_by(runs.c.sent_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return self._pick(lost, State.QUEUED)

    def take_expired(self, crash_limit: int, limit: int) -> list[Run]:
        """
        Take back runs whose lease ran out; return those scheduled again.

        It counts as a crash: the attempt is `time_limit` when its lease had been
        kept up to its hard limit, else `crashed`. The run that has crashed
        *crash_limit* times is `dead`. Runs without a lease are left alone.
        """
        now = self.session.now()
        rows = self.session.connection.execute(
            EXPIRED, {"before": now, "limit": limit}
        ).all()
        if not rows:
            return []
        again = self.take_back(
            rows,
            crash_limit,
            self._lapsed(rows),
            sent_at=now,
            sends=runs.c.sends + 1,
        )
        return self._read(again)

    def _lapsed(self, rows: Sequence[Row[Any]]) -> dict[str, Outcome]:
        """Return, by run id, how attempts whose lease ran out have ended."""
        limits = self.session.connection.execute(
            select(
                attempts.c.run_id,
                attempts.c.number,
                attempts.c.started_at,
                attempts.c.time_limit_s,
            ).where(attempts.c.run_id.in_([row.id for row in rows]))
        ).all()
        ends_at: dict[tuple[str, int], datetime] = {
            (one.run_id, one.number): one.started_at
            + timedelta(seconds=one.time_limit_s)
            for one in limits
        }
        return {
            row.id: Outcome.TIME_LIMIT
            if row.lease_until >= ends_at[row.id, row.attempt]
            else Outcome.CRASHED
            for row in rows
        }

    def _pick(
        self, chosen: Select[tuple[str]], state: State, **values: Any
    ) -> list[Run]:
        # Two statements: PostgreSQL may run a subquery again for every row that it
        # updates, and each time its LIMIT picks other rows.
        ids = self.session.connection.execute(chosen, values).scalars().all()
        if not ids:
            return []
        return self.send(runs.c.id.in_(ids), among(runs.c.state, {state}))

    def send(self, *which: ColumnElement[bool]) -> list[Run]:
        """Make runs `scheduled`, stamp them as sent, and return them."""
        rows = self.session.connection.execute(
            SEND.where(*which).returning(*RUN_COLUMNS), {"now": self.session.now()}
        )
        return _oldest_first([to_run(row) for row in rows])

    def _read(self, ids: Sequence[str]) -> list[Run]:
        rows = self.session.connection.execute(
            select(*RUN_COLUMNS).where(runs.c.id.in_(ids))
        )
        return _oldest_first([to_run(row) for row in rows])


def in_scope(job: Name, backfill: Name | None) -> ColumnElement[bool]:
    """Return the condition for the whole runs that overlap is judged among."""
    ours = whole & (runs.c.job == job)
    if backfill is None:
        return ours & live
    return ours & backfilled & (runs.c.origin == backfill)


def _patience_until(now: datetime, grace: timedelta) -> ColumnElement[datetime]:
    """Return before when a run that was so often sent must have been sent last."""
    return case(
        *(
            (runs.c.sends <= 1 + doublings, _instant(now - grace * 2**doublings))
            for doublings in range(MOST_DOUBLINGS)
        ),
        else_=_instant(now - grace * 2**MOST_DOUBLINGS),
    )


def _gone_before(
    oldest: Mapping[tuple[str, str], datetime | None], now: datetime, grace: timedelta
) -> ColumnElement[datetime]:
    """Return before when what was sent to a run's own list waits there no longer."""
    lists = [
        (
            (runs.c.queue == queue) & (runs.c.priority == priority),
            _instant(EPOCH if sent_at is None else sent_at - grace),
        )
        for (queue, priority), sent_at in sorted(oldest.items())
    ]
    return case(*lists, else_=_instant(now)) if lists else _instant(now)


def _instant(at: datetime) -> ColumnElement[datetime]:
    return literal(at, Instant())


def follows() -> ColumnElement[bool]:
    """Return the condition that a run waits for its predecessor."""
    return following


def _oldest_first(found: list[Run]) -> list[Run]:
    return sorted(found, key=lambda run: (run.scheduled_for, run.id))
