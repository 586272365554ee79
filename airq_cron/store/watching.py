"""What watchers of jobs ask the ledger: of all jobs at once, each in one statement."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Integer,
    Row,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.sql import ColumnElement

from airq_cron.domain.flip import FlipKind
from airq_cron.domain.job_facts import (
    Ends,
    MissedRuns,
    Newest,
    Record,
    Span,
    Unstarted,
)
from airq_cron.domain.period import HOUR, floor_hour
from airq_cron.domain.run import UNFINISHED, State
from airq_cron.store.flip_tables import flips, is_open
from airq_cron.store.ledger_tables import (
    among,
    attempts,
    following,
    job_hours,
    job_totals,
    jobs,
    live,
    manual,
    runs,
    whole,
)
from airq_cron.store.session import Session
from airq_cron.store.streaks import CARRIED_OUT
from airq_cron.store.types import Instant

DAY = timedelta(hours=24)
MICROSECOND = timedelta(microseconds=1)
FAILURES = frozenset({State.FAILED, State.DEAD})
FRUITLESS = ("failed", "dead", "skipped")


class Watching:
    """See `ports.JobWatch`."""

    session: Session

    def unstarted(self) -> dict[str, Unstarted]:
        """
        Return, by job, the runs that have not started and could have.

        What waits for its time or for its predecessor is not among them, nor is a
        backfill.
        """
        at = literal(self.session.now(), Instant())
        since = func.coalesce(runs.c.not_before, runs.c.missed_at, runs.c.scheduled_for)
        rows = self.session.connection.execute(
            select(
                runs.c.job,
                func.min(runs.c.scheduled_for).label("due"),
                func.min(since).label("since"),
                func.count().label("runs"),
            )
            .where(
                among(runs.c.state, UNFINISHED),
                whole,
                live,
                runs.c.started_at.is_(None),
                ~following,
                since <= at,
            )
            .group_by(runs.c.job)
        )
        return {row.job: Unstarted(row.due, row.since, row.runs) for row in rows}

    def running_for(self) -> dict[str, Span]:
        """Return, by job, how long its run has been running that began first."""
        at = self.session.now()
        rows = self.session.connection.execute(
            select(runs.c.job, attempts.c.started_at, runs.c.parts)
            .join_from(runs, attempts, _last_attempt())
            .where(among(runs.c.state, {State.RUNNING}), whole)
            .order_by(attempts.c.started_at.desc())
        )
        return {row.job: _span(row, at) for row in rows}

    def missed_lately(self, since: datetime) -> dict[str, MissedRuns]:
        """
        Return, by job, what was noticed as missed at *since* or later.

        Of a job with an open alert about it, all of it from the alert's begin on.
        What was due before a job was last switched on was not missed.
        """
        rows = self.session.connection.execute(_missed(since))
        return {row.name: MissedRuns(*row[1:]) for row in rows}

    def newest_carried_out(self, count: int) -> dict[str, Newest]:
        """
        Return, by job, the run of the newest fire time that was carried out.

        Args:
            count: of so many newest ones the failures are counted.
        """
        rows = self.session.connection.execute(_newest(count))
        return {row.name: _to_newest(row) for row in rows}

    def asked_for_by_hand(self, since: datetime) -> dict[str, int]:
        """Return, by job, how many runs were asked for at *since* or later."""
        # Counted here: to group them, SQLite would read all that there ever were.
        jobs_of = self.session.connection.execute(
            select(runs.c.job).where(manual, whole, runs.c.scheduled_for >= since)
        )
        return Counter(jobs_of.scalars())

    def records(self) -> dict[str, Record]:
        """
        Return, by job, what its runs came to, in its life and lately.

        The last 24 h are those of whole roll-up hours, as in `Jobs.figures`.
        """
        rows = self.session.connection.execute(_records(self.session.now()))
        return {row.job: _to_record(row) for row in rows}


def _last_attempt() -> ColumnElement[bool]:
    return (attempts.c.run_id == runs.c.id) & (attempts.c.number == runs.c.attempt)


def _span(row: Any, until: datetime) -> Span:
    length = max(until - row.started_at, timedelta())
    return Span(row.started_at, length, row.parts is not None)


def _missed(since: datetime) -> Select[Any]:
    condition = literal(f"{FlipKind.JOB_MISSED}:job:") + jobs.c.name
    known = (flips.c.condition == condition) & is_open
    noted = runs.c.missed_at
    pending = among(runs.c.state, UNFINISHED)
    done = among(runs.c.state, {State.SUCCEEDED})
    theirs = and_(
        runs.c.job == jobs.c.name,
        noted.is_not(None),
        noted >= func.coalesce(flips.c.began_at, literal(since, Instant())),
        runs.c.origin == literal_column("'schedule'"),
        whole,
        jobs.c.watched_since.is_(None) | (runs.c.scheduled_for >= jobs.c.watched_since),
    )
    # Outer joins, so that SQLite begins with the jobs and not with all the runs that
    # were ever missed.
    return (
        select(
            jobs.c.name,
            func.min(runs.c.scheduled_for),
            func.max(func.coalesce(runs.c.missed_until, runs.c.scheduled_for)),
            func.sum(func.coalesce(runs.c.missed_count, 1)),
            func.max(noted),
            cast(func.sum(case((done, 1), else_=_filled_in())), Integer),
            func.count(case((pending, runs.c.id))),
        )
        .select_from(jobs)
        .outerjoin(flips, known)
        .outerjoin(runs, theirs)
        .group_by(jobs.c.name)
        .having(func.count(runs.c.id) > 0)
    )


def _filled_in() -> ColumnElement[int]:
    """How many fire times of a missed run, or stretch, a backfill made up for."""
    later = runs.alias()
    return (
        select(func.count(later.c.scheduled_for.distinct()))
        .where(
            later.c.job == runs.c.job,
            later.c.scheduled_for.between(
                runs.c.scheduled_for,
                func.coalesce(runs.c.missed_until, runs.c.scheduled_for),
            ),
            later.c.origin.like(literal_column("'backfill:%'")),
            later.c.part == literal_column("0"),
            among(later.c.state, {State.SUCCEEDED}),
        )
        .correlate(runs)
        .scalar_subquery()
    )


def _newest(count: int) -> Select[Any]:
    older = runs.alias()
    carried_out = (
        select(older.c.id, older.c.state)
        .where(
            older.c.job == jobs.c.name,
            older.c.part == literal_column("0"),
            older.c.origin.not_like(literal_column("'backfill:%'")),
            among(older.c.state, CARRIED_OUT),
            jobs.c.watched_since.is_(None)
            | (older.c.scheduled_for >= jobs.c.watched_since),
        )
        # As the index has them, backwards.
        .order_by(
            older.c.scheduled_for.desc(), older.c.origin.desc(), older.c.part.desc()
        )
        .correlate(jobs)
    )
    newest = carried_out.with_only_columns(older.c.id).limit(1).scalar_subquery()
    last = carried_out.limit(count).subquery()
    failed = select(func.count()).where(among(last.c.state, FAILURES)).scalar_subquery()
    # By itself first: PostgreSQL may else ask it for each pair of a job and a run.
    found = (
        select(jobs.c.name, newest.label("run_id"), failed.label("failures"))
        .cte("found")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return (
        select(
            found.c.name,
            found.c.failures,
            runs.c.scheduled_for,
            runs.c.state,
            runs.c.error,
            runs.c.reason,
            runs.c.parts,
            runs.c.finished_at,
            attempts.c.started_at,
        )
        .select_from(found)
        .join(runs, runs.c.id == found.c.run_id)
        .outerjoin(attempts, _last_attempt())
    )


def _to_newest(row: Row[Any]) -> Newest:
    failed = row.state in FAILURES
    known = row.started_at is not None and row.finished_at is not None
    return Newest(
        scheduled_for=row.scheduled_for,
        failures=row.failures if failed else 0,
        error=(row.error or row.reason) if failed else None,
        span=_span(row, row.finished_at) if known else None,
    )


def _records(at: datetime) -> Select[Any]:
    recent = job_hours.c.hour >= literal(floor_hour(at) - HOUR, Instant())
    failed = job_hours.c.failed + job_hours.c.dead
    hours = (
        select(
            job_hours.c.job,
            func.sum(job_hours.c.succeeded).label("succeeded"),
            func.sum(failed).label("failed"),
            func.sum(job_hours.c.dead).label("dead"),
            func.sum(job_hours.c.duration_us).label("duration_us"),
            *_sums(recent, {"fresh": job_hours.c.succeeded, "foul": failed}),
        )
        .where(job_hours.c.hour >= floor_hour(at - DAY), job_hours.c.hour <= at)
        .group_by(job_hours.c.job)
        .subquery()
    )
    life = job_totals.c
    return select(
        life.job,
        life.succeeded.label("ever"),
        sum((life[name] for name in FRUITLESS), literal(0)).label("fruitless"),
        *(column for column in hours.c if column.name != "job"),
    ).outerjoin_from(job_totals, hours, hours.c.job == life.job)


def _sums(
    where: ColumnElement[bool], named: dict[str, ColumnElement[int]]
) -> Iterable[ColumnElement[Any]]:
    for name, column in named.items():
        yield func.sum(case((where, column), else_=0)).label(name)


def _to_record(row: Row[Any]) -> Record:
    # PostgreSQL sums BIGINT as NUMERIC.
    good, bad = int(row.succeeded or 0), int(row.failed or 0)
    timed = good + bad - int(row.dead or 0)
    spent = int(row.duration_us or 0) * MICROSECOND
    return Record(
        succeeded=row.ever,
        fruitless=row.fruitless,
        day=Ends(good, bad),
        lately=Ends(int(row.fresh or 0), int(row.foul or 0)),
        mean=spent / timed if timed > 0 else None,
    )
