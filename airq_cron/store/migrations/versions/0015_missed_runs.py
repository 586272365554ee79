"""When a fire time was noticed as missed; indexes for those who watch jobs."""

import sqlalchemy as sa
from alembic import op

from airq_cron.store.types import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_runs_missed": (["job", "missed_at"], "missed_at IS NOT NULL"),
    "ix_runs_by_hand": (
        ["scheduled_for", "job"],
        "origin LIKE 'manual:%' AND part = 0",
    ),
}


def upgrade() -> None:
    """Add the column; of what was missed before nothing is noted."""
    op.add_column("runs", sa.Column("missed_at", Instant(), nullable=True))
    for name, (columns, where) in INDEXES.items():
        condition = sa.text(where)
        op.create_index(
            name,
            "runs",
            columns,
            sqlite_where=condition,
            postgresql_where=condition,
        )


def downgrade() -> None:
    """Take them away."""
    for name in INDEXES:
        op.drop_index(name, table_name="runs")
    op.drop_column("runs", "missed_at")
