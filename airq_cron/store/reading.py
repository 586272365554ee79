"""Reading the ledger."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Select,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    not_,
    select,
    true,
    tuple_,
)
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.run import CLAIMABLE, UNFINISHED, Run, State
from airq_cron.errors import NotFoundError
from airq_cron.ports import Mark, RunFilter
from airq_cron.store.ledger_tables import (
    among,
    attempts,
    jobs,
    live,
    manual,
    notable,
    runs,
    special,
    whole,
)
from airq_cron.store.listed import is_listed, listed_texts, looked_up
from airq_cron.store.rows import ATTEMPT_COLUMNS, RUN_COLUMNS, to_attempt, to_run
from airq_cron.store.session import Session
from airq_cron.store.sweeping import follows, in_scope
from airq_cron.store.types import Instant

LIVE_UNFINISHED = (among(runs.c.state, UNFINISHED), whole, live)
FOLLOWER = case((follows(), literal_column("1"))).label("follower")


def _standing() -> Select[Any]:
    """Return it for PostgreSQL, which would else read all that is unfinished."""
    names = listed_texts("jobs")
    wanted = (is_listed(runs.c.job, names), *LIVE_UNFINISHED)
    mine = looked_up(select(runs.c.job, FOLLOWER).where(*wanted))
    counts = select(mine.c.job, func.count(), func.count(mine.c.follower))
    return counts.select_from(names.join(mine, true())).group_by(mine.c.job)


STANDING = {
    "sqlite": select(runs.c.job, func.count(), func.count(FOLLOWER))
    .where(runs.c.job.in_(bindparam("jobs", expanding=True)), *LIVE_UNFINISHED)
    .group_by(runs.c.job),
    "postgresql": _standing(),
}
# Built once: every beat asks it twice a second.
NEXT_WAITING = select(func.min(runs.c.not_before)).where(
    among(runs.c.state, {State.WAITING}), runs.c.not_before.is_not(None)
)


class Reading:
    """Looks into the ledger without changing it."""

    session: Session

    def known(self, ids: Collection[str]) -> set[str]:
        """Return those of *ids* that the ledger has."""
        found = self.session.connection.execute(
            select(runs.c.id).where(runs.c.id.in_(ids))
        )
        return set(found.scalars())

    def unclaimed(self, job: str, age: timedelta, limit: int) -> list[str]:
        """
        Return runs of *job* that could start for longer than *age*, oldest first.

        Nobody has claimed them since they were entered or since their last attempt;
        how often they were sent since then does not count.
        """
        last = (
            select(func.max(attempts.c.finished_at))
            .where(attempts.c.run_id == runs.c.id)
            .scalar_subquery()
        )
        since = func.coalesce(last, runs.c.created_at)
        found = self.session.connection.execute(
            select(runs.c.id)
            .where(
                among(runs.c.state, UNFINISHED),
                among(runs.c.state, CLAIMABLE),
                runs.c.job == job,
                whole,
                live,
                since < literal(self.session.now() - age, Instant()),
            )
            .order_by(runs.c.scheduled_for)
            .limit(limit)
        )
        return list(found.scalars())

    def get(self, run_id: str) -> Run:
        """Return one run with its attempts; raises NotFoundError."""
        row = self.session.connection.execute(
            select(*RUN_COLUMNS).where(runs.c.id == run_id)
        ).one_or_none()
        if row is None:
            raise NotFoundError("run", run_id)
        found = self.session.connection.execute(
            select(*ATTEMPT_COLUMNS)
            .where(attempts.c.run_id == run_id)
            .order_by(attempts.c.number)
        )
        return to_run(row, [to_attempt(attempt) for attempt in found])

    def next_waiting_at(self) -> datetime | None:
        """Return the earliest not_before of a waiting run."""
        earliest: datetime | None = self.session.connection.execute(
            NEXT_WAITING
        ).scalar_one()
        return earliest

    def find_manual(self, job: str, origin: str) -> Run | None:
        """Return the run first made under a manual key, without its attempts."""
        row = self.session.connection.execute(
            select(*RUN_COLUMNS).where(
                runs.c.job == job, runs.c.origin == origin, whole, manual
            )
        ).one_or_none()
        return None if row is None else to_run(row)

    def find(
        self, where: RunFilter, *, limit: int, after: tuple[datetime, str] | None
    ) -> list[Run]:
        """
        Return whole runs, newest scheduled_for first, after the cursor (time, id).

        Parts and attempts are left out.
        """
        rows = self.session.connection.execute(
            select(*RUN_COLUMNS)
            .where(whole, *_conditions(where))
            .where(*_beyond(after))
            .order_by(runs.c.scheduled_for.desc(), runs.c.id.desc())
            .limit(limit)
        )
        return [to_run(row) for row in rows]

    def unfinished(self, job: str, *, backfill: str | None = None) -> list[Run]:
        """
        Return unfinished part-0 runs of *job*, oldest first.

        Schedule and manual runs together, or those of one backfill alone (its
        origin).
        """
        rows = self.session.connection.execute(
            select(*RUN_COLUMNS)
            .where(among(runs.c.state, UNFINISHED), in_scope(job, backfill))
            .order_by(runs.c.scheduled_for, runs.c.id)
        )
        return [to_run(row) for row in rows]

    def count_unfinished(self, jobs: Sequence[str]) -> dict[str, tuple[int, int]]:
        """
        Return, by job, how many `unfinished` has, and how many of them follow.

        Those follow that wait for their predecessor. Jobs without any are absent.
        """
        connection = self.session.connection
        rows = connection.execute(
            STANDING[connection.dialect.name], {"jobs": list(jobs)}
        )
        return {job: (unfinished, following) for job, unfinished, following in rows}

    def count_by_state(self) -> dict[tuple[str, str], int]:
        """
        Return counts of unfinished runs and parts by (queue, state).

        Only those `running` count that hold a lease: one that has split into
        parts occupies nobody.
        """
        rows = self.session.connection.execute(
            select(runs.c.queue, runs.c.state, func.count())
            .where(
                among(runs.c.state, UNFINISHED),
                (runs.c.state != State.RUNNING) | runs.c.lease_until.is_not(None),
            )
            .group_by(runs.c.queue, runs.c.state)
        )
        return {(queue, state): count for queue, state, count in rows}

    def last_ended(self) -> dict[str, Mark]:
        """
        Return each job's ended run with the newest scheduled_for, if it has one.

        A backfill therefore does not hide what the schedule did last.
        """
        older = runs.alias()
        newest = (
            select(older.c.id)
            .where(
                older.c.job == jobs.c.name,
                older.c.part == literal_column("0"),
                not_(among(older.c.state, UNFINISHED)),
            )
            .order_by(older.c.scheduled_for.desc(), older.c.id.desc())
            .limit(1)
            .correlate(jobs)
            .scalar_subquery()
        )
        rows = self.session.connection.execute(
            select(
                *(runs.c.job, runs.c.id, runs.c.scheduled_for),
                *(runs.c.state, runs.c.finished_at),
            ).join_from(jobs, runs, runs.c.id == newest)
        )
        return {
            job: Mark(job, id_, due_at, State(state), ended_at)
            for job, id_, due_at, state, ended_at in rows
        }

    def progress(self, job: str, origin: str) -> dict[str, int]:
        """Return counts by state of the whole runs of one origin."""
        conditions = [runs.c.origin == origin, runs.c.job == job, whole]
        if origin != "schedule":
            conditions.append(special)
        rows = self.session.connection.execute(
            select(runs.c.state, func.count().label("runs"))
            .where(*conditions)
            .group_by(runs.c.state)
        )
        return {row.state: row.runs for row in rows}


def _conditions(where: RunFilter) -> Iterable[ColumnElement[bool]]:
    if where.job is not None:
        yield runs.c.job == where.job
    if where.queue is not None:
        yield runs.c.queue == where.queue
    if where.origin is not None:
        yield runs.c.origin == where.origin
        if where.origin != "schedule":
            yield special
    if where.since is not None:
        yield runs.c.scheduled_for >= where.since
    if where.until is not None:
        yield runs.c.scheduled_for < where.until
    if where.state is not None:
        yield runs.c.state == where.state
        # What is rare has an index of its own, found by this literal condition.
        if where.state is not State.SUCCEEDED:
            yield notable


def _beyond(after: tuple[datetime, str] | None) -> Iterable[ColumnElement[bool]]:
    if after is not None:
        place = tuple_(literal(after[0], Instant()), literal(after[1]))
        yield tuple_(runs.c.scheduled_for, runs.c.id) < place
