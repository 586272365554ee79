"""What the ledger says after a drill: is every due time there, and once?"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from airq_cron.domain.run import ENDED
from airq_cron.domain.schedule import parse_schedule
from airq_cron.store.ledger_tables import attempts, runs
from airq_cron.store.store import SqlStore


@dataclass
class Verdict:
    """
    One drill in figures, with the keys that outsiders rely on.

    Attributes:
        due: fire times of all jobs in the drill.
        completed_twice: runs with more than one successful attempt.
        missing: due times without a run that has succeeded.
        resent: messages sent again.
        longest_gap_s: from a due time to its message in the queue.
        closed_after_last_fault_s: until every run had ended.
        self_exits: processes that ended although no fault had ended them.
        peers: other schedulers under the same faults; none yet.
    """

    database: str
    seconds: float
    faults: dict[str, int]
    due: int = 0
    completed_once: int = 0
    completed_twice: int = 0
    skipped: int = 0
    missing: int = 0
    resent: int = 0
    refused_duplicates: int = 0
    longest_gap_s: float | None = None
    closed_after_last_fault_s: float | None = None
    self_exits: int = 0
    peers: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the row of the report."""
        return asdict(self)


def all_ended(store: SqlStore, names: list[str]) -> bool:
    """Say whether no run of these jobs is unfinished."""
    with store._current().connect() as connection:
        open_runs = connection.execute(
            select(func.count())
            .select_from(runs)
            .where(runs.c.job.in_(names), runs.c.state.not_in(sorted(ENDED)))
        ).scalar_one()
    return int(open_runs) == 0


def judge(
    verdict: Verdict,
    store: SqlStore,
    schedules: dict[str, str],
    since: datetime,
    until: datetime,
) -> None:
    """Compare the ledger with the fire times in (since, until] of each job."""
    with store._current().connect() as connection:
        for name, text in schedules.items():
            due = set(parse_schedule(text, "UTC").between(since, until))
            found = connection.execute(
                select(
                    runs.c.id,
                    runs.c.scheduled_for,
                    runs.c.state,
                    runs.c.sends,
                    runs.c.queued_at,
                    runs.c.started_at,
                ).where(runs.c.job == name, runs.c.scheduled_for.in_(due))
            ).all()
            states = Counter(row.state for row in found)
            verdict.due += len(due)
            verdict.skipped += states["skipped"]
            verdict.missing += len(due) - states["succeeded"] - states["skipped"]
            verdict.resent += sum(max(0, row.sends - 1) for row in found)
            # A run that is sent again gets a new `queued_at`: its start was earlier.
            gaps = [
                (min(known) - row.scheduled_for).total_seconds()
                for row in found
                if (known := [at for at in (row.queued_at, row.started_at) if at])
            ]
            verdict.longest_gap_s = max([verdict.longest_gap_s or 0.0, *gaps])
            successes = connection.execute(
                select(attempts.c.run_id, func.count().label("times"))
                .join(runs, runs.c.id == attempts.c.run_id)
                .where(runs.c.job == name, attempts.c.outcome == "succeeded")
                .group_by(attempts.c.run_id)
            ).all()
            ids = {row.id for row in found}
            times = Counter(row.times for row in successes if row.run_id in ids)
            verdict.completed_once += times[1]
            verdict.completed_twice += sum(
                count for number, count in times.items() if number > 1
            )
