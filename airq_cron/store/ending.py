"""A worker ends its attempt, and with it perhaps the run."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Update, bindparam, select, update

from airq_cron.domain.run import (
    ENDED,
    Claim,
    Outcome,
    State,
    may_become,
)
from airq_cron.errors import LeaseLostError
from airq_cron.store.ledger_tables import attempts, runs
from airq_cron.store.rows import owned
from airq_cron.store.session import Session
from airq_cron.store.settling import TAKEN, settle

COUNTED = frozenset({Outcome.FAILED, Outcome.TIME_LIMIT})
# Built once: under SQLite's write lock, building a statement anew would take
# longer than running it.
_END: Update = (
    update(runs)
    .where(owned)
    .values(
        state=bindparam("becomes"),
        lease_until=None,
        reason=bindparam("why"),
        error=bindparam("failure"),
        result=bindparam("gave"),
        finished_at=bindparam("at"),
        not_before=bindparam("later"),
        errors=runs.c.errors + bindparam("counted"),
    )
)
END = _END.returning(*TAKEN)
LEAVE = _END.values(owner=None, queued_at=None).returning(*TAKEN)
END_ATTEMPT = (
    update(attempts)
    .where(
        attempts.c.run_id == bindparam("run"),
        attempts.c.number == bindparam("attempt"),
    )
    .values(
        finished_at=bindparam("at"),
        outcome=bindparam("how"),
        error=bindparam("failure"),
    )
    .returning(attempts.c.started_at)
)


class Ending:
    """How the owner of a claim ends it."""

    session: Session
    _finished: tuple[Claim, Outcome] | None = None

    def finish(
        self,
        claim: Claim,
        state: State,
        *,
        outcome: Outcome,
        reason: str | None = None,
        error: str | None = None,
        result: dict[str, Any] | None = None,
        not_before: datetime | None = None,
    ) -> bool:
        """
        End the claimed attempt and set the run's state.

        Returns whether a whole run is over: this one, or that whose last part it was.
        `waiting` with *not_before* is a retry; without, it may be tried again at
        once. Outcomes `failed` and `time_limit` count as errors of the run.
        Repeating the same call is harmless: it says whether the claimed run is over.

        Raises:
            LeaseLostError: another attempt owns the run, or this one has ended
                otherwise.
            ValueError: a running run cannot become that.
        """
        if not may_become(State.RUNNING, state):
            raise ValueError(f"a running run cannot become {state}")
        at = self.session.now()
        ended = state in ENDED
        row = self.session.connection.execute(
            END if ended else LEAVE,
            {
                "run": claim.run_id,
                "number": claim.attempt,
                "becomes": state.value,
                "why": reason,
                "failure": error,
                "gave": result,
                "at": at if ended else None,
                "later": (not_before or at) if state is State.WAITING else None,
                "counted": int(outcome in COUNTED),
            },
        ).one_or_none()
        if row is None:
            if self.outcome_of(claim) != outcome:
                raise LeaseLostError
            return ended
        began = self._end_attempt(claim, outcome, error, at)
        self._finished = (claim, outcome)
        return ended and settle(self.session, [row], at, at - began)

    def outcome_given(self, claim: Claim | None) -> Outcome | None:
        """Return the outcome with which this transaction ended *claim*, if it did."""
        if self._finished is None or self._finished[0] != claim:
            return None
        return self._finished[1]

    def outcome_of(self, claim: Claim) -> Outcome | None:
        """Return how the claimed attempt ended, None while it has not."""
        word = self.session.connection.execute(
            select(attempts.c.outcome).where(
                attempts.c.run_id == claim.run_id, attempts.c.number == claim.attempt
            )
        ).scalar_one_or_none()
        return None if word is None else Outcome(word)

    def _end_attempt(
        self, claim: Claim, outcome: Outcome, error: str | None, at: datetime
    ) -> datetime:
        began: datetime = self.session.connection.execute(
            END_ATTEMPT,
            {
                "run": claim.run_id,
                "attempt": claim.attempt,
                "at": at,
                "how": outcome.value,
                "failure": error,
            },
        ).scalar_one()
        return began


def end_attempts(
    session: Session, rows: Sequence[Row[Any]], outcome: Outcome, at: datetime
) -> None:
    """End the present attempt of each of the runs in *rows*."""
    if rows:
        session.connection.execute(
            update(attempts)
            .where(
                attempts.c.run_id == bindparam("run"),
                attempts.c.number == bindparam("attempt"),
                attempts.c.outcome.is_(None),
            )
            .values(finished_at=at, outcome=outcome),
            [{"run": row.id, "attempt": row.attempt} for row in rows],
        )
