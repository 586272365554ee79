"""Job definitions in SQL."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, bindparam, delete, func, select, true, update

from airq_cron.domain.job import Job
from airq_cron.errors import ConflictError, NotFoundError
from airq_cron.ports import JobFigures, Move
from airq_cron.store.arrays import as_arrays, unnested
from airq_cron.store.job_rows import (
    JOB_COLUMNS,
    changed_fields,
    next_due,
    to_job,
    to_values,
)
from airq_cron.store.ledger_tables import job_totals, jobs
from airq_cron.store.rollup import purge_hours, read_figures, read_hour, was_active
from airq_cron.store.session import Session, insert_into
from airq_cron.store.types import Instant

TIMING = frozenset({"schedule", "zone", "enabled"})
MOVE = (
    update(jobs)
    .where(jobs.c.name == bindparam("job"))
    .values(
        cursor=bindparam("to"),
        next_due_at=bindparam("due"),
        last_fire_at=bindparam("fired"),
    )
)
MOVED = (jobs.c.name, jobs.c.cursor, jobs.c.next_due_at, jobs.c.last_fire_at)
_moved = unnested(MOVED).subquery("moved")
MOVE_ALL = (
    update(jobs)
    .where(jobs.c.name == _moved.c.name)
    .values({column: _moved.c[column.name] for column in MOVED[1:]})
)
# Built once, as DUE: every beat asks both twice a second.
NEXT_DUE = select(func.min(jobs.c.next_due_at)).where(jobs.c.enabled == true())
DUE = (
    select(*JOB_COLUMNS)
    .where(
        jobs.c.next_due_at <= bindparam("at", type_=Instant()),
        jobs.c.enabled == true(),
    )
    # In the order of the index: by name, SQLite would read every job there is.
    .order_by(jobs.c.next_due_at)
    .limit(bindparam("limit", type_=Integer()))
    .with_for_update(skip_locked=True)
)


class SqlJobs:
    """The table `jobs`; see `ports.Jobs`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> list[Job]:
        """Return all jobs by name."""
        rows = self._session.connection.execute(
            select(*JOB_COLUMNS).order_by(jobs.c.name)
        )
        return [to_job(row) for row in rows]

    def of_kind(self, kind: str) -> list[Job]:
        """Return the jobs of one kind by name."""
        rows = self._session.connection.execute(
            select(*JOB_COLUMNS).where(jobs.c.kind == kind).order_by(jobs.c.name)
        )
        return [to_job(row) for row in rows]

    def get(self, name: str) -> Job:
        """Return one job; raises NotFoundError."""
        row = self._session.connection.execute(_one(name)).one_or_none()
        if row is None:
            raise NotFoundError("job", name)
        return to_job(row)

    def lock(self, name: str, *, wait: bool = True) -> Job:
        """
        Return one job that nobody else changes or plans before the transaction ends.

        Args:
            wait: whether to wait for who holds it; otherwise the transaction is
                given up and done again.

        Raises:
            NotFoundError: no such job.
        """
        row = self._session.connection.execute(
            _one(name).with_for_update(nowait=not wait)
        ).one_or_none()
        if row is None:
            raise NotFoundError("job", name)
        return to_job(row)

    def add(self, job: Job) -> None:
        """
        Insert *job*; without a cursor it looks ahead from now.

        Raises:
            ConflictError: its name is taken.
            ScheduleError: its schedule cannot be read.
        """
        if job.cursor is None:
            job = _from(job, self._session.now())
        if not self._insert(job) and not self._is_repeat(job, job.version):
            raise ConflictError(f"there is a job {job.name} already")

    def save(self, job: Job, *, code: Job | None = None) -> None:
        """
        Replace the definition of a known job and raise its version.

        What differs from before counts as changed by a person: of a job from
        code, a deploy leaves those fields alone from now on.

        Args:
            code: the definition from code; what is as it says is left to it again.

        Raises:
            NotFoundError: no such job.
            ConflictError: it was changed since *job* was read.
        """
        old = self.lock(job.name)
        if old.version != job.version:
            if self._is_repeat(job, job.version + 1):
                return
            raise ConflictError(f"{job.name} was changed in the meantime")
        overrides = set(old.overrides)
        if old.source == "code":
            overrides |= changed_fields(old, job)
        if code is not None:
            overrides &= changed_fields(code, job)
        self._update(
            replace(
                job,
                source=old.source,
                version=old.version + 1,
                overrides=tuple(sorted(overrides)),
            )
        )

    def remove(self, name: str) -> None:
        """
        Delete the definition of a job; its runs and figures stay.

        Raises:
            NotFoundError: no such job.
        """
        gone = self._session.connection.execute(delete(jobs).where(jobs.c.name == name))
        if not gone.rowcount and not self._session.repeated:
            raise NotFoundError("job", name)

    def sync_built_in(self, built_in: Iterable[Job], at: datetime) -> None:
        """
        Bring the jobs from code up to this version's definitions.

        New ones start at *at*. Of known ones, the fields that people changed stay;
        a changed schedule moves the cursor to *at*. A job that people made under
        the same name is left alone. Doing it twice changes nothing.
        """
        for job in sorted(built_in, key=lambda one: one.name):
            fresh = _from(replace(job, source="code", version=1, overrides=()), at)
            if not self._insert(fresh):
                self._deploy(fresh, at)

    def _deploy(self, job: Job, at: datetime) -> None:
        old = self.lock(job.name)
        changed = changed_fields(old, job) - set(old.overrides)
        if old.source != "code" or not changed:
            return
        new = replace(
            old,
            version=old.version + 1,
            **{name: getattr(job, name) for name in changed},
        )
        self._update(_from(new, at) if changed & TIMING else new)

    def due(self, at: datetime, limit: int) -> list[Job]:
        """
        Lock and return enabled jobs whose next_due_at is not after *at*.

        Those that have been due longest come first, and rows that another beat holds
        are left out: nobody waits here, so the order need not be that of names.
        """
        rows = self._session.connection.execute(DUE, {"at": at, "limit": limit})
        return [to_job(row) for row in rows]

    def next_due_at(self) -> datetime | None:
        """Return the earliest next_due_at of an enabled job."""
        earliest: datetime | None = self._session.connection.execute(
            NEXT_DUE
        ).scalar_one()
        return earliest

    def move_cursors(self, moves: Mapping[str, Move]) -> None:
        """Move jobs that this transaction has locked; their version stays."""
        rows = [
            (name, move.cursor, move.next_due_at, move.last_fire_at)
            for name, move in sorted(moves.items())
        ]
        if not rows:
            return
        if self._session.on_postgresql:
            self._session.connection.execute(MOVE_ALL, as_arrays(MOVED, rows))
            return
        names = ("job", "to", "due", "fired")
        self._session.connection.execute(
            MOVE, [dict(zip(names, row, strict=True)) for row in rows]
        )

    def names_with_ends(self) -> list[str]:
        """Return, in order, the jobs that ever had a run end, deleted ones too."""
        names = select(job_totals.c.job).order_by(job_totals.c.job)
        return list(self._session.connection.execute(names).scalars())

    def figures(self, at: datetime) -> dict[str, JobFigures]:
        """Return the figures of every job, over its life and the 24 h to *at*."""
        return read_figures(self._session, at)

    def hour_figures(self, job: str, hour: datetime) -> JobFigures | None:
        """Return what *job* came to in the hour that begins then; None: no end."""
        return read_hour(self._session, job, hour)

    def active_before(self, job: str, at: datetime) -> bool:
        """Say whether the roll-up knows an hour of *job* before that of *at*."""
        return was_active(self._session, job, at)

    def purge_figures(self, before: datetime, limit: int) -> int:
        """
        Forget what jobs came to in hours before *before*; their totals stay.

        Returns:
            How many rows went, at most *limit*; fewer when no more are left.
        """
        return purge_hours(self._session, before, limit)

    def _insert(self, job: Job) -> bool:
        """Insert *job* unless its name is taken; say whether it was done."""
        insert = insert_into(jobs, on_postgresql=self._session.on_postgresql)
        result = self._session.connection.execute(
            insert.values(**to_values(job))
            .on_conflict_do_nothing()
            .returning(jobs.c.name)
        )
        return result.one_or_none() is not None

    def _update(self, job: Job) -> None:
        self._session.connection.execute(
            update(jobs).where(jobs.c.name == job.name).values(**to_values(job))
        )

    def _is_repeat(self, job: Job, version: int) -> bool:
        """Say whether a try whose answer was lost has already written *job*."""
        if not self._session.repeated:
            return False
        there = self.get(job.name)
        return there.version == version and not changed_fields(there, job)


def _one(name: str) -> Select[Any]:
    return select(*JOB_COLUMNS).where(jobs.c.name == name)


def _from(job: Job, at: datetime) -> Job:
    """Return *job* with all fire times up to *at* decided."""
    return replace(job, cursor=at, next_due_at=next_due(job, at), last_fire_at=None)
