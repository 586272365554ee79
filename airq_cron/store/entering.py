"""Runs enter the ledger and are sent."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import any_, bindparam, func, literal_column, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from airq_cron.domain.catchup import LATE
from airq_cron.domain.run import ENDED, NewRun, State
from airq_cron.store import ledger_tables as tables
from airq_cron.store.arrays import as_arrays, unnested
from airq_cron.store.listed import is_listed, listed_texts, looked_up
from airq_cron.store.rollup import End, note_ends
from airq_cron.store.session import Session
from airq_cron.store.types import Instant

# SQLite takes at most 32,766 bound values in one statement.
MOST_VALUES = 10_000
FIRST_STATES = frozenset(
    {State.SCHEDULED, State.WAITING, State.SKIPPED, State.MISSED, State.CANCELLED}
)
MARK = update(tables.runs).values(
    state=State.QUEUED,
    queued_at=func.coalesce(tables.runs.c.queued_at, bindparam("at", type_=Instant())),
)
# For PostgreSQL, which would compare each id with every run that is scheduled, or look
# for all ids again at each run: it takes no table for large that it saw empty. So the
# runs are looked up by their key, with a state that it cannot tell an index by.
_marked = listed_texts("ids")
_free = looked_up(
    select(tables.runs.c.id)
    .where(is_listed(tables.runs.c.id, _marked))
    .where(tables.runs.c.state.concat(literal_column("''")) == State.SCHEDULED)
    .with_for_update(skip_locked=True)
)
_found = select(_free.c.id).select_from(_marked.join(_free, true()))
MARK_FREE = MARK.where(tables.runs.c.id == any_(func.array(_found.scalar_subquery())))


class Entering:
    """Insert runs, and note that their messages are under way."""

    session: Session

    def now(self) -> datetime:
        """Return the ledger's clock."""
        return self.session.now()

    def insert(self, runs: Iterable[NewRun]) -> list[str]:
        """
        Insert runs; return the ids that were new, in the order given.

        Known keys are left alone. A `scheduled` run counts as sent once, now: its
        message is about to be published, and a sweeper finds it should it not be.

        Raises:
            ValueError: a run cannot begin in its state.
        """
        found = list(runs)
        if not found:
            return []
        at = self.now()
        new = self._insert_rows([_values(run, at) for run in found])
        # A run given twice is new once: the first time.
        fresh = {run.id: run for run in found if run.id in new}
        ends = [
            End(run.job, run.state, run.missed_count or 1)
            for run in fresh.values()
            if run.state in ENDED and run.part == 0
        ]
        note_ends(self.session, ends, at)
        return list(fresh)

    def _insert_rows(self, rows: Sequence[dict[str, Any]]) -> set[str]:
        """Insert what is not known yet; return its ids."""
        if not self.session.on_postgresql:
            result = self.session.connection.execute(_entering_rows(), rows)
        else:
            columns = [tables.runs.c[name] for name in rows[0]]
            arrays = as_arrays(columns, [tuple(row.values()) for row in rows])
            insert = _entering_arrays(tuple(rows[0]))
            result = self.session.connection.execute(insert, arrays)
        return set(result.scalars())

    def mark_queued(self, ids: Sequence[str]) -> None:
        """
        Set `queued` where the state is still `scheduled`.

        A run that is locked is being claimed, cancelled or sent again: it is not
        waited for.
        """
        if not ids:
            return
        at = self.now()
        if self.session.on_postgresql:
            values = {"ids": list(ids), "at": at}
            self.session.connection.execute(MARK_FREE, values)
            return
        for some in _slices(ids):
            unmarked = tables.runs.c.state == State.SCHEDULED
            mine = MARK.where(tables.runs.c.id.in_(some), unmarked)
            self.session.connection.execute(mine, {"at": at})


def _slices(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield *ids* in numbers that fit into one statement."""
    for start in range(0, len(ids), MOST_VALUES):
        yield ids[start : start + MOST_VALUES]


@cache
def _entering_rows() -> ReturningInsert[str]:
    insert = sqlite.insert(tables.runs)
    return insert.on_conflict_do_nothing().returning(tables.runs.c.id)


@cache
def _entering_arrays(names: tuple[str, ...]) -> ReturningInsert[str]:
    rows = unnested(tables.runs.c[name] for name in names)
    insert = postgresql.insert(tables.runs).from_select(names, rows)
    return insert.on_conflict_do_nothing().returning(tables.runs.c.id)


def _is_missed(run: NewRun, at: datetime) -> bool:
    """Say whether its fire time is found late, whatever becomes of it now."""
    planned = run.origin == "schedule" and run.part == 0
    return planned and at - run.scheduled_for > LATE


def _values(run: NewRun, at: datetime) -> dict[str, Any]:
    if run.state not in FIRST_STATES:
        raise ValueError(f"a run cannot begin as {run.state}")
    return {
        "id": run.id,
        "job": run.job,
        "kind": run.kind,
        "queue": str(run.queue),
        "priority": str(run.priority),
        "scheduled_for": run.scheduled_for,
        "state": run.state.value,
        "origin": run.origin,
        "part": run.part,
        "parent": run.parent,
        "reason": run.reason,
        "params": run.params,
        "attempt": 0,
        "errors": 0,
        "crashes": 0,
        "sends": int(run.state is State.SCHEDULED),
        "created_at": at,
        "not_before": run.not_before,
        "sent_at": at if run.state is State.SCHEDULED else None,
        "finished_at": at if run.state in ENDED else None,
        "missed_until": run.missed_until,
        "missed_count": run.missed_count,
        "time_limit_s": run.limits.time_limit_s,
        "soft_limit_s": run.limits.soft_limit_s,
        "run_limit_s": run.limits.run_limit_s,
        "start_margin_s": run.limits.start_margin_s,
        "interval_start": run.interval_start,
        "decision": run.decision,
        "entered_by": run.entered_by,
        "missed_at": at if _is_missed(run, at) else None,
    }
