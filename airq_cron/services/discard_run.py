"""Take a run that failed for good off the list of dead letters."""

from collections.abc import Sequence

from airq_cron.domain.run import Run, State
from airq_cron.errors import ConflictError
from airq_cron.ports import AuditEntry, Store, Unit
from airq_cron.services.retry_run import refusal

DISCARDABLE = frozenset({State.FAILED, State.DEAD})


def discard_run(
    store: Store, run_id: str, *, by: str, reason: str | None = None
) -> Run:
    """
    Discard a `failed` or `dead` run, and return it; idempotent.

    Its row stays until retention removes it, and it may still be retried.

    Args:
        by: who asks, as the audit trail names them.
        reason: in their words; the audit trail keeps it.

    Raises:
        NotFoundError: no such run.
        ConflictError: it is neither failed nor dead, or a part of another run.
    """

    def work(unit: Unit) -> Run:
        run = unit.runs.get(run_id)
        if run.parent is not None or run.state not in DISCARDABLE:
            raise ConflictError(refusal(run, "discarded"))
        discard(unit, [run.id], by=by, reason=reason)
        return unit.runs.get(run_id)

    return store.write(work)


def discard(
    unit: Unit, ids: Sequence[str], *, by: str, reason: str | None = None
) -> list[str]:
    """Discard those that are dead letters; return their ids."""
    gone = unit.runs.discard(ids)
    for run_id in gone:
        entry = AuditEntry(by, "run.discard", f"run:{run_id}", note=reason)
        unit.audit.record(entry)
    return gone
