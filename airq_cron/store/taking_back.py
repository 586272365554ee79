"""Attempts end by other hands: given back, crashed, cancelled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.run import UNFINISHED, Outcome, State
from airq_cron.store.ending import end_attempts
from airq_cron.store.ledger_tables import among, runs
from airq_cron.store.rows import held_by
from airq_cron.store.session import Session
from airq_cron.store.settling import (
    TAKEN,
    end_runs,
    is_split,
    number_text,
    split_up,
)

# Who locks several rows does it in this order: parts before their runs, as `settle`.
LOCK_ORDER = (runs.c.parent.is_(None), runs.c.id)
UNFINISHED_PARTS = (
    number_text(runs.c.parts_left)
    .concat(" of ")
    .concat(number_text(runs.c.parts))
    .concat(" parts had not ended")
)


OFF = "CRON_ENABLE_AUTOMATIC_RECOVERY is false"


class TakingBack:
    """How a run is taken from the attempt that had it."""

    session: Session

    def hand_back(self, ids: Sequence[str] | None, *, worker: str) -> list[str]:
        """
        Give up running attempts of *worker* (all: None), counting neither way.

        Returns:
            The ids of the runs that *worker* still held, now `scheduled`.
        """
        rows = self._lock_running(ids, worker)
        self._reschedule(rows, {})
        end_attempts(self.session, rows, Outcome.HANDED_BACK, self.session.now())
        return [row.id for row in rows]

    def crash(self, ids: Sequence[str], *, worker: str, limit: int) -> list[str]:
        """
        Record the death of a child: `scheduled` again, or `dead` at *limit*.

        Returns:
            The ids of the runs that *worker* still held.
        """
        rows = self._lock_running(ids, worker)
        self.take_back(rows, limit, {row.id: Outcome.CRASHED for row in rows})
        return [row.id for row in rows]

    def _lock_running(self, ids: Sequence[str] | None, worker: str) -> list[Row[Any]]:
        ours = among(runs.c.state, {State.RUNNING}) & held_by(worker)
        if ids is not None:
            ours &= runs.c.id.in_(ids)
        wanted = select(*TAKEN).where(ours).with_for_update()
        if self.session.on_postgresql:
            # To have it sorted, SQLite would read the ledger by its key; and it
            # locks no rows.
            wanted = wanted.order_by(*LOCK_ORDER)
        return list(self.session.connection.execute(wanted))

    def take_back(
        self,
        rows: Sequence[Row[Any]],
        limit: int,
        outcomes: dict[str, Outcome],
        **more: Any,
    ) -> list[str]:
        """
        Count a crash for each locked running row; return ids scheduled again.

        Args:
            limit: 1 where nothing is recovered: the run's reason says which it was.
            outcomes: of the attempts, by run id.
            more: further values for the runs that are scheduled again.
        """
        at = self.session.now()
        dead = [row.id for row in rows if row.crashes + 1 >= limit]
        alive = [row for row in rows if row.crashes + 1 < limit]
        self._reschedule(alive, {"crashes": runs.c.crashes + 1, **more})
        for outcome in sorted(set(outcomes.values())):
            chosen = [row for row in rows if outcomes[row.id] == outcome]
            end_attempts(self.session, chosen, outcome, at)
        if dead:
            end_runs(
                self.session,
                runs.c.id.in_(dead) & among(runs.c.state, {State.RUNNING}),
                State.DEAD,
                at,
                crashes=runs.c.crashes + 1,
                **_last_words(limit),
            )
        return [row.id for row in alive]

    def bury(self, ids: Sequence[str]) -> None:
        """End `scheduled` or `queued` runs as `dead: lost`."""
        end_runs(
            self.session,
            runs.c.id.in_(ids) & among(runs.c.state, {State.SCHEDULED, State.QUEUED}),
            State.DEAD,
            self.session.now(),
            reason="lost",
            error=f"its message was lost, and {OFF}",
        )

    def _reschedule(self, rows: Sequence[Row[Any]], more: dict[str, Any]) -> None:
        # `sent_at` stays as it was: the message is old, so a sweeper sends at once.
        values = {
            "state": State.SCHEDULED,
            "owner": None,
            "lease_until": None,
            "queued_at": None,
        }
        if rows:
            self.session.connection.execute(
                update(runs)
                .where(runs.c.id.in_([row.id for row in rows]))
                .values(values | more)
            )

    def cancel(self, ids: Sequence[str], *, reason: str) -> list[str]:
        """
        Cancel those of the runs that are unfinished, with their parts.

        A worker that is busy with one learns it when it renews its lease; until
        then the fence refuses its writes.

        Returns:
            The ids that were cancelled, parts included.
        """
        rows = self._lock_unfinished(runs.c.id.in_(ids) | runs.c.parent.in_(ids))
        known = [row.id for row in rows]
        split = [row.id for row in rows if is_split(row)]
        if split:
            # What was split up while its row was waited for has parts only now.
            ours = runs.c.parent.in_(split) & runs.c.id.not_in(known)
            rows += self._lock_unfinished(ours)
        self._cancel(rows, reason, self.session.now())
        return sorted(row.id for row in rows)

    def _cancel(self, rows: Sequence[Row[Any]], reason: str, at: datetime) -> None:
        """Cancel locked unfinished runs."""
        if not rows:
            return
        running = [row for row in rows if row.state == State.RUNNING]
        end_attempts(self.session, running, Outcome.CANCELLED, at)
        ours = runs.c.id.in_([row.id for row in rows])
        unfinished = ours & among(runs.c.state, UNFINISHED)
        end_runs(self.session, unfinished, State.CANCELLED, at, reason=reason)

    def _lock_unfinished(self, which: ColumnElement[bool]) -> list[Row[Any]]:
        """Lock unfinished runs."""
        found = self.session.connection.execute(
            select(*TAKEN)
            .where(which, among(runs.c.state, UNFINISHED))
            .order_by(*LOCK_ORDER)
            .with_for_update()
        )
        return list(found)

    def end_overdue_splits(self, limit: int) -> list[str]:
        """
        End runs that were split and are past their deadline; return their ids.

        They have `failed: deadline`, and their unfinished parts are cancelled.
        Where a part is writing at this moment, the next sweeper ends the run.
        """
        at = self.session.now()
        late = split_up & (runs.c.deadline_at <= at)
        chosen = select(runs.c.id).where(late).order_by(runs.c.deadline_at).limit(limit)
        ids = self._read_ids(chosen)
        if not ids:
            return []
        unfinished = runs.c.parent.in_(ids) & among(runs.c.state, UNFINISHED)
        parts = self._lock_free(unfinished)
        known = runs.c.id.in_([part.id for part in parts])
        busy = self._read_ids(select(runs.c.parent).where(unfinished, ~known))
        ours = self._lock_free(late & runs.c.id.in_(ids) & runs.c.id.not_in(busy))
        ended = [row.id for row in ours]
        end_runs(
            self.session,
            split_up & runs.c.id.in_(ended),
            State.FAILED,
            at,
            reason="deadline",
            error=UNFINISHED_PARTS,
        )
        theirs = [part for part in parts if part.parent in ended]
        self._cancel(theirs, "deadline", at)
        return ended

    def _read_ids(self, wanted: Select[Any]) -> set[str]:
        return set(self.session.connection.execute(wanted).scalars())

    def _lock_free(self, which: ColumnElement[bool]) -> list[Row[Any]]:
        wanted = select(*TAKEN).where(which).order_by(runs.c.id)
        free = wanted.with_for_update(skip_locked=True)
        return list(self.session.connection.execute(free))


def _last_words(limit: int) -> dict[str, str]:
    if limit == 1:
        return {"reason": "recovery_off", "error": f"its worker died, and {OFF}"}
    return {"reason": "crashes", "error": f"its worker died {limit} times"}
