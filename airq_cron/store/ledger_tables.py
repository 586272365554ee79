"""Tables of the ledger: jobs, their runs, and what the runs came to."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    literal_column,
)

from airq_cron.domain.buckets import COUNT
from airq_cron.domain.run import UNFINISHED, State
from airq_cron.store.metadata import metadata
from airq_cron.store.types import Document, Instant, Key, Micros, Prose

OUTCOMES = ("succeeded", "failed", "dead", "skipped", "missed", "cancelled")


def among(column: ColumnElement[str], states: Iterable[State]) -> ColumnElement[bool]:
    """
    Return the condition that a state is one of *states*, spelt out in the SQL.

    A partial index serves only a query that repeats its condition literally; a
    bound parameter does not.
    """
    words: list[ColumnElement[str]] = [
        literal_column(f"'{word}'") for word in sorted(states)
    ]
    return column == words[0] if len(words) == 1 else column.in_(words)


def _text(name: str) -> Column[str]:
    return Column(name, Key, nullable=False)


def _number(name: str, kind: Any = Integer) -> Column[int]:
    return Column(name, kind, nullable=False)


def _partial(
    name: str, *columns: Column[Any], where: ColumnElement[bool], unique: bool = False
) -> Index:
    return Index(
        name, *columns, unique=unique, sqlite_where=where, postgresql_where=where
    )


# `overrides` names the fields of a job from code that people have changed.
jobs = Table(
    "jobs",
    metadata,
    Column("name", Key, primary_key=True),
    _text("kind"),
    _text("schedule"),
    _text("zone"),
    _text("queue"),
    _text("priority"),
    _text("overlap"),
    Column("catchup", Document, nullable=False),
    Column("retry", Document, nullable=False),
    Column("params", Document, nullable=False),
    _number("time_limit_s"),
    Column("run_limit_s", Integer),
    Column("description", Prose, nullable=False),
    _text("category"),
    _text("source"),
    Column("enabled", Boolean, nullable=False),
    Column("cursor", Instant),
    Column("next_due_at", Instant),
    _number("version"),
    Column("overrides", Document, nullable=False),
    Column("jitter_s", Integer, nullable=False, server_default="0"),
    Column("soft_limit_s", Integer),
    Column("start_margin_s", Integer),
    Column("pause_after", Integer),
    Column("note", Prose),
    Column("last_fire_at", Instant),
    Column("watched_since", Instant),
)
Index("ix_jobs_next_due_at", jobs.c.next_due_at)

# `missed_at`: when it was noticed that its fire time had passed without a run that
# was planned in time, or that it came too late to start; else NULL.
runs = Table(
    "runs",
    metadata,
    Column("id", Key, primary_key=True),
    _text("job"),
    _text("kind"),
    _text("queue"),
    _text("priority"),
    Column("scheduled_for", Instant, nullable=False),
    _text("state"),
    _text("origin"),
    _number("part"),
    Column("parent", Key, ForeignKey("runs.id", ondelete="CASCADE")),
    Column("reason", Prose),
    Column("params", Document, nullable=False),
    _number("attempt"),
    _number("errors"),
    _number("crashes"),
    _number("sends"),
    Column("created_at", Instant, nullable=False),
    Column("not_before", Instant),
    Column("sent_at", Instant),
    Column("queued_at", Instant),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("deadline_at", Instant),
    Column("owner", Key),
    Column("lease_until", Instant),
    Column("error", Prose),
    Column("result", Document),
    Column("missed_until", Instant),
    Column("missed_count", Integer),
    Column("time_limit_s", Integer),
    Column("soft_limit_s", Integer),
    Column("run_limit_s", Integer),
    Column("start_margin_s", Integer),
    Column("interval_start", Instant),
    Column("decision", Prose),
    Column("entered_by", Key),
    Column("discarded_at", Instant),
    Column("parts", Integer),
    Column("parts_left", Integer),
    Column("parts_failed", Integer),
    Column("missed_at", Instant),
    UniqueConstraint("job", "scheduled_for", "origin", "part"),
)

# Millions of runs have ended; these keep what beats and sweepers ask as cheap as
# the number of runs that have not.
_state = runs.c.state
whole = runs.c.part == literal_column("0")
notable = (_state != literal_column("'succeeded'")) & whole
manual = runs.c.origin.like(literal_column("'manual:%'"))
# Every backfill is a line of its own; schedule and calls by hand are one together.
# Apart, so that a backfill of 100,000 runs costs the live ones nothing.
backfilled = runs.c.origin.like(literal_column("'backfill:%'"))
live = runs.c.origin.not_like(literal_column("'backfill:%'"))
following = among(_state, {State.WAITING}) & runs.c.not_before.is_(None) & whole
under_way = among(_state, UNFINISHED) & (
    (_state != literal_column("'waiting'")) | runs.c.not_before.is_not(None)
) & whole  # fmt: skip
special = runs.c.origin != literal_column("'schedule'")
dead_letter = (
    among(_state, {State.FAILED, State.DEAD}) & runs.c.discarded_at.is_(None) & whole
)
bounded = among(_state, {State.SCHEDULED, State.QUEUED}) & runs.c.start_margin_s.is_not(
    None
)

_partial(
    "uq_runs_manual",
    runs.c.job,
    runs.c.origin,
    runs.c.part,
    where=manual,
    unique=True,
)
_partial("ix_runs_listed", runs.c.scheduled_for, runs.c.id, where=whole)
_partial("ix_runs_notable", _state, runs.c.scheduled_for, runs.c.id, where=notable)
_partial(
    "ix_runs_unfinished",
    runs.c.job,
    runs.c.scheduled_for,
    where=among(_state, UNFINISHED) & whole & live,
)
_partial(
    "ix_runs_followers",
    runs.c.job,
    runs.c.scheduled_for,
    runs.c.id,
    where=following & live,
)
_partial(
    "ix_runs_backfilled",
    runs.c.origin,
    runs.c.scheduled_for,
    runs.c.id,
    where=following & backfilled,
)
_partial("ix_runs_under_way", runs.c.origin, where=under_way & backfilled)
_partial(
    "ix_runs_counted",
    runs.c.queue,
    _state,
    runs.c.lease_until,
    where=among(_state, UNFINISHED),
)
_partial(
    "ix_runs_waiting",
    runs.c.not_before,
    where=among(_state, {State.WAITING}) & runs.c.not_before.is_not(None),
)
_partial(
    "ix_runs_sent",
    _state,
    runs.c.sent_at,
    where=among(_state, {State.SCHEDULED, State.QUEUED}),
)
_partial("ix_runs_dead_letters", runs.c.scheduled_for, runs.c.id, where=dead_letter)
_partial("ix_runs_margins", runs.c.sent_at, where=bounded)
_partial("ix_runs_leased", runs.c.lease_until, where=among(_state, {State.RUNNING}))
_partial(
    "ix_runs_special", runs.c.origin, runs.c.job, runs.c.part, _state, where=special
)
_partial(
    "ix_runs_missed", runs.c.job, runs.c.missed_at, where=runs.c.missed_at.is_not(None)
)
_partial("ix_runs_by_hand", runs.c.scheduled_for, runs.c.job, where=manual & whole)
_partial("ix_runs_parts", runs.c.parent, runs.c.part, where=runs.c.parent.is_not(None))

attempts = Table(
    "attempts",
    metadata,
    Column("run_id", Key, ForeignKey(runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("worker"),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("outcome", Key),
    Column("error", Prose),
    _number("time_limit_s"),
    sqlite_with_rowid=False,
)

DURATION_BUCKETS = tuple(f"d{index:02}" for index in range(COUNT))
PUNCTUALITY_BUCKETS = tuple(f"p{index:02}" for index in range(COUNT))

# Integers instead of documents: an end is one upsert that adds, and a day of all
# jobs is one SUM.
job_hours = Table(
    "job_hours",
    metadata,
    Column("hour", Instant, primary_key=True),
    Column("job", Key, primary_key=True),
    *(_number(name) for name in OUTCOMES),
    _number("duration_us", Micros),
    _number("punctuality_us", Micros),
    *(_number(name) for name in DURATION_BUCKETS + PUNCTUALITY_BUCKETS),
    sqlite_with_rowid=False,
)

job_totals = Table(
    "job_totals",
    metadata,
    Column("job", Key, primary_key=True),
    *(_number(name, BigInteger) for name in OUTCOMES),
    sqlite_with_rowid=False,
)
