"""Alert rules as people changed them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from airq_cron.store.types import Prose

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "alert_rules",
        sa.Column("kind", KEY, nullable=False),
        sa.Column("severity", KEY, nullable=False),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("open_after", sa.Integer(), nullable=False),
        sa.Column("close_after", sa.Integer(), nullable=False),
        sa.Column("cool_down_s", sa.Integer(), nullable=False),
        sa.Column("repeat_every_s", sa.Integer(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("note", Prose(), nullable=True),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_alert_rules")),
    )


def downgrade() -> None:
    """Take it away; all rules are as by default."""
    op.drop_table("alert_rules")
