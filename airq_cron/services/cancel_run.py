"""Cancel a run that has not ended."""

from airq_cron.domain.run import ENDED, Run
from airq_cron.errors import ConflictError
from airq_cron.ports import AuditEntry, Dispatcher, Message, Store, Unit
from airq_cron.services.execute import release_successor
from airq_cron.services.publish import publish_runs


def cancel_run(
    store: Store,
    dispatcher: Dispatcher,
    run_id: str,
    *,
    by: str,
    reason: str | None = None,
) -> Run:
    """
    Cancel an unfinished run with its parts, and return it.

    Its writes are refused from now on, and the worker that is busy with it is
    told when it renews its lease. What waited for its end is published.

    Args:
        by: who asks, as the audit trail names them.
        reason: in their words; it is kept with the run.

    Raises:
        NotFoundError: no such run.
        ConflictError: it has ended, or is a part of another run.
    """
    words = f"cancelled by {by}" + (f": {reason}" if reason else "")

    def work(unit: Unit) -> list[Message]:
        run = unit.runs.get(run_id)
        if unit.repeated and run.reason == words:
            return []
        if run.parent is not None:
            raise ConflictError(f"run {run.id} is a part: cancel {run.parent}")
        if not unit.runs.cancel([run.id], reason=words):
            raise ConflictError(_ended(unit.runs.get(run.id)))
        entry = AuditEntry(
            by,
            "run.cancel",
            f"run:{run.id}",
            before={"state": run.state.value},
            after={"state": "cancelled"},
            note=reason,
        )
        unit.audit.record(entry)
        return release_successor(unit, run.job, run.origin)

    publish_runs(store, dispatcher, store.write(work))
    with store.read() as unit:
        return unit.runs.get(run_id)


def _ended(run: Run) -> str:
    assert run.state in ENDED
    because = run.error or run.reason
    return f"run {run.id} has ended as {run.state.value}" + (
        f": {because}" if because else ""
    )
