"""
What the policies of jobs need: limits, parts, backfills, and who did what.

Columns are added one by one and never by copying a table: copying `runs` would
drop it, and with it every attempt that refers to it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from airq_cron.store.types import Instant, Prose

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
DOCUMENT = sa.JSON(none_as_null=True)
NUMBERED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DEAD_LETTERS = "state IN ('dead', 'failed') AND discarded_at IS NULL AND part = 0"
MARGINS = "state IN ('queued', 'scheduled') AND start_margin_s IS NOT NULL"
UNFINISHED = "state IN ('queued', 'running', 'scheduled', 'waiting')"
FOLLOWING = "state = 'waiting' AND not_before IS NULL AND part = 0"
LIVE = "origin NOT LIKE 'backfill:%'"
BACKFILLED = "origin LIKE 'backfill:%'"
BUSY = "(state != 'waiting' OR not_before IS NOT NULL) AND part = 0"
# Indexes from which backfills are taken out, with what they were before.
APART = {
    "ix_runs_unfinished": (
        ("job scheduled_for", UNFINISHED),
        "job scheduled_for",
        f"{UNFINISHED} AND part = 0 AND {LIVE}",
    ),
    "ix_runs_waiting": (
        ("not_before job origin", "state = 'waiting'"),
        "not_before",
        "state = 'waiting' AND not_before IS NOT NULL",
    ),
}
LINES = {
    "ix_runs_followers": ("job scheduled_for id", f"{FOLLOWING} AND {LIVE}"),
    "ix_runs_backfilled": ("origin scheduled_for id", f"{FOLLOWING} AND {BACKFILLED}"),
    "ix_runs_under_way": ("origin", f"{UNFINISHED} AND {BUSY} AND {BACKFILLED}"),
}
JOB_COLUMNS: dict[str, Any] = {
    "soft_limit_s": sa.Integer(),
    "start_margin_s": sa.Integer(),
    "pause_after": sa.Integer(),
    "note": Prose(),
    "last_fire_at": Instant(),
    "watched_since": Instant(),
}
RUN_COLUMNS: dict[str, Any] = {
    "time_limit_s": sa.Integer(),
    "soft_limit_s": sa.Integer(),
    "run_limit_s": sa.Integer(),
    "start_margin_s": sa.Integer(),
    "interval_start": Instant(),
    "decision": Prose(),
    "entered_by": KEY,
    "discarded_at": Instant(),
    "parts": sa.Integer(),
    "parts_left": sa.Integer(),
    "parts_failed": sa.Integer(),
}


def upgrade() -> None:
    """Add the columns and tables."""
    jitter = sa.Column("jitter_s", sa.Integer(), nullable=False, server_default="0")
    op.add_column("jobs", jitter)
    _add("jobs", JOB_COLUMNS)
    op.drop_column("jobs", "run_limit_resolved_s")
    _add("runs", RUN_COLUMNS)
    _index("ix_runs_dead_letters", "scheduled_for id", DEAD_LETTERS)
    _index("ix_runs_margins", "sent_at", MARGINS)
    for name in APART:
        op.drop_index(name, table_name="runs")
    for name, (_, columns, where) in APART.items():
        _index(name, columns, where)
    for name, (columns, where) in LINES.items():
        _index(name, columns, where)
    _create_backfills()
    _create_audit()


def downgrade() -> None:
    """Take away what was added, with what is in it."""
    op.drop_table("audit")
    op.drop_table("backfills")
    for name in reversed(LINES):
        op.drop_index(name, table_name="runs")
    for name, (before, *_) in APART.items():
        op.drop_index(name, table_name="runs")
        _index(name, *before)
    op.drop_index("ix_runs_margins", table_name="runs")
    op.drop_index("ix_runs_dead_letters", table_name="runs")
    for name in reversed(RUN_COLUMNS):
        op.drop_column("runs", name)
    resolved = sa.Column(
        "run_limit_resolved_s", sa.Integer(), nullable=False, server_default="3600"
    )
    op.add_column("jobs", resolved)
    for name in [*reversed(JOB_COLUMNS), "jitter_s"]:
        op.drop_column("jobs", name)


def _add(table: str, columns: dict[str, Any]) -> None:
    for name, kind in columns.items():
        op.add_column(table, sa.Column(name, kind, nullable=True))


def _index(name: str, columns: str, where: str) -> None:
    op.create_index(
        name,
        "runs",
        columns.split(),
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _create_backfills() -> None:
    op.create_table(
        "backfills",
        sa.Column("id", KEY, nullable=False),
        sa.Column("job", KEY, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("overlap", KEY, nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("entered_by", KEY, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfills")),
    )
    op.create_index("ix_backfills_created_at", "backfills", ["created_at", "id"])
    not_over = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_backfills_open",
        "backfills",
        ["id"],
        sqlite_where=not_over,
        postgresql_where=not_over,
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", NUMBERED, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", KEY, nullable=False),
        sa.Column("action", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("before", DOCUMENT, nullable=True),
        sa.Column("after", DOCUMENT, nullable=True),
        sa.Column("note", Prose(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at", "id"])
    op.create_index("ix_audit_subject", "audit", ["subject", "at", "id"])
