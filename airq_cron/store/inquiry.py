"""What is asked about one fire time, or one run."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from airq_cron.domain.run import Run, State
from airq_cron.ports import Mark
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

    def marks(self, jobs: Sequence[str], limit: int) -> Mapping[str, Sequence[Mark]]:
        """Return the last *limit* whole runs of each of *jobs*, the oldest first."""
        # One walk along the index a job; to number the rows of all of them would
        # read the whole ledger.
        found: dict[str, list[Mark]] = {}
        if jobs:
            names = {f"job_{number}": job for number, job in enumerate(jobs)}
            for job, id_, at, state in self.session.connection.execute(
                _last(len(jobs)), names | {"most": limit}
            ):
                found.setdefault(job, []).append(Mark(job, id_, at, State(state)))
        for marks in found.values():
            marks.sort(key=lambda one: (one.scheduled_for, one.id))
        return found

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


# Built once: building it takes as long as carrying it out.
@lru_cache(maxsize=64)
def _last(count: int) -> CompoundSelect[Any]:
    newest = [
        select(runs.c.job, runs.c.id, runs.c.scheduled_for, runs.c.state)
        .where(runs.c.job == bindparam(f"job_{number}"), whole)
        .order_by(runs.c.scheduled_for.desc())
        .limit(bindparam("most"))
        .subquery()
        for number in range(count)
    ]
    return union_all(*(select(one) for one in newest))
