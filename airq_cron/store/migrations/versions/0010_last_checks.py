"""The last health check, whoever asked for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from airq_cron.store.types import Instant, Prose

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "last_checks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("finished_at", Instant(), nullable=False),
        sa.Column("run", KEY, nullable=True),
        sa.Column("by", Prose(), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_last_checks")),
    )


def downgrade() -> None:
    """Take it away, with what is in it."""
    op.drop_table("last_checks")
