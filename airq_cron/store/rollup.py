"""The roll-up: what ended runs came to, by job and hour, and over a job's life."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    Table,
    Update,
    bindparam,
    delete,
    func,
    select,
    tuple_,
    update,
)

from airq_cron.domain.buckets import bucket_of, percentile
from airq_cron.domain.period import floor_hour
from airq_cron.domain.run import State
from airq_cron.ports import JobFigures
from airq_cron.store.ledger_tables import (
    DURATION_BUCKETS,
    OUTCOMES,
    PUNCTUALITY_BUCKETS,
    job_hours,
    job_totals,
    jobs,
)
from airq_cron.store.session import Insert, Session, insert_into

FAILURES = frozenset({State.FAILED, State.DEAD})
DAY = timedelta(hours=24)
MICROSECOND = timedelta(microseconds=1)
ADDED = (
    *OUTCOMES,
    "duration_us",
    "punctuality_us",
    *DURATION_BUCKETS,
    *PUNCTUALITY_BUCKETS,
)


@dataclass(frozen=True, slots=True)
class End:
    """
    One run that ended, or *count* fire times that were missed as one row.

    Attributes:
        duration: of the attempt that ended it; None when it does not count.
        punctuality: start minus scheduled_for; None when it does not count.
    """

    job: str
    state: State
    count: int = 1
    duration: timedelta | None = None
    punctuality: timedelta | None = None


def note_ends(session: Session, ends: Sequence[End], at: datetime) -> None:
    """Let *ends*, at *at*, be counted when the transaction commits."""
    session.failing.update(end.job for end in ends if end.state in FAILURES)
    session.ends.extend((end, floor_hour(at)) for end in ends)


def write_ends(session: Session) -> None:
    """
    Add what was noted to the jobs' rows of their hours and to their totals.

    Every run that ends writes to its job's row. So this comes last, and in the
    order of hours and names: nobody who waits for such a row holds one, or waits
    for a run while he holds it.
    """
    if not session.ends:
        return
    hours: defaultdict[tuple[datetime, str], Counter[str]] = defaultdict(Counter)
    lives: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for end, hour in session.ends:
        amounts = _amounts(end)
        hours[hour, end.job].update(amounts)
        lives[end.job].update(amounts)
    session.ends.clear()
    by_hour = sorted(hours.items(), key=lambda one: one[0])
    _add(
        session,
        job_hours,
        ADDED,
        [({"hour": hour, "job": job}, sums) for (hour, job), sums in by_hour],
    )
    by_job = sorted(lives.items(), key=lambda one: one[0])
    _add(session, job_totals, OUTCOMES, [({"job": job}, sums) for job, sums in by_job])


def _add(
    session: Session,
    table: Table,
    names: tuple[str, ...],
    rows: Sequence[tuple[dict[str, Any], Counter[str]]],
) -> None:
    """Add the sums of each row of *rows*, each with its key."""
    if len(rows) == 1 and _add_to_known(session, table, names, *rows[0]):
        return
    session.connection.execute(
        _adding(table, names, on_postgresql=session.on_postgresql),
        [key | {name: sums[name] for name in names} for key, sums in rows],
    )


def _add_to_known(
    session: Session,
    table: Table,
    names: tuple[str, ...],
    key: dict[str, Any],
    sums: Counter[str],
) -> bool:
    """
    Add the sums of one job to its row; say False if there is none yet.

    Nearly always a transaction ends one run, of a job that has had one in this hour:
    five sums are added then, and not all sixty.
    """
    changed = tuple(name for name in names if sums[name])
    if not changed:
        return True
    values = {f"of_{name}": value for name, value in key.items()}
    values |= {f"more_{name}": sums[name] for name in changed}
    done = session.connection.execute(_raising(table, changed), values)
    return done.rowcount > 0


# Which sums change depends on how long runs take: some combinations are common.
@lru_cache(maxsize=64)
def _raising(table: Table, names: tuple[str, ...]) -> Update:
    """Return the UPDATE that adds to a row which must be there already."""
    return (
        update(table)
        .where(*(one == bindparam(f"of_{one.name}") for one in table.primary_key))
        .values({name: table.c[name] + bindparam(f"more_{name}") for name in names})
    )


@cache
def _adding(table: Table, names: tuple[str, ...], *, on_postgresql: bool) -> Insert:
    """Return the INSERT that adds to a row which is there already."""
    # Kept, because building sixty sums takes longer than running them, and that
    # would be time under SQLite's write lock.
    insert = insert_into(table, on_postgresql=on_postgresql)
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: table.c[name] + insert.excluded[name] for name in names},
    )


def _amounts(end: End) -> dict[str, int]:
    amounts = {end.state.value: end.count}
    if end.duration is not None:
        length = max(end.duration, timedelta())
        amounts["duration_us"] = length // MICROSECOND
        amounts[DURATION_BUCKETS[bucket_of(length)]] = 1
    if end.punctuality is not None:
        amounts["punctuality_us"] = end.punctuality // MICROSECOND
        amounts[PUNCTUALITY_BUCKETS[bucket_of(end.punctuality)]] = 1
    return amounts


def read_figures(session: Session, at: datetime) -> dict[str, JobFigures]:
    """
    Return the figures of every job; they cost the same whatever the past.

    The last 24 h are those of whole roll-up hours: from the hour that holds the
    instant 24 h before *at*, so up to 25 h.
    """
    life = session.connection.execute(
        select(jobs.c.name, *(job_totals.c[name] for name in OUTCOMES)).outerjoin(
            job_totals, job_totals.c.job == jobs.c.name
        )
    ).all()
    recent = session.connection.execute(
        select(job_hours.c.job, *(func.sum(job_hours.c[n]).label(n) for n in ADDED))
        .where(job_hours.c.hour >= floor_hour(at - DAY), job_hours.c.hour <= at)
        .group_by(job_hours.c.job)
    ).all()
    lately = {job: _counts(ADDED, counts) for job, *counts in recent}
    return {job: _figures(counts, lately.get(job, {})) for job, *counts in life}


def read_hour(session: Session, job: str, hour: datetime) -> JobFigures | None:
    """Return what *job* came to in the hour that begins at *hour*; None: no end."""
    counts = session.connection.execute(
        select(*(job_hours.c[name] for name in ADDED)).where(
            job_hours.c.hour == hour, job_hours.c.job == job
        )
    ).one_or_none()
    if counts is None:
        return None
    return _figures(counts[: len(OUTCOMES)], _counts(ADDED, counts))


def was_active(session: Session, job: str, at: datetime) -> bool:
    """Say whether a run of *job* ended in an hour before that of *at*."""
    earlier = session.connection.execute(
        select(job_hours.c.hour)
        .where(job_hours.c.hour < floor_hour(at), job_hours.c.job == job)
        .order_by(job_hours.c.hour.desc())
        .limit(1)
    )
    return earlier.one_or_none() is not None


def take_back_ends(session: Session, ends: Sequence[tuple[End, datetime]]) -> None:
    """
    Let *ends*, each at its instant, be counted no longer when it commits.

    Their runs are started again, so a run is counted by how it ended last. The
    time that its attempts took stays in the figures, because they did take it.
    """
    for end, at in ends:
        session.ends.append((replace(end, count=-end.count), floor_hour(at)))


def purge_hours(session: Session, before: datetime, limit: int) -> int:
    """Delete the oldest hours before *before*; return how many rows went."""
    key = job_hours.primary_key.columns
    oldest = select(*key).where(job_hours.c.hour < before).order_by(*key).limit(limit)
    gone = delete(job_hours).where(tuple_(*key).in_(oldest)).returning(job_hours.c.job)
    return len(session.connection.execute(gone).all())


def _counts(names: Sequence[str], counts: Sequence[Any]) -> dict[str, int]:
    # PostgreSQL sums BIGINT as NUMERIC.
    return {name: int(count or 0) for name, count in zip(names, counts, strict=True)}


def _figures(counts: Sequence[Any], lately: dict[str, int]) -> JobFigures:
    life = _counts(OUTCOMES, counts)
    failed = life["failed"] + life.pop("dead")
    totals = life | {"failed": failed}
    totals["total"] = sum(totals.values())
    succeeded = lately.get("succeeded", 0)
    judged = succeeded + lately.get("failed", 0) + lately.get("dead", 0)
    return JobFigures(
        totals=totals,
        success_rate=succeeded / judged if judged else None,
        duration_ms=_spread(lately, "duration_us", DURATION_BUCKETS),
        punctuality_ms=_spread(lately, "punctuality_us", PUNCTUALITY_BUCKETS),
    )


def _spread(
    lately: dict[str, int], sum_name: str, buckets: Sequence[str]
) -> dict[str, float | None]:
    counts = [lately.get(name, 0) for name in buckets]
    total = sum(counts)
    if not total:
        return {"avg": None, "p50": None, "p95": None}
    return {
        "avg": lately[sum_name] / total / 1000,
        "p50": _milliseconds(percentile(counts, 0.50)),
        "p95": _milliseconds(percentile(counts, 0.95)),
    }


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
