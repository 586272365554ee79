"""A run hands its work to parts, which several workers take."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, update

from airq_cron.domain.run import Claim, Outcome, State, run_id
from airq_cron.errors import LeaseLostError
from airq_cron.store.ending import Ending
from airq_cron.store.ledger_tables import runs
from airq_cron.store.rows import owned

INHERITED = (
    *("job", "kind", "queue", "priority", "scheduled_for", "origin"),
    *("deadline_at", "time_limit_s", "soft_limit_s", "run_limit_s"),
    *("interval_start", "entered_by"),
)
SPLIT = (
    update(runs)
    .where(owned)
    .values(
        owner=None,
        lease_until=None,
        result=bindparam("gave"),
        parts=bindparam("n"),
        parts_left=bindparam("n"),
        parts_failed=0,
    )
    .returning(*(runs.c[name] for name in INHERITED))
)


class Splitting(Ending):
    """How the owner of a claim splits its run."""

    def split(
        self,
        claim: Claim,
        parts: Sequence[Mapping[str, Any]],
        *,
        result: Mapping[str, Any] | None = None,
    ) -> list[str]:
        """
        End the claimed attempt and enter *parts*; return their ids, from part 1.

        The run stays `running`, with neither owner nor lease, until the last part
        has ended or its deadline has passed. Parts inherit its key, deadline and
        limits; not its start margin, for the run has begun in time. They count as
        sent from now on. Repeating the same call is harmless.

        Args:
            parts: the parameters of each, at least one.
            result: what the run itself has done so far.

        Raises:
            LeaseLostError: another attempt owns the run, or this one has ended.
            ValueError: there are no parts, or the run is a part itself.
        """
        if not parts or claim.part:
            raise ValueError("only a whole run is split, into one part or more")
        key = (claim.job, claim.scheduled_for, claim.origin)
        ids = [run_id(*key, number) for number in range(1, len(parts) + 1)]
        values = {"run": claim.run_id, "number": claim.attempt, "n": len(parts)}
        row = self.session.connection.execute(
            SPLIT, values | {"gave": result}
        ).one_or_none()
        if row is None:
            if self.outcome_of(claim) is not Outcome.SUCCEEDED:
                raise LeaseLostError
            return ids
        at = self.session.now()
        self._end_attempt(claim, Outcome.SUCCEEDED, None, at)
        self._enter(claim.run_id, row, ids, parts)
        self._finished = (claim, Outcome.SUCCEEDED)
        return ids

    def _enter(
        self,
        parent: str,
        row: Row[Any],
        ids: Sequence[str],
        parts: Sequence[Mapping[str, Any]],
    ) -> None:
        at = self.session.now()
        shared = row._asdict() | {
            "parent": parent,
            "state": State.SCHEDULED.value,
            "attempt": 0,
            "errors": 0,
            "crashes": 0,
            "sends": 1,
            "created_at": at,
            "sent_at": at,
        }
        numbered = enumerate(zip(ids, parts, strict=True), 1)
        self.session.connection.execute(
            insert(runs),
            [
                {**shared, "id": one, "part": number, "params": dict(params)}
                for number, (one, params) in numbered
            ],
        )
