"""Remove what is older than its retention."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from airq_cron.domain.run import Claim, State
from airq_cron.ports import Store, Unit

BATCH = 500
FIGURES_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Retention:
    """
    How long ended runs are kept, by time and by number for each job.

    A run goes when it is older than its time or not among the newest *kept*.
    Measurements and statistics are never removed: they are the record.
    """

    states: tuple[State, ...]
    age: timedelta
    kept: int


RETENTIONS = (
    Retention(
        (State.SUCCEEDED, State.SKIPPED, State.CANCELLED), timedelta(days=7), 1000
    ),
    Retention((State.FAILED, State.DEAD, State.MISSED), timedelta(days=30), 100),
)


def remove_expired(
    store: Store, claim: Claim, *, retentions: tuple[Retention, ...] = RETENTIONS
) -> dict[str, Any]:
    """
    Remove ended runs past their retention, in batches under the claim.

    Ages count up to the fire time. What jobs came to by the hour goes after 90
    days. Doing it twice removes nothing more.

    Returns:
        `removed`: how many runs went, by job.

    Raises:
        LeaseLostError: another attempt owns the run now.
    """
    with store.read() as unit:
        names = unit.jobs.names_with_ends()
    removed: dict[str, int] = {}
    for name in names:
        for retention in retentions:
            count = _purge(store, claim, name, retention, at=claim.scheduled_for)
            if count:
                removed[name] = removed.get(name, 0) + count
    _repeat(store, claim, partial(_purge_figures, at=claim.scheduled_for))
    return {"removed": removed}


def _purge(
    store: Store, claim: Claim, job: str, retention: Retention, *, at: datetime
) -> int:
    work = partial(_purge_batch, job=job, retention=retention, before=at)
    return _repeat(store, claim, work)


def _repeat(store: Store, claim: Claim, work: Callable[[Unit], int]) -> int:
    """Do *work* until it finds nothing left; return the sum."""
    total = 0
    while True:
        count = store.write(work, claim=claim)
        total += count
        if not count:
            return total


def _purge_figures(unit: Unit, *, at: datetime) -> int:
    return unit.jobs.purge_figures(at - FIGURES_KEPT, BATCH)


def _purge_batch(
    unit: Unit, *, job: str, retention: Retention, before: datetime
) -> int:
    return unit.runs.purge(
        job,
        states=retention.states,
        before=before - retention.age,
        keep=retention.kept,
        limit=BATCH,
    )
