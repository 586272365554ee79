"""Runs end: every end is counted here, a part's on the run it is a part of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Row, Text, bindparam, case, cast, update
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.run import State
from airq_cron.store.ledger_tables import among, runs
from airq_cron.store.rollup import End, note_ends
from airq_cron.store.session import Session
from airq_cron.store.types import Instant

TIMED = frozenset({State.SUCCEEDED, State.FAILED})
TAKEN: tuple[Column[Any], ...] = (
    runs.c.id,
    runs.c.job,
    runs.c.origin,
    runs.c.part,
    runs.c.parent,
    runs.c.state,
    runs.c.attempt,
    runs.c.crashes,
    runs.c.scheduled_for,
    runs.c.started_at,
    runs.c.lease_until,
    runs.c.parts,
)
# Its parts do its work: it runs, and nobody holds it.
split_up = among(runs.c.state, {State.RUNNING}) & runs.c.lease_until.is_(None)


def number_text(number: Column[Any]) -> ColumnElement[str]:
    """Return the digits of *number*, to be put into a sentence."""
    return cast(number, Text)


# Built once: under SQLite's write lock, building a statement anew would take
# longer than running it.
_COUNT = (
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(
        parts_left=runs.c.parts_left - bindparam("ended"),
        parts_failed=runs.c.parts_failed + bindparam("failed"),
    )
    .returning(runs.c.parts_left)
)
_all_well = runs.c.parts_failed == 0
_CLOSE = (
    update(runs)
    .where(runs.c.id == bindparam("run"), split_up, runs.c.parts_left <= 0)
    .values(
        state=case((_all_well, State.SUCCEEDED.value), else_=State.FAILED.value),
        finished_at=bindparam("at", type_=Instant()),
        error=case(
            (_all_well, None),
            else_=number_text(runs.c.parts_failed)
            .concat(" of ")
            .concat(number_text(runs.c.parts))
            .concat(" parts failed"),
        ),
    )
    .returning(*TAKEN)
)


def is_split(row: Row[Any]) -> bool:
    """Say whether parts do the work of the run in *row*."""
    return bool(row.state == State.RUNNING and row.lease_until is None)


def end_runs(
    session: Session,
    which: ColumnElement[bool],
    state: State,
    at: datetime,
    **more: Any,
) -> list[Row[Any]]:
    """
    End the runs for which *which* holds, and settle them; return their rows.

    *which* names the states from which they end: a run that another transaction
    has ended in the meantime is not ended, nor counted, a second time.

    Args:
        more: further values of the runs.
    """
    ended = update(runs).where(which).values(state=state, finished_at=at, **more)
    rows = session.connection.execute(
        ended.values(lease_until=None).returning(*TAKEN)
    ).all()
    settle(session, rows, at)
    return list(rows)


def settle(
    session: Session,
    rows: Sequence[Row[Any]],
    at: datetime,
    duration: timedelta | None = None,
) -> bool:
    """
    Count the ends of runs, in the transaction that ended them: each once.

    Returns whether a whole run is over, and not parts of one alone.

    A whole run goes into the roll-up. A part is counted on its run, and the last
    one closes that: `succeeded` when all parts have. Parts' rows are locked
    before their runs', and these in the order of their ids, so that two
    transactions wait for each other instead of locking up.

    Args:
        rows: `TAKEN` of runs that hold the state in which they ended.
        duration: of the attempt that ended them; a run with parts has lasted
            from its first claim.
    """
    whole = [row for row in rows if row.parent is None]
    whole += _count_parts(session, rows, at)
    note_ends(session, [_end(row, at, duration) for row in whole], at)
    return bool(whole)


def _count_parts(
    session: Session, rows: Iterable[Row[Any]], at: datetime
) -> list[Row[Any]]:
    """Count parts on their runs; return the rows of the runs that this closed."""
    ended: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for row in rows:
        if row.parent is not None:
            ended[row.parent] += 1
            failed[row.parent] += row.state != State.SUCCEEDED
    closed: list[Row[Any]] = []
    for run in sorted(ended):
        values = {"run": run, "ended": ended[run], "failed": failed[run]}
        left = session.connection.execute(_COUNT, values).scalar_one_or_none()
        if left == 0:
            closed += session.connection.execute(_CLOSE, {"run": run, "at": at})
    return closed


def _end(row: Row[Any], at: datetime, duration: timedelta | None) -> End:
    state = State(row.state)
    if row.parts is not None:
        duration = at - row.started_at
    cancelled = state is State.CANCELLED
    return End(
        row.job,
        state,
        duration=duration if state in TIMED else None,
        punctuality=None if cancelled else _punctuality(row),
    )


def _punctuality(row: Row[Any]) -> timedelta | None:
    """Return start minus due time; a backfill or a call by hand is never late."""
    if row.origin != "schedule" or row.started_at is None:
        return None
    late: timedelta = row.started_at - row.scheduled_for
    return late
