"""Rows of the ledger as the domain's records."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, bindparam, func
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.run import Attempt, Claim, Outcome, Run, State
from airq_cron.store.ledger_tables import among, attempts, runs

RUN_NAMES = tuple(spec.name for spec in fields(Run) if spec.name != "attempts")
RUN_COLUMNS = tuple(runs.c[name] for name in RUN_NAMES)
ATTEMPT_NAMES = tuple(spec.name for spec in fields(Attempt))
ATTEMPT_COLUMNS = tuple(attempts.c[name] for name in ATTEMPT_NAMES)
CLAIM_NAMES = (
    "attempt",
    "job",
    "kind",
    "scheduled_for",
    "params",
    "origin",
    "deadline_at",
    "queue",
    "part",
    "parent",
    "interval_start",
)
CLAIM_COLUMNS = tuple(runs.c[name] for name in CLAIM_NAMES)
# The fence: the claim with this number still has the run. Without a lease it has
# been split up, and its parts end it.
owned = (
    (runs.c.id == bindparam("run"))
    & among(runs.c.state, {State.RUNNING})
    & (runs.c.attempt == bindparam("number"))
    & runs.c.lease_until.is_not(None)
)


def to_run(row: Row[Any], attempts_of: Sequence[Attempt] = ()) -> Run:
    """Return the run in *row*, which holds `RUN_COLUMNS`."""
    values = dict(zip(RUN_NAMES, row, strict=True))
    values["state"] = State(values["state"])
    return Run(**values, attempts=tuple(attempts_of))


def to_attempt(row: Sequence[Any]) -> Attempt:
    """Return the attempt in *row*, which begins with `ATTEMPT_COLUMNS`."""
    values = dict(zip(ATTEMPT_NAMES, row, strict=False))
    if values["outcome"] is not None:
        values["outcome"] = Outcome(values["outcome"])
    return Attempt(**values)


def to_claim(
    row: Sequence[Any], run_id: str, *, claimed_at: Any, limit_s: int
) -> Claim:
    """Return the claim on the run in *row*, which begins with `CLAIM_COLUMNS`."""
    values = dict(zip(CLAIM_NAMES, row, strict=False))
    return Claim(run_id=run_id, claimed_at=claimed_at, time_limit_s=limit_s, **values)


def held_by(worker: str) -> ColumnElement[bool]:
    """
    Return the condition that a child of *worker* owns the run.

    An exact comparison, because LIKE takes `_` and `%` in a name for wildcards
    and on SQLite does not tell upper from lower case.
    """
    prefix = f"{worker}:"
    return func.substr(runs.c.owner, 1, len(prefix)) == prefix
