"""
More figures of hours and days, and what days were before they were revised.

Every known hour becomes dirty: the next aggregate runs compute its quantiles and
the next daily one the 8-hour means of its day. Until then the median of an hour is
its mean, which for hourly sources it also stays.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import VARCHAR

from airq_cron.clock import SystemClock
from airq_cron.store.types import Instant, Micros

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = sa.String(64).with_variant(VARCHAR(64, collation="C"), "postgresql")
DAY_COLUMNS: dict[str, Any] = {
    "median_micros": Micros,
    "p95_micros": Micros,
    "mda8_eu_micros": Micros,
    "mda8_eu_ends_at": Instant(),
    "mda8_us_micros": Micros,
    "mda8_us_starts_at": Instant(),
}
MARK = """
INSERT INTO dirty_hours (hour, location, provider, marked_at)
SELECT DISTINCT hour, location, provider, :at FROM hours WHERE true
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Add the columns and the table, and have all hours computed again."""
    for name in ("p50_micros", "p95_micros"):
        column = sa.Column(name, Micros, nullable=False, server_default="0")
        op.add_column("hours", column)
    op.execute("UPDATE hours SET p50_micros = mean_micros, p95_micros = max_micros")
    for name, kind in DAY_COLUMNS.items():
        op.add_column("days", sa.Column(name, kind, nullable=True))
    _create_revisions()
    mark = sa.text(MARK).bindparams(sa.bindparam("at", SystemClock().now(), Instant()))
    op.execute(mark)


def downgrade() -> None:
    """Take away what was added, with what is in it."""
    op.drop_table("day_revisions")
    for name in reversed(DAY_COLUMNS):
        op.drop_column("days", name)
    for name in ("p95_micros", "p50_micros"):
        op.drop_column("hours", name)


def _create_revisions() -> None:
    op.create_table(
        "day_revisions",
        sa.Column("location", NAME, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("provider", NAME, nullable=False),
        sa.Column("pollutant", NAME, nullable=False),
        sa.Column("zone", NAME, nullable=False),
        sa.Column("unit", NAME, nullable=False),
        sa.Column("origin", NAME, nullable=False),
        sa.Column("hours_valid", sa.SmallInteger(), nullable=False),
        sa.Column("hours_expected", sa.SmallInteger(), nullable=False),
        sa.Column("sum_micros", Micros, nullable=False),
        sa.Column("min_micros", Micros, nullable=True),
        sa.Column("max_micros", Micros, nullable=True),
        sa.Column("max_hour", Instant(), nullable=True),
        sa.Column("status", NAME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        *(sa.Column(name, kind, nullable=True) for name, kind in DAY_COLUMNS.items()),
        sa.Column("replaced_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("location", "day", "provider", "pollutant", "revision"),
            name=op.f("pk_day_revisions"),
        ),
        sqlite_with_rowid=False,
    )
