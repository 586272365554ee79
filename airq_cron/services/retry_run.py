"""Start a run again that failed for good."""

from collections.abc import Sequence

from airq_cron.domain.run import Run
from airq_cron.errors import ConflictError
from airq_cron.ports import AuditEntry, Dispatcher, Store, Unit
from airq_cron.services.commit import commit_changes
from airq_cron.services.execute import message_for
from airq_cron.services.publish import publish_runs


def retry_run(store: Store, dispatcher: Dispatcher, run_id: str, *, by: str) -> Run:
    """
    Start a `failed` or `dead` run again under its id, and return it.

    Errors and crashes are counted from zero, `attempt` goes on, and the deadline
    is set anew at the next claim. Of a run with parts, only those start again
    that did not succeed. It is asked for by a person, so no overlap policy
    stands in its way: it may run beside a later run of its job.

    Args:
        by: who asks, as the audit trail names them.

    Raises:
        NotFoundError: no such run.
        ConflictError: it is neither failed nor dead, or a part of another run.
    """

    def work(unit: Unit) -> list[Run]:
        run = unit.runs.get(run_id)
        started = start_again(unit, [run], by=by)
        if not started and not unit.repeated:
            raise ConflictError(refusal(run, "retried"))
        return started

    started = commit_changes(store, work)
    publish_runs(store, dispatcher, [message_for(run) for run in started])
    with store.read() as unit:
        return unit.runs.get(run_id)


def start_again(unit: Unit, letters: Sequence[Run], *, by: str) -> list[Run]:
    """Start those again that are failed or dead; return the runs to publish."""
    started = unit.runs.retry([run.id for run in letters])
    again = {run.parent or run.id for run in started}
    for run in letters:
        if run.id in again:
            entry = AuditEntry(
                by,
                "run.retry",
                f"run:{run.id}",
                before={"state": run.state.value, "error": run.error},
                after={"state": "scheduled" if run.parts is None else "running"},
            )
            unit.audit.record(entry)
    return started


def refusal(run: Run, wish: str) -> str:
    """Return why *run* cannot be treated like a dead letter."""
    if run.parent is not None:
        return f"run {run.id} is a part: see to {run.parent}"
    return f"run {run.id} is {run.state.value}; only failed and dead ones are {wish}"
