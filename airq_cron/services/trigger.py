"""Start a run of a job by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.kinds import check_params
from airq_cron.domain.overlap import Standing, place_runs
from airq_cron.domain.run import NewRun, Run, State
from airq_cron.domain.schedule import parse_schedule
from airq_cron.errors import JobBusyError
from airq_cron.ports import AuditEntry, Dispatcher, Store, Unit
from airq_cron.services.execute import message_for
from airq_cron.services.publish import publish_runs
from airq_cron.services.tick import replace_unfinished

EXECUTED = "job.execute"


def trigger_job(
    store: Store,
    dispatcher: Dispatcher,
    name: str,
    *,
    key: str,
    by: str = "system",
    overlap: Overlap | None = None,
    params: Mapping[str, Any] | None = None,
) -> Run:
    """
    Enter a manual run in the ledger, publish it, and return it.

    The same *key* gives the run of the first call, whatever became of it. A
    broker that does not answer loses nothing: the run is sent again later.

    Args:
        by: who asks, as the audit trail names them.
        overlap: instead of the job's policy.
        params: for this run, instead of the job's parameters of the same names.

    Raises:
        NotFoundError: no such job.
        InvalidError: names the parameter that its kind does not take.
        JobBusyError: the policy refuses a run while another is unfinished.
    """
    origin = f"manual:{key}"

    def enter(unit: Unit) -> Run:
        job = unit.jobs.lock(name)
        known = unit.runs.find_manual(name, origin)
        if known is not None:
            return unit.runs.get(known.id)
        chosen = _choose(job, overlap, params or {})
        run = _place(unit, chosen, origin, by)
        if chosen.overlap is Overlap.REPLACE:
            replace_unfinished(unit, name, by=run.id)
        unit.runs.insert([run])
        after = {"run": run.id} | ({"params": run.params} if params else {})
        unit.audit.record(AuditEntry(by, EXECUTED, f"job:{name}", after=after))
        return unit.runs.get(run.id)

    run = store.write(enter)
    if run.state is not State.SCHEDULED:
        return run
    publish_runs(store, dispatcher, [message_for(run)])
    with store.read() as unit:
        return unit.runs.get(run.id)


def _choose(job: Job, overlap: Overlap | None, params: Mapping[str, Any]) -> Job:
    chosen = replace(job, overlap=overlap or job.overlap, jitter_s=0)
    if not params:
        return chosen
    wanted = check_params(job.kind, {**job.params, **params})
    return replace(chosen, params=wanted)


def _place(unit: Unit, job: Job, origin: str, by: str) -> NewRun:
    unfinished = unit.runs.unfinished(job.name)
    waiting = sum(
        run.state is State.WAITING and run.not_before is None for run in unfinished
    )
    now = unit.runs.now()
    (run,) = place_runs(
        job,
        [now],
        Standing(len(unfinished), waiting),
        at=now,
        since=parse_schedule(job.schedule, job.zone).previous(now),
        origin=origin,
        entered_by=by,
    )
    if run.state is State.SKIPPED:
        raise JobBusyError(job.name, unfinished[0].id)
    return run
