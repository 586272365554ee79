"""What the ledger says after a drill: is every due time there, and once?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from airq_cron.domain.run import State
from airq_cron.domain.schedule import parse_schedule
from airq_cron.store.ledger_tables import attempts, runs
from airq_cron.store.store import SqlStore
from tests.chaos.drill import Span
from tests.chaos.effects import connection_of, count_effects


@dataclass
class Verdict:
    """
    One drill in figures, with the keys that outsiders rely on.

    Attributes:
        due: fire times of all jobs in the drill.
        completed_twice: due times whose work was completed more than once.
        missing: due times without a completed run that were not skipped.
        resent: messages sent again.
        refused_duplicates: messages that found nothing to claim.
        longest_gap_s: from a due time to its message in the queue.
        closed_after_last_fault_s: until every run had ended.
        self_exits: processes that ended although no fault had ended them.
        peers: other schedulers under the same faults.
    """

    database: str
    seconds: float
    faults: dict[str, int]
    due: int = 0
    completed_once: int = 0
    completed_twice: int = 0
    skipped: int = 0
    missing: int = 0
    resent: int | None = 0
    refused_duplicates: int | None = 0
    longest_gap_s: float | None = None
    closed_after_last_fault_s: float | None = None
    self_exits: int = 0
    peers: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the row of the report."""
        return asdict(self)


def judge(
    verdict: Verdict,
    store: SqlStore,
    schedules: dict[str, str],
    span: Span,
    *,
    first_queued: Mapping[str, datetime],
) -> None:
    """
    Compare the ledger with the fire times in the span, its end included.

    Args:
        first_queued: see `DrillLedger`.
    """
    with store.read() as unit:
        connection = connection_of(unit)
        for name, text in schedules.items():
            due = parse_schedule(text, "UTC").between(span.since, span.until)
            found = _count(verdict, connection, name, set(due))
            _measure_gaps(verdict, found, first_queued)


def _count(
    verdict: Verdict, connection: Connection, name: str, due: set[datetime]
) -> list[Any]:
    found = [
        row
        for row in connection.execute(
            select(
                runs.c.id,
                runs.c.scheduled_for,
                runs.c.state,
                runs.c.sends,
                runs.c.queued_at,
                runs.c.started_at,
            ).where(runs.c.job == name, runs.c.part == 0)
        )
        if row.scheduled_for in due
    ]
    states = Counter(row.state for row in found)
    times = _completions(connection, name)
    verdict.due += len(due)
    verdict.skipped += states["skipped"]
    verdict.missing += len(due) - states["succeeded"] - states["skipped"]
    verdict.resent = (verdict.resent or 0) + sum(max(0, row.sends - 1) for row in found)
    completed = [times[row.id] for row in found]
    verdict.completed_once += sum(number == 1 for number in completed)
    verdict.completed_twice += sum(number > 1 for number in completed)
    return found


def _completions(connection: Connection, name: str) -> dict[str, int]:
    """Return how many attempts of each run of the job have succeeded."""
    rows = connection.execute(
        select(attempts.c.run_id, func.count().label("times"))
        .join(runs, runs.c.id == attempts.c.run_id)
        .where(runs.c.job == name, attempts.c.outcome == "succeeded")
        .group_by(attempts.c.run_id)
    )
    return Counter({row.run_id: row.times for row in rows})


def _measure_gaps(
    verdict: Verdict, found: Sequence[Any], first_queued: Mapping[str, datetime]
) -> None:
    gaps = [
        (min(known) - row.scheduled_for).total_seconds()
        for row in found
        if (
            known := [
                at
                # Who was started had a message, whatever was noted of it.
                for at in (first_queued.get(row.id), row.queued_at, row.started_at)
                if at is not None
            ]
        )
    ]
    verdict.longest_gap_s = round(max([verdict.longest_gap_s or 0.0, *gaps]), 3)


def effects_beside_ledger(store: SqlStore) -> dict[str, tuple[int, str | None]]:
    """
    Return every run whose rows of effect are not what the ledger says.

    That is one row of a run that has succeeded, none of any other; the value is
    the number of rows and the run's state, None when there is no such run. A run
    that was split leaves none itself: its parts do.
    """
    found = count_effects(store)
    with store.read() as unit:
        rows = connection_of(unit).execute(
            select(runs.c.id, runs.c.state, runs.c.parts)
        )
        known = {row.id: (row.state, row.parts) for row in rows}
    wrong: dict[str, tuple[int, str | None]] = {}
    for run in found.keys() | known.keys():
        state, parts = known.get(run, (None, None))
        expected = int(state == State.SUCCEEDED and parts is None)
        if found[run] != expected:
            wrong[run] = (found[run], state)
    return wrong


def parts_by_due(store: SqlStore) -> dict[datetime, Counter[str]]:
    """Return how many parts of each due time there are in each state."""
    with store.read() as unit:
        found = connection_of(unit).execute(
            select(runs.c.scheduled_for, runs.c.state, func.count().label("number"))
            .where(runs.c.part > 0)
            .group_by(runs.c.scheduled_for, runs.c.state)
        )
        parts: dict[datetime, Counter[str]] = {}
        for row in found:
            parts.setdefault(row.scheduled_for, Counter())[row.state] = row.number
        return parts
