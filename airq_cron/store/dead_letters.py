"""Dead letters: listed, started again, discarded."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, literal, select, tuple_, update
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.limits import USUAL
from airq_cron.domain.run import ENDED, Attempt, Run, State
from airq_cron.ports import LetterFilter
from airq_cron.store.ledger_tables import among, attempts, dead_letter, runs, whole
from airq_cron.store.rollup import End, take_back_ends
from airq_cron.store.rows import ATTEMPT_COLUMNS, RUN_COLUMNS, to_attempt, to_run
from airq_cron.store.session import Session
from airq_cron.store.types import Instant

DEAD = frozenset({State.FAILED, State.DEAD})
# A run that was cancelled with its deadline leaves cancelled parts behind.
UNSUCCESSFUL = ENDED - {State.SUCCEEDED}
LETTER = (
    runs.c.id,
    runs.c.job,
    runs.c.state,
    runs.c.finished_at,
    runs.c.parts,
    func.coalesce(runs.c.run_limit_s, USUAL.run_limit_s).label("limit_s"),
)
# `attempt` goes on: it is the fence against whoever still works on an old one.
AFRESH: dict[str, Any] = {
    "errors": 0,
    "crashes": 0,
    "reason": None,
    "error": None,
    "result": None,
    "owner": None,
    "lease_until": None,
    "not_before": None,
    "queued_at": None,
    "finished_at": None,
    "deadline_at": None,
    "discarded_at": None,
}


class DeadLetters:
    """Whole runs that are `failed` or `dead` and were not discarded."""

    session: Session

    def find_dead_letters(
        self, where: LetterFilter, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[Run]:
        """
        Return dead letters with their attempts, newest scheduled_for first.

        They follow the cursor *after* (time, id).
        """
        rows = self.session.connection.execute(
            select(*RUN_COLUMNS)
            .where(dead_letter, *_conditions(where, after))
            .order_by(runs.c.scheduled_for.desc(), runs.c.id.desc())
            .limit(limit)
        )
        return with_attempts(self.session, [to_run(row) for row in rows])

    def retry(self, ids: Sequence[str]) -> list[Run]:
        """
        Start those that are `failed` or `dead` again; return the runs to publish.

        A run that was split is `running` again, and those of its parts are
        returned that did not succeed; any other is returned itself. Parts and
        runs in another state are left alone. The end that is taken back is taken
        out of the job's counts as well.
        """
        letters = self.session.connection.execute(
            select(*LETTER)
            .where(runs.c.id.in_(ids), among(runs.c.state, DEAD), whole)
            .order_by(runs.c.id)
            .with_for_update()
        ).all()
        at = self.session.now()
        started = self._send_again(
            runs.c.id.in_([one.id for one in letters if one.parts is None]), at
        )
        for one in letters:
            if one.parts is not None:
                started += self._restart_parts(one, at)
        ends = [(End(one.job, State(one.state)), one.finished_at) for one in letters]
        take_back_ends(self.session, ends)
        return started

    def _restart_parts(self, run: Any, at: datetime) -> list[Run]:
        # Nobody claims a run that was split, so its deadline is set here; parts
        # have that of their run.
        deadline_at = at + timedelta(seconds=run.limit_s)
        undone = (runs.c.parent == run.id) & among(runs.c.state, UNSUCCESSFUL)
        parts = self._send_again(undone, at, deadline_at=deadline_at)
        if not parts:
            return self._send_again(runs.c.id == run.id, at)
        values = AFRESH | {
            "state": State.RUNNING,
            "parts_left": len(parts),
            "parts_failed": 0,
            "deadline_at": deadline_at,
            "result": runs.c.result,
        }
        self.session.connection.execute(
            update(runs).where(runs.c.id == run.id).values(values)
        )
        return parts

    def _send_again(
        self, which: ColumnElement[bool], at: datetime, **more: Any
    ) -> list[Run]:
        sent = {"state": State.SCHEDULED, "sent_at": at, "sends": runs.c.sends + 1}
        rows = self.session.connection.execute(
            update(runs)
            .where(which)
            .values(AFRESH | sent | more)
            .returning(*RUN_COLUMNS)
        )
        found = [to_run(row) for row in rows]
        return sorted(found, key=lambda run: (run.scheduled_for, run.id))

    def discard(self, ids: Sequence[str]) -> list[str]:
        """
        Take dead letters off the list; return the ids that were on it.

        Their rows stay, until retention removes them.
        """
        gone = self.session.connection.execute(
            update(runs)
            .where(runs.c.id.in_(ids), dead_letter)
            .values(discarded_at=self.session.now())
            .returning(runs.c.id)
        )
        return sorted(gone.scalars())


def with_attempts(session: Session, found: Sequence[Run]) -> list[Run]:
    """Return the runs with their attempts, read in one go."""
    rows = session.connection.execute(
        select(*ATTEMPT_COLUMNS, attempts.c.run_id)
        .where(attempts.c.run_id.in_(bindparam("ids", expanding=True)))
        .order_by(attempts.c.run_id, attempts.c.number),
        {"ids": [run.id for run in found]},
    )
    by_run: defaultdict[str, list[Attempt]] = defaultdict(list)
    for row in rows:
        by_run[row.run_id].append(to_attempt(row))
    return [replace(run, attempts=tuple(by_run[run.id])) for run in found]


def _conditions(
    where: LetterFilter, after: tuple[datetime, str] | None
) -> Iterable[ColumnElement[bool]]:
    if where.job is not None:
        yield runs.c.job == where.job
    if where.since is not None:
        yield runs.c.scheduled_for >= where.since
    if where.until is not None:
        yield runs.c.scheduled_for < where.until
    if after is not None:
        place = tuple_(literal(after[0], Instant()), literal(after[1]))
        yield tuple_(runs.c.scheduled_for, runs.c.id) < place
