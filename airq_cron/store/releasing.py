"""Runs that wait for their predecessor are released when it is their turn."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, literal_column, select, update
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.dml import ReturningUpdate

from airq_cron.domain.backfill import PREFIX, Backfill, Stage
from airq_cron.domain.run import UNFINISHED
from airq_cron.ports import AuditEntry
from airq_cron.store.audit import SqlAudit
from airq_cron.store.backfills import COLUMNS, SqlBackfills, to_backfill
from airq_cron.store.history_tables import backfills, open_backfill
from airq_cron.store.ledger_tables import among, backfilled, live, runs, under_way
from airq_cron.store.sweeping import SEND, Sweeping, follows, in_scope

# So many are released or cancelled in one transaction: some 40 ms of SQLite's lock.
BATCH = 200
# Entering 100,000 runs takes half a minute; who took so much longer has died.
LONGEST_ENTRY = timedelta(minutes=10)


def _releasing(scope: ColumnElement[bool]) -> ReturningUpdate[str]:
    """Return what lets the oldest waiting run of *scope* go, if none is under way."""
    ours = among(runs.c.state, UNFINISHED) & scope
    busy = select(runs.c.id).where(ours, ~follows()).correlate(None)
    oldest = (
        select(runs.c.id)
        .where(scope, follows())
        .order_by(runs.c.scheduled_for, runs.c.id)
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    # Who cancels several holds the oldest and may wait for the run that ends here.
    free = (
        select(runs.c.id)
        .where(runs.c.id == oldest)
        .correlate(None)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    # One statement, hence one snapshot: two sweepers that looked first and
    # released then could let two runs go.
    return SEND.where(runs.c.id == free, follows(), ~busy.exists()).returning(runs.c.id)


def _idle() -> Select[str]:
    """Return the question for jobs with followers and nothing before them."""
    # Those with something are most. To ask for each alone would hold SQLite's lock
    # for 0.4 s with 500 of them, and hide the others behind them.
    other = runs.alias()
    busy = (
        among(other.c.state, UNFINISHED)
        & (other.c.part == literal_column("0"))
        & other.c.origin.not_like(literal_column("'backfill:%'"))
        & (
            (other.c.state != literal_column("'waiting'"))
            | other.c.not_before.is_not(None)
        )
    )
    none = ~select(other.c.id).where(other.c.job == runs.c.job, busy).exists()
    return (
        select(runs.c.job)
        .where(follows(), live, none)
        .distinct()
        .order_by(runs.c.job)
        .limit(bindparam("limit"))
    )


# Built once: beats ask these twice a second, mostly for nothing.
IDLE = _idle()
_open = (
    select(*COLUMNS)
    .where(open_backfill)
    .order_by(backfills.c.id)
    .limit(bindparam("limit"))
)
CANCELLED = _open.where(backfills.c.cancelled_at.is_not(None))
WANTED = _open.where(backfills.c.cancelled_at.is_(None)).with_for_update(
    skip_locked=True
)
# At the end of every run, building it would take half of the time.
RELEASE = _releasing(in_scope(bindparam("line"), None))
RELEASE_OF_BACKFILL = _releasing(in_scope(bindparam("line"), bindparam("backfill")))
# As above: beat asks twice a second.
UNDONE = select(
    select(runs.c.id).where(among(runs.c.state, UNFINISHED)).exists()
    | select(backfills.c.id).where(open_backfill).exists()
)


class Releasing(Sweeping):
    """Lets waiting runs go, no more at once than their line allows."""

    def has_unfinished(self) -> bool:
        """Say whether there is an unfinished run, or an open backfill."""
        return bool(self.session.connection.execute(UNDONE).scalar_one())

    def release_next(self, job: str, *, backfill: str | None) -> list[str]:
        """
        Make the oldest runs that wait for their predecessor ready; return their ids.

        Of this *backfill* (an origin), as many as its concurrency leaves room
        for; of the schedule and by hand when it is None, one, unless another
        is under way.
        """
        if backfill is not None:
            found = self.session.connection.execute(
                select(*COLUMNS)
                .where(backfills.c.id == backfill.removeprefix(PREFIX))
                .with_for_update()
            ).one_or_none()
            if found is not None:
                return self._release(to_backfill(found))
        return self._release_one(job, backfill)

    def _release_one(self, job: str, origin: str | None) -> list[str]:
        values: dict[str, Any] = {"line": job, "now": self.session.now()}
        statement = RELEASE
        if origin is not None:
            statement, values["backfill"] = RELEASE_OF_BACKFILL, origin
        return list(self.session.connection.execute(statement, values).scalars())

    def _release(self, backfill: Backfill) -> list[str]:
        """Let runs of *backfill* go, whose row is locked: one releaser at a time."""
        if backfill.stage is not Stage.RUNNING:
            return []
        room = BATCH
        if backfill.concurrency is not None:
            room = backfill.concurrency - self._count_under_way(backfill)
        if room <= 0:
            return []
        chosen = self.session.connection.execute(
            select(runs.c.id)
            .where(follows(), backfilled, runs.c.origin == backfill.origin)
            .order_by(runs.c.scheduled_for, runs.c.id)
            .limit(room)
            # One that is being cancelled is nobody's turn.
            .with_for_update(skip_locked=True)
        )
        ids = chosen.scalars().all()
        if ids:
            return [run.id for run in self.send(runs.c.id.in_(ids), follows())]
        self._close(backfill)
        return []

    def _count_under_way(self, backfill: Backfill) -> int:
        return self.session.connection.execute(
            select(func.count()).where(
                under_way, backfilled, runs.c.origin == backfill.origin
            )
        ).scalar_one()

    def _close(self, backfill: Backfill) -> None:
        """Note that it is over, if none of its runs is unfinished."""
        ours = select(runs.c.id).where(backfilled, runs.c.origin == backfill.origin)
        self.session.connection.execute(
            update(backfills)
            .where(
                backfills.c.id == backfill.id,
                ~ours.where(follows()).exists(),
                ~ours.where(under_way).exists(),
            )
            .values(finished_at=self.session.now())
        )

    def release_stuck(self, limit: int) -> list[str]:
        """
        Release waiting runs whose predecessors have all ended, as a sweeper does.

        `release_next` does it at once; this finds what a crash in between left.
        Runs of a cancelled backfill are cancelled, and a backfill whose entering
        was broken off is: a part of what was asked for would pass for the whole.
        """
        released: list[str] = []
        for job in self._find_idle(limit):
            released += self._release_one(job, None)
        # First, because it waits for runs, and who ends one waits for its backfill.
        for backfill in self._find_cancelled(limit):
            if not SqlBackfills(self.session).cancel_runs(backfill.id, BATCH):
                self._close(backfill)
        for backfill in self._lock_wanted(limit):
            released += self._attend(backfill)
            if len(released) >= limit:
                break
        return released

    def _find_idle(self, limit: int) -> Sequence[str]:
        """Return jobs with runs that wait for their predecessor, and none before."""
        found = self.session.connection.execute(IDLE, {"limit": limit})
        return found.scalars().all()

    def _find_cancelled(self, limit: int) -> list[Backfill]:
        rows = self.session.connection.execute(CANCELLED, {"limit": limit})
        return [to_backfill(row) for row in rows]

    def _lock_wanted(self, limit: int) -> list[Backfill]:
        # Where somebody else is at it, there is nothing to find.
        rows = self.session.connection.execute(WANTED, {"limit": limit})
        return [to_backfill(row) for row in rows]

    def _attend(self, backfill: Backfill) -> list[str]:
        at = self.session.now()
        if backfill.stage is Stage.ENTERING:
            if at - backfill.created_at > LONGEST_ENTRY:
                self._give_up(backfill, at)
            return []
        return self._release(backfill)

    def _give_up(self, backfill: Backfill, at: datetime) -> None:
        SqlBackfills(self.session).mark_cancelled(backfill.id, at)
        SqlAudit(self.session).record(
            AuditEntry(
                "system",
                "backfill.cancel",
                f"backfill:{backfill.id}",
                note="its entering was broken off",
            )
        )
