"""
The first tables: the ledger, its roll-up, the air, places and tokens.

A migration is history: it spells out what it made and never looks at the tables
as they are defined today. A test compares the two.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT, VARCHAR

from airq_cron.store.types import Instant, Prose

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
NAME = sa.String(64).with_variant(VARCHAR(64, collation="C"), "postgresql")
MICROS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON(none_as_null=True)
UNFINISHED = "state IN ('queued', 'running', 'scheduled', 'waiting')"
OUTCOMES = ("succeeded", "failed", "dead", "skipped", "missed", "cancelled")
TABLES = (
    "tokens",
    "fetch_states",
    "locations",
    "dirty_days",
    "days",
    "dirty_hours",
    "hours",
    "series",
    "measurements",
    "job_totals",
    "job_hours",
    "attempts",
    "runs",
    "jobs",
)


def upgrade() -> None:
    """Create all tables."""
    _create_jobs()
    _create_runs()
    _index_runs()
    _create_attempts()
    _create_rollup()
    _create_measured()
    _create_hours()
    _create_days()
    _create_places()
    _create_tokens()


def downgrade() -> None:
    """Drop all tables with what is in them."""
    for table in TABLES:
        op.drop_table(table)


def _columns(kind: Any, *names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}"))


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        *_columns(KEY, "name", "kind", "schedule", "zone", "queue", "priority"),
        *_columns(KEY, "overlap"),
        *_columns(DOCUMENT, "catchup", "retry", "params"),
        *_columns(sa.Integer(), "time_limit_s"),
        *_columns(sa.Integer(), "run_limit_s", nullable=True),
        *_columns(sa.Integer(), "run_limit_resolved_s"),
        *_columns(Prose(), "description"),
        *_columns(KEY, "category", "source"),
        *_columns(sa.Boolean(), "enabled"),
        *_columns(Instant(), "cursor", "next_due_at", nullable=True),
        *_columns(sa.Integer(), "version"),
        *_columns(DOCUMENT, "overrides"),
        _key("jobs", "name"),
    )
    op.create_index("ix_jobs_next_due_at", "jobs", ["next_due_at"])


def _create_runs() -> None:
    op.create_table(
        "runs",
        *_columns(KEY, "id", "job", "kind", "queue", "priority"),
        *_columns(Instant(), "scheduled_for"),
        *_columns(KEY, "state", "origin"),
        *_columns(sa.Integer(), "part"),
        *_columns(KEY, "parent", nullable=True),
        *_columns(Prose(), "reason", nullable=True),
        *_columns(DOCUMENT, "params"),
        *_columns(sa.Integer(), "attempt", "errors", "crashes", "sends"),
        *_columns(Instant(), "created_at"),
        *_columns(Instant(), "not_before", "sent_at", "queued_at", nullable=True),
        *_columns(Instant(), "started_at", "finished_at", nullable=True),
        *_columns(Instant(), "deadline_at", nullable=True),
        *_columns(KEY, "owner", nullable=True),
        *_columns(Instant(), "lease_until", nullable=True),
        *_columns(Prose(), "error", nullable=True),
        *_columns(DOCUMENT, "result", nullable=True),
        *_columns(Instant(), "missed_until", nullable=True),
        *_columns(sa.Integer(), "missed_count", nullable=True),
        _key("runs", "id"),
        sa.UniqueConstraint(
            "job",
            "scheduled_for",
            "origin",
            "part",
            name=op.f("uq_runs_job_scheduled_for_origin_part"),
        ),
        sa.ForeignKeyConstraint(
            ["parent"], ["runs.id"], name=op.f("fk_runs_parent"), ondelete="CASCADE"
        ),
    )


def _index_runs() -> None:
    _index("uq_runs_manual", "job origin part", "origin LIKE 'manual:%'", unique=True)
    _index("ix_runs_listed", "scheduled_for id", "part = 0")
    _index(
        "ix_runs_notable",
        "state scheduled_for id",
        "state != 'succeeded' AND part = 0",
    )
    _index("ix_runs_unfinished", "job scheduled_for", UNFINISHED)
    _index("ix_runs_counted", "queue state lease_until", UNFINISHED)
    _index("ix_runs_waiting", "not_before job origin", "state = 'waiting'")
    _index("ix_runs_sent", "state sent_at", "state IN ('queued', 'scheduled')")
    _index("ix_runs_leased", "lease_until", "state = 'running'")
    _index("ix_runs_special", "origin job part state", "origin != 'schedule'")
    _index("ix_runs_parts", "parent part", "parent IS NOT NULL")


def _index(
    name: str, columns: str, where: str, *, table: str = "runs", unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        columns.split(),
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        *_columns(KEY, "run_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        *_columns(KEY, "worker"),
        *_columns(Instant(), "started_at"),
        *_columns(Instant(), "finished_at", nullable=True),
        *_columns(KEY, "outcome", nullable=True),
        *_columns(Prose(), "error", nullable=True),
        *_columns(sa.Integer(), "time_limit_s"),
        _key("attempts", "run_id", "number"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_attempts_run_id"), ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )


def _create_rollup() -> None:
    op.create_table(
        "job_hours",
        *_columns(Instant(), "hour"),
        *_columns(KEY, "job"),
        *_columns(sa.Integer(), *OUTCOMES),
        *_columns(MICROS, "duration_us", "punctuality_us"),
        *_columns(sa.Integer(), *(f"d{index:02}" for index in range(26))),
        *_columns(sa.Integer(), *(f"p{index:02}" for index in range(26))),
        _key("job_hours", "hour", "job"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job_totals",
        *_columns(KEY, "job"),
        *_columns(sa.BigInteger(), *OUTCOMES),
        _key("job_totals", "job"),
        sqlite_with_rowid=False,
    )


def _create_measured() -> None:
    op.create_table(
        "measurements",
        *_columns(Instant(), "valid_from"),
        *_columns(NAME, "location", "provider", "pollutant"),
        *_columns(MICROS, "micros"),
        *_columns(NAME, "unit", "origin"),
        *_columns(sa.SmallInteger(), "quality"),
        *_columns(Instant(), "fetched_at"),
        *_columns(sa.Integer(), "revisions"),
        _key("measurements", "valid_from", "location", "provider", "pollutant"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "series",
        *_columns(NAME, "location", "provider", "pollutant", "unit", "origin"),
        *_columns(Instant(), "first_at", "last_at"),
        _key("series", "location", "provider", "pollutant"),
        sqlite_with_rowid=False,
    )


def _create_hours() -> None:
    op.create_table(
        "hours",
        *_columns(Instant(), "hour"),
        *_columns(NAME, "location", "provider", "pollutant", "unit", "origin"),
        *_columns(sa.Integer(), "n"),
        *_columns(MICROS, "mean_micros", "min_micros", "max_micros"),
        *_columns(Instant(), "max_at", "updated_at"),
        _key("hours", "hour", "location", "provider", "pollutant"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dirty_hours",
        *_columns(Instant(), "hour"),
        *_columns(NAME, "location", "provider"),
        *_columns(Instant(), "marked_at"),
        _key("dirty_hours", "hour", "location", "provider"),
        sqlite_with_rowid=False,
    )


def _create_days() -> None:
    op.create_table(
        "days",
        *_columns(NAME, "location"),
        *_columns(sa.Date(), "day"),
        *_columns(NAME, "provider", "pollutant", "zone", "unit", "origin"),
        *_columns(sa.SmallInteger(), "hours_valid", "hours_expected"),
        *_columns(MICROS, "sum_micros"),
        *_columns(MICROS, "min_micros", "max_micros", nullable=True),
        *_columns(Instant(), "max_hour", nullable=True),
        *_columns(NAME, "status"),
        *_columns(sa.Integer(), "revision"),
        *_columns(Instant(), "updated_at"),
        _key("days", "location", "day", "provider", "pollutant"),
        sqlite_with_rowid=False,
    )
    _index(
        "ix_days_provisional", "location day", "status = 'provisional'", table="days"
    )
    op.create_table(
        "dirty_days",
        *_columns(NAME, "location"),
        *_columns(sa.Date(), "day"),
        *_columns(NAME, "provider"),
        *_columns(Instant(), "marked_at"),
        _key("dirty_days", "location", "day", "provider"),
        sqlite_with_rowid=False,
    )


def _create_places() -> None:
    op.create_table(
        "locations",
        *_columns(NAME, "id"),
        *_columns(Prose(), "name"),
        *_columns(sa.String(40), "lat", "lon"),
        *_columns(NAME, "zone"),
        *_columns(DOCUMENT, "providers"),
        *_columns(sa.Boolean(), "enabled"),
        _key("locations", "id"),
    )
    op.create_table(
        "fetch_states",
        *_columns(NAME, "provider", "location"),
        *_columns(Instant(), "asked_at"),
        *_columns(NAME, "outcome"),
        *_columns(Prose(), "detail"),
        _key("fetch_states", "provider", "location"),
        sa.ForeignKeyConstraint(
            ["location"],
            ["locations.id"],
            name=op.f("fk_fetch_states_location"),
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )


def _create_tokens() -> None:
    op.create_table(
        "tokens",
        *_columns(NAME, "id"),
        *_columns(Prose(), "name"),
        *_columns(NAME, "role"),
        *_columns(sa.String(64), "digest"),
        *_columns(Instant(), "created_at"),
        *_columns(Instant(), "expires_at", "last_used_at", nullable=True),
        *_columns(Instant(), "revoked_at", nullable=True),
        _key("tokens", "id"),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    _index(
        "uq_tokens_active_name",
        "name",
        "revoked_at IS NULL",
        table="tokens",
        unique=True,
    )
