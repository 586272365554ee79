"""Call off a backfill."""

from airq_cron.domain.backfill import Backfill, Stage
from airq_cron.ports import AuditEntry, Store, Unit

# Measured: so many hold the write lock of SQLite for some 40 ms.
BATCH = 500
OVER = frozenset({Stage.DONE, Stage.CANCELLED})


def cancel_backfill(store: Store, backfill_id: str, *, by: str) -> Backfill:
    """
    Cancel the unfinished runs of a backfill, and return it; idempotent.

    From the first transaction on none of its runs starts; they are cancelled in
    batches, and should this process die, a sweeper cancels the rest. A worker
    that is busy with one is told when it renews its lease. One that is over
    stays as it is.

    Args:
        by: who asks, as the audit trail names them.

    Raises:
        NotFoundError: no such backfill.
    """

    def mark(unit: Unit) -> Backfill:
        backfill = unit.backfills.lock(backfill_id)
        if backfill.stage in OVER:
            return backfill
        unit.backfills.mark_cancelled(backfill_id, unit.runs.now())
        unit.audit.record(
            AuditEntry(
                by,
                "backfill.cancel",
                f"backfill:{backfill_id}",
                before={"state": backfill.stage.value},
                after={"state": Stage.CANCELLED.value},
            )
        )
        return unit.backfills.get(backfill_id)

    backfill = store.write(mark)
    if backfill.stage is Stage.CANCELLED:
        cancel_rest(store, backfill_id)
    return backfill


def cancel_rest(store: Store, backfill_id: str) -> None:
    """Cancel, batch by batch, the unfinished runs of a backfill that was called off."""
    while store.write(lambda unit: unit.backfills.cancel_runs(backfill_id, BATCH)):
        pass
