"""Changes of breakers, and breakers that people opened."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from airq_cron.store.types import Instant, Prose

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
NUMBERED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "breaker_changes",
        sa.Column("id", NUMBERED, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("before", KEY, nullable=False),
        sa.Column("after", KEY, nullable=False),
        sa.Column("reason", Prose(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("actor", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaker_changes")),
    )
    op.create_index("ix_breaker_changes_name", "breaker_changes", ["name", "id"])
    op.create_table(
        "breaker_holds",
        sa.Column("name", KEY, nullable=False),
        sa.Column("reason", Prose(), nullable=False),
        sa.Column("by", KEY, nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_breaker_holds")),
    )


def downgrade() -> None:
    """Take them away, with what is in them."""
    op.drop_table("breaker_holds")
    op.drop_table("breaker_changes")
