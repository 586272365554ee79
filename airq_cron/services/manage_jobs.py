"""List, describe, create, change, reset and delete jobs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from airq_cron.domain.backfill import Stage
from airq_cron.domain.definition import definition, name_of, with_changes
from airq_cron.domain.idempotency import IdempotencyKey
from airq_cron.domain.job import Job, Queue
from airq_cron.domain.job_rules import check_job, check_name, check_timing
from airq_cron.domain.kinds import kind_of
from airq_cron.domain.page import Page, cut_page
from airq_cron.errors import ConflictError, InvalidError, NotFoundError
from airq_cron.ports import AuditEntry, Store, Unit
from airq_cron.services.cancel_backfill import cancel_rest
from airq_cron.services.edit_job import (
    FROM_CODE,
    TIMING,
    check_version,
    edit_job,
    restarted,
    same_job,
)
from airq_cron.services.recognise import remember

USUAL_SHORTEST = timedelta(seconds=10)
# Measured: so many hold the write lock of SQLite for some 40 ms.
BATCH = 500


def list_jobs(
    store: Store,
    *,
    limit: int,
    after: tuple[str, ...] | None,
    containing: str = "",
    enabled: bool | None = None,
    queue: Queue | None = None,
) -> Page[Job]:
    """
    Return jobs by name, from the one after *after* on.

    Args:
        containing: letters of the name.
        enabled: only those that are switched on, or off.
        queue: only those of this queue.
    """
    start = after[0] if after else ""
    with store.read() as unit:
        jobs = [
            job
            for job in unit.jobs.all()
            if job.name > start
            and containing in job.name
            and enabled in {None, job.enabled}
            and queue in {None, job.queue}
        ]
    return cut_page(jobs, limit, lambda job: (job.name,))


def read_job(store: Store, name: str) -> Job:
    """Return one job; raises NotFoundError."""
    with store.read() as unit:
        return unit.jobs.get(name)


def describe_job(job: Job) -> dict[str, Any]:
    """
    Return everything that is told of *job*, in the words outsiders use.

    `overrides` has what code says of the fields that people have changed.
    """
    code = definition(FROM_CODE.get(job.name, job))
    names = [name_of(field) for field in job.overrides]
    return {
        "name": job.name,
        **definition(job),
        "note": job.note,
        "source": job.source,
        "overrides": {name: code[name] for name in names},
        "version": job.version,
        "next_run_at": job.next_due_at if job.enabled else None,
    }


def define_job(name: str, values: Mapping[str, Any]) -> Job:
    """
    Return the job that `create_job` would make of the same, and make none.

    Raises:
        InvalidError: names the field that cannot be accepted.
    """
    check_name(name)
    return _defined(name, values)


def create_job(
    store: Store,
    name: str,
    values: Mapping[str, Any],
    *,
    by: str,
    shortest: timedelta = USUAL_SHORTEST,
    key: IdempotencyKey | None = None,
) -> Job:
    """
    Enter a new job and return it; it looks ahead from now.

    The same *key* gives the job of the first call, as it is by now.

    Args:
        values: its definition in the words of `definition`; `kind` and `schedule`
            at least. The kind says which queue, unless it is named.
        by: who does it, as the audit trail names them.
        shortest: it may not fire more often.

    Raises:
        InvalidError: names the field that cannot be accepted; `Idempotency-Key` when
            its first call had another body.
        ConflictError: the name is taken, or the job of the first call is gone.
    """
    job = define_job(name, values)
    written: list[Job] = []

    def work(unit: Unit) -> Job:
        if remember(unit, key, name) is not None:
            return _made_before(unit, name)
        if unit.repeated and written:
            found = [one for one in unit.jobs.all() if one.name == name]
            if found and same_job(found[0], written[-1]):
                return found[0]
        now = unit.runs.now()
        check_timing(job, at=now, shortest=shortest)
        _check_names(unit, job)
        unit.jobs.add(restarted(job, at=now))
        unit.audit.record(
            AuditEntry(by, "job.create", f"job:{name}", after=definition(job))
        )
        written.append(unit.jobs.get(name))
        return written[-1]

    return store.write(work)


def replace_job(
    store: Store,
    name: str,
    values: Mapping[str, Any],
    *,
    by: str,
    version: int | None = None,
    shortest: timedelta = USUAL_SHORTEST,
) -> Job:
    """
    Replace the whole definition of a job; what is left out takes its default.

    Raises:
        NotFoundError: no such job.
        InvalidError: names the field that cannot be accepted.
        StaleError: it has another version.
    """
    wanted = _defined(name, values)

    def change(unit: Unit, old: Job) -> Job:
        return _checked(unit, old, with_changes(old, definition(wanted)), shortest)

    return edit_job(store, name, change, by=by, action="job.replace", version=version)


def change_job(
    store: Store,
    name: str,
    changes: Mapping[str, Any],
    *,
    by: str,
    version: int | None = None,
    shortest: timedelta = USUAL_SHORTEST,
) -> Job:
    """
    Change the named parts of a job's definition; see `with_changes`.

    Raises:
        NotFoundError: no such job.
        InvalidError: names the field that cannot be accepted.
        StaleError: it has another version.
    """

    def change(unit: Unit, old: Job) -> Job:
        return _checked(unit, old, with_changes(old, changes), shortest)

    return edit_job(store, name, change, by=by, action="job.update", version=version)


def reset_job(store: Store, name: str, *, by: str) -> Job:
    """
    Make a job from code again what code says; return it. Idempotent.

    Raises:
        NotFoundError: no such job.
        ConflictError: it does not come from code.
    """

    def change(unit: Unit, old: Job) -> Job:
        del unit
        code = FROM_CODE.get(name)
        if old.source != "code" or code is None:
            raise ConflictError(f"{name} does not come from code")
        return with_changes(replace(old, note=None), definition(code))

    return edit_job(store, name, change, by=by, action="job.reset")


def delete_job(store: Store, name: str, *, by: str, version: int | None = None) -> None:
    """
    Delete a job and cancel its unfinished runs; those that ended stay.

    The runs of its backfills are cancelled in batches once it is gone; should this
    process die, a sweeper cancels the rest.

    Raises:
        NotFoundError: no such job.
        ConflictError: it comes from code, or another job runs it again.
        StaleError: it has another version.
    """
    backfills: list[str] = []
    gone = False

    def work(unit: Unit) -> bool:
        nonlocal gone
        try:
            job = unit.jobs.lock(name)
        except NotFoundError:
            if unit.repeated and gone:
                return False
            raise
        check_version(job, version)
        _check_removable(unit, job)
        if _cancel_runs(unit, name):
            return True
        backfills[:] = _call_off(unit, name)
        unit.jobs.remove(name)
        unit.audit.record(
            AuditEntry(by, "job.delete", f"job:{name}", before=definition(job))
        )
        gone = True
        return False

    while store.write(work):
        pass
    for backfill in backfills:
        cancel_rest(store, backfill)


def _made_before(unit: Unit, name: str) -> Job:
    try:
        return unit.jobs.get(name)
    except NotFoundError as error:
        text = f"{name} was made by a call with this key, and is gone; take a new key"
        raise ConflictError(text) from error


def _defined(name: str, values: Mapping[str, Any]) -> Job:
    for field in ("kind", "schedule"):
        if field not in values:
            raise InvalidError(field, "is missing")
    kind = kind_of(values["kind"])
    plain = Job(name, kind.name, "@daily", "UTC", kind.queue, source="person")
    return check_job(with_changes(plain, values))


def _checked(unit: Unit, old: Job, new: Job, shortest: timedelta) -> Job:
    """Return *new* as it is kept; raises InvalidError."""
    if old.source == "code" and new.kind != old.kind:
        raise InvalidError("kind", f"stays {old.kind}: {old.name} comes from code")
    new = check_job(new)
    if any(getattr(old, name) != getattr(new, name) for name in TIMING[:2]):
        check_timing(new, at=unit.runs.now(), shortest=shortest)
    if (old.kind, old.params) != (new.kind, new.params):
        _check_names(unit, new)
    return new if not new.enabled else replace(new, note=None)


def _check_names(unit: Unit, job: Job) -> None:
    """Refuse parameters that name what is not there; raises InvalidError."""
    place = job.params.get("location")
    if place is not None and place not in {one.id for one in unit.locations.all()}:
        raise InvalidError("params.location", f"there is no location {place}")
    if job.kind != "backfill":
        return
    kinds = {one.name: one.kind for one in unit.jobs.all()}
    again = job.params["job"]
    if again not in kinds:
        raise InvalidError("params.job", f"there is no job {again}")
    if kinds[again] == "backfill":
        raise InvalidError("params.job", "a backfill cannot run another one")


def _check_removable(unit: Unit, job: Job) -> None:
    if job.source == "code":
        raise ConflictError(
            f"{job.name} comes from code and cannot be deleted;"
            f" switch it off: airq jobs toggle {job.name} --off"
        )
    for other in unit.jobs.all():
        if other.kind == "backfill" and other.params.get("job") == job.name:
            raise ConflictError(f"the job {other.name} runs {job.name} again")


def _cancel_runs(unit: Unit, name: str) -> bool:
    """Cancel a batch of the job's unfinished runs; say whether there are more."""
    # All states in one look: between two, a run would pass from one into the other.
    found = unit.runs.unfinished(name)
    # The newest first, so that none is released by the end of the one before.
    unit.runs.cancel([run.id for run in found[-BATCH:]], reason="its job was deleted")
    return len(found) > BATCH


def _call_off(unit: Unit, name: str) -> list[str]:
    """Let no run of the job's backfills start any more; return their ids."""
    open_ones = [
        backfill.id
        for backfill in unit.backfills.find(name, limit=BATCH, after=None)
        if backfill.stage in (Stage.ENTERING, Stage.RUNNING)
    ]
    for backfill_id in sorted(open_ones):
        unit.backfills.lock(backfill_id)
        unit.backfills.mark_cancelled(backfill_id, unit.runs.now())
    return open_ones
