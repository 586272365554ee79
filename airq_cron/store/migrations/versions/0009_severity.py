"""Alerts have a severity, and people acknowledge and silence them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from airq_cron.store.types import Instant, Prose

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns; the alerts so far are of medium severity."""
    with op.batch_alter_table("flips") as batch:
        batch.add_column(sa.Column("severity", KEY, nullable=True))
        batch.add_column(sa.Column("acknowledged_at", Instant(), nullable=True))
        batch.add_column(sa.Column("acknowledged_by", KEY, nullable=True))
        batch.add_column(sa.Column("acknowledged_note", Prose(), nullable=True))
        batch.add_column(sa.Column("silenced_until", Instant(), nullable=True))
    op.execute("UPDATE flips SET severity = 'medium'")
    with op.batch_alter_table("flips") as batch:
        batch.alter_column("severity", existing_type=KEY, nullable=False)


def downgrade() -> None:
    """Take the columns away, with what people said of alerts."""
    with op.batch_alter_table("flips") as batch:
        for name in ("silenced_until", "acknowledged_note", "acknowledged_by"):
            batch.drop_column(name)
        batch.drop_column("acknowledged_at")
        batch.drop_column("severity")
