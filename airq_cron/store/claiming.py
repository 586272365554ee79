"""A worker takes a run, proves that it still owns it, and keeps it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from airq_cron.domain.limits import USUAL
from airq_cron.domain.run import CLAIMABLE, Claim, Outcome, State
from airq_cron.errors import LeaseLostError
from airq_cron.store.ledger_tables import among, attempts, runs
from airq_cron.store.overdue import TIMED, Overdue, later, startable, verdict
from airq_cron.store.rows import CLAIM_COLUMNS, held_by, owned, to_claim
from airq_cron.store.types import Instant

# Built once: under SQLite's write lock, building a statement anew would take
# longer than running it.
LOOK = select(*TIMED, runs.c.kind).where(runs.c.id == bindparam("run"))
LIMIT_S = func.coalesce(runs.c.time_limit_s, USUAL.time_limit_s).label("limit_s")


@cache
def _take(*, of_kind: bool, on_postgresql: bool) -> ReturningUpdate[Any]:
    """Return what takes a run that may be started, in one look at it."""
    at = bindparam("at", type_=Instant())
    run_limit_s = func.coalesce(runs.c.run_limit_s, USUAL.run_limit_s)
    deadline = later(at, run_limit_s, on_postgresql=on_postgresql)
    query = update(runs).where(
        runs.c.id == bindparam("run"),
        among(runs.c.state, CLAIMABLE),
        startable(at, on_postgresql=on_postgresql),
    )
    if of_kind:
        query = query.where(runs.c.kind == bindparam("of_kind"))
    return query.values(
        state=State.RUNNING.value,
        attempt=runs.c.attempt + 1,
        owner=bindparam("by"),
        lease_until=bindparam("until"),
        queued_at=func.coalesce(runs.c.queued_at, runs.c.sent_at),
        started_at=func.coalesce(runs.c.started_at, at),
        deadline_at=func.coalesce(runs.c.deadline_at, deadline),
        not_before=None,
        reason=None,
    ).returning(*CLAIM_COLUMNS, LIMIT_S)


BEGIN = insert(attempts).values(
    run_id=bindparam("run"),
    number=bindparam("attempt"),
    worker=bindparam("by"),
    started_at=bindparam("at"),
    time_limit_s=bindparam("limit"),
)
FENCE = select(runs.c.id).where(owned).with_for_update()

# A child records the others itself; a sweeper's `time_limit` is Celery's to enforce.
BY_OTHERS = frozenset({Outcome.CANCELLED, Outcome.CRASHED})


class Claiming(Overdue):
    """Claims and leases; a claim's attempt number is its fence."""

    def claim(
        self, run_id: str, *, owner: str, lease: timedelta, kind: str | None = None
    ) -> Claim | None:
        """
        Take the run for one attempt, or return None when it cannot be taken.

        None for an unknown id, or one of another *kind*, as well. The owner of a
        running attempt is given the same claim again, so that a lost commit may be
        repeated. A run past its start margin or its deadline ends instead.
        """
        at = self.session.now()
        values = {"run": run_id, "by": owner, "at": at, "until": at + lease}
        take = _take(of_kind=kind is not None, on_postgresql=self.session.on_postgresql)
        row = self.session.connection.execute(
            take, values if kind is None else values | {"of_kind": kind}
        ).one_or_none()
        if row is None:
            return self._decline(run_id, kind, owner, lease, at)
        self.session.connection.execute(
            BEGIN,
            {
                "run": run_id,
                "attempt": row.attempt,
                "by": owner,
                "at": at,
                "limit": row.limit_s,
            },
        )
        return to_claim(row, run_id, claimed_at=at, limit_s=row.limit_s)

    def _decline(
        self,
        run_id: str,
        kind: str | None,
        owner: str,
        lease: timedelta,
        at: datetime,
    ) -> Claim | None:
        """Say why a run could not be taken: end it if it is too late for it."""
        looked: Any = self.session.connection.execute(LOOK, {"run": run_id})
        found = looked.one_or_none()
        if found is None or kind not in (None, found.kind):
            return None
        if found.state in CLAIMABLE and verdict(found, at) is not None:
            self.end_unstarted([found], at)
            return None
        return self._claim_again(run_id, owner, lease, at)

    def _claim_again(
        self, run_id: str, owner: str, lease: timedelta, at: datetime
    ) -> Claim | None:
        row = self.session.connection.execute(
            update(runs)
            .where(
                runs.c.id == run_id,
                among(runs.c.state, {State.RUNNING}),
                runs.c.owner == owner,
                runs.c.lease_until.is_not(None),
            )
            .values(lease_until=at + lease)
            .returning(*CLAIM_COLUMNS)
        ).one_or_none()
        return None if row is None else self._present_claim(row, run_id)

    def held(self, run_id: str, *, owner: str) -> Claim | None:
        """Lock the run and return the claim that *owner* has on it, if it has one."""
        row = self.session.connection.execute(
            select(*CLAIM_COLUMNS)
            .where(
                runs.c.id == run_id,
                among(runs.c.state, {State.RUNNING}),
                runs.c.owner == owner,
                runs.c.lease_until.is_not(None),
            )
            .with_for_update()
        ).one_or_none()
        return None if row is None else self._present_claim(row, run_id)

    def _present_claim(self, row: Row[Any], run_id: str) -> Claim:
        began, limit_s = self.session.connection.execute(
            select(attempts.c.started_at, attempts.c.time_limit_s).where(
                attempts.c.run_id == run_id, attempts.c.number == row.attempt
            )
        ).one()
        return to_claim(row, run_id, claimed_at=began, limit_s=limit_s)

    def check_fence(self, claim: Claim) -> None:
        """Lock the run and raise LeaseLostError unless *claim* still owns it."""
        held = self.session.connection.execute(
            FENCE, {"run": claim.run_id, "number": claim.attempt}
        ).one_or_none()
        if held is None:
            raise LeaseLostError

    def renew(self, ids: Sequence[str], *, worker: str, lease: timedelta) -> set[str]:
        """
        Extend the leases that *worker* still holds; return their ids.

        A run that is locked, because it is writing this moment, keeps its lease
        as it is and counts as held: waiting for it would delay all the others.
        """
        ours = (
            runs.c.id.in_(ids)
            & among(runs.c.state, {State.RUNNING})
            & held_by(worker)
            & runs.c.lease_until.is_not(None)
        )
        free = self.session.connection.execute(
            select(runs.c.id).where(ours).with_for_update(skip_locked=True)
        )
        self.session.connection.execute(
            update(runs)
            .where(runs.c.id.in_(free.scalars().all()))
            .values(lease_until=self.session.now() + lease)
        )
        held = self.session.connection.execute(select(runs.c.id).where(ours))
        return set(held.scalars())

    def taken_away(self, active: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """
        Return those of (run id, owner) whose last attempt others have ended.

        It was cancelled, or its lease ran out. What an owner has not claimed yet,
        or has ended itself, is not among them.
        """
        rows = self.session.connection.execute(
            select(attempts.c.run_id, attempts.c.worker, attempts.c.outcome)
            .where(
                attempts.c.run_id.in_({run_id for run_id, _ in active}),
                attempts.c.worker.in_({owner for _, owner in active}),
            )
            .order_by(attempts.c.number)
        )
        last = {(row.run_id, row.worker): row.outcome for row in rows}
        return {pair for pair in active if last.get(pair) in BY_OTHERS}
