"""Calls that were made with a key."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from airq_cron.store.types import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "idempotency_keys",
        sa.Column("operation", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made", KEY, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("operation", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"]
    )


def downgrade() -> None:
    """Take it away; a call that is repeated is a call of its own again."""
    op.drop_table("idempotency_keys")
