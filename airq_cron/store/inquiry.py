"""What is asked about one fire time, or one run."""

from datetime import datetime

from sqlalchemy import func, literal_column, select

from airq_cron.domain.run import Run, State
from airq_cron.store.dead_letters import with_attempts
from airq_cron.store.ledger_tables import runs, whole
from airq_cron.store.rows import RUN_COLUMNS, to_run
from airq_cron.store.session import Session

SCHEDULE = runs.c.origin == literal_column("'schedule'")


class Inquiry:
    """Looks at the ledger from one instant."""

    session: Session

    def at_fire_time(self, job: str, scheduled_for: datetime) -> list[Run]:
        """
        Return the whole runs due then, with attempts, last created first.

        The row of a missed stretch around the instant is one of them.
        """
        # No other row of the schedule lies within a stretch.
        before = self.session.connection.execute(
            select(*RUN_COLUMNS)
            .where(
                runs.c.job == job,
                SCHEDULE,
                whole,
                runs.c.scheduled_for < scheduled_for,
            )
            .order_by(runs.c.scheduled_for.desc())
            .limit(1)
        )
        exact = self.session.connection.execute(
            select(*RUN_COLUMNS).where(
                runs.c.job == job, runs.c.scheduled_for == scheduled_for, whole
            )
        )
        found = [to_run(row) for row in exact]
        found += [
            run
            for run in map(to_run, before)
            if run.missed_until is not None and run.missed_until >= scheduled_for
        ]
        found.sort(key=lambda run: (run.created_at, run.id), reverse=True)
        return with_attempts(self.session, found)

    def oldest_due(self, job: str) -> datetime | None:
        """Return the first scheduled_for of *job* that the ledger still has."""
        oldest: datetime | None = self.session.connection.execute(
            select(func.min(runs.c.scheduled_for)).where(runs.c.job == job)
        ).scalar_one()
        return oldest

    def count_due(self, job: str, since: datetime, until: datetime) -> int:
        """Return how many fire times of the schedule in [since, until) have a row."""
        count: int = self.session.connection.execute(
            select(
                func.coalesce(func.sum(func.coalesce(runs.c.missed_count, 1)), 0)
            ).where(
                runs.c.job == job,
                runs.c.scheduled_for >= since,
                runs.c.scheduled_for < until,
                SCHEDULE,
                whole,
            )
        ).scalar_one()
        return int(count)

    def parts_of(
        self, run_id: str, *, state: State | None, limit: int, after: int
    ) -> list[Run]:
        """Return the parts of a run by number, from the one after *after* on."""
        conditions = [runs.c.parent == run_id, runs.c.part > after]
        if state is not None:
            conditions.append(runs.c.state == state)
        rows = self.session.connection.execute(
            select(*RUN_COLUMNS).where(*conditions).order_by(runs.c.part).limit(limit)
        )
        return [to_run(row) for row in rows]
