"""Runs that fail one after the other."""

from datetime import datetime

from sqlalchemy import select

from airq_cron.domain.run import Run, State
from airq_cron.store.ledger_tables import among, runs
from airq_cron.store.rows import RUN_COLUMNS, to_run
from airq_cron.store.session import Session

CARRIED_OUT = frozenset({State.SUCCEEDED, State.FAILED, State.DEAD})


class Streaks:
    """See `ports.Streaks`."""

    session: Session

    def failing_jobs(self) -> set[str]:
        """Return the jobs of which this transaction has ended a run as a failure."""
        return set(self.session.failing)

    def last_carried_out(
        self, job: str, *, since: datetime | None, limit: int
    ) -> list[Run]:
        """
        Return the scheduled runs that were carried out, newest fire time first.

        Those are `succeeded`, `failed` or `dead`; the others say nothing of the
        job's work.

        Args:
            since: only those due after it.
        """
        wanted = select(*RUN_COLUMNS).where(
            runs.c.job == job,
            runs.c.origin == "schedule",
            runs.c.part == 0,
            among(runs.c.state, CARRIED_OUT),
        )
        if since is not None:
            wanted = wanted.where(runs.c.scheduled_for > since)
        rows = self.session.connection.execute(
            wanted.order_by(runs.c.scheduled_for.desc()).limit(limit)
        )
        return [to_run(row) for row in rows]
