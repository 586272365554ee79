"""Start a run of a job by hand."""

from dataclasses import replace

from airq_cron.domain.job import Job, Overlap
from airq_cron.domain.overlap import place_runs
from airq_cron.domain.run import NewRun, Run, State
from airq_cron.errors import JobBusyError
from airq_cron.ports import Dispatcher, Store, Unit
from airq_cron.services.execute import message_for
from airq_cron.services.publish import publish_runs


def trigger_job(
    store: Store,
    dispatcher: Dispatcher,
    name: str,
    *,
    key: str,
    overlap: Overlap | None = None,
) -> Run:
    """
    Enter a manual run in the ledger, publish it, and return it.

    The same *key* gives the run of the first call, whatever became of it. A
    broker that does not answer loses nothing: the run is sent again later.

    Args:
        overlap: instead of the job's policy.

    Raises:
        NotFoundError: no such job.
        JobBusyError: the policy refuses a run while another is unfinished.
    """
    origin = f"manual:{key}"

    def enter(unit: Unit) -> Run:
        job = unit.jobs.lock(name)
        known = unit.runs.find_manual(name, origin)
        if known is not None:
            return known
        run = _place(unit, replace(job, overlap=overlap or job.overlap), origin)
        unit.runs.insert([run])
        if run.state is State.SCHEDULED:
            unit.runs.stamp_sent([run.id])
        return unit.runs.get(run.id)

    run = store.write(enter)
    if run.state is not State.SCHEDULED:
        return run
    publish_runs(store, dispatcher, [message_for(run)])
    with store.read() as unit:
        return unit.runs.get(run.id)


def _place(unit: Unit, job: Job, origin: str) -> NewRun:
    unfinished = unit.runs.unfinished(job.name)
    waiting = sum(
        run.state is State.WAITING and run.not_before is None for run in unfinished
    )
    (run,) = place_runs(
        job, [unit.runs.now()], unfinished=len(unfinished), waiting=waiting
    )
    if run.state is State.SKIPPED:
        raise JobBusyError(job.name, unfinished[0].id)
    return replace(run, origin=origin)
